"""Runs the command that trains a new model of the bot and checks it beside the one that serves.

It is called with `--examples FOLDER --model ARCHIVE --out FOLDER` and ends with status 0 and, as its last line, JSON:

    {"model": ARCHIVE, "checks": [{"name": "held_out", "before": 641, "after": 644, "of": 670}]}

`before` and `after` count what the serving and the new model do right, of `of`. Another status is a failure, whose last
line says why. It runs at a lower priority than the chat.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

NICENESS = 10
GONE_WITHIN_S = 10.0
"""After SIGTERM."""
LONGEST_LINE = 1 << 20


class TrainingFailedError(Exception):
    """The command brought no checked model; the message is one line that says why."""


class Check(BaseModel):
    """What both models do right."""

    name: str
    before: Annotated[int, Field(ge=0)]
    after: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=1)]

    @property
    def fell(self) -> bool:
        """Whether the new model does less."""
        return self.after < self.before


class TrainedModel(BaseModel):
    """A new model, and how it compares with the one that serves."""

    model: str
    checks: Annotated[list[Check], Field(min_length=1)]

    @property
    def refusal(self) -> str:
        """Why it may not serve; empty if it may."""
        fallen = [
            f"{check.name}: {check.after} of {check.of}, before {check.before}" for check in self.checks if check.fell
        ]
        return "; ".join(fallen)


async def run_training(command: str, *, examples: Path, model: str, out: Path) -> TrainedModel:
    """Run it to its end. Raises TrainingFailedError; a cancelled call ends the command."""
    words = [*shlex.split(command), "--examples", str(examples), "--model", model, "--out", str(out)]
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
        )
    except OSError as error:
        raise TrainingFailedError(f"The training command does not start: {error.strerror}.") from error
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    assert process.stdout is not None
    last = ""
    try:
        async for line in process.stdout:
            last = line.decode(errors="replace").strip() or last
        status = await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GONE_WITHIN_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        raise
    if status != 0:
        raise TrainingFailedError(last or f"The training command ended with status {status}.")
    try:
        return TrainedModel.model_validate_json(last)
    except ValidationError as error:
        raise TrainingFailedError(f"The training command's last line is no result: {last[:200]}") from error
