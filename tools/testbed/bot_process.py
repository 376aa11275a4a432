"""A process of the bot's environment that stays up and does one job after another: importing Rasa takes seconds.

Jobs and answers are lines of JSON over the process's standard input and output; whatever else it prints goes to its
log. Both ends are here, `BotProcess` and `answer_jobs`, so this module runs in either environment and needs nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}


class BotProcessError(Exception):
    """The process ended, or ran out of time, before it answered; the message names its log."""


class BotProcess:
    """A running module of the bot's environment that calls `answer_jobs`; a context that ends it."""

    def __init__(self, module: str, *, log: Path, **settings: str) -> None:
        self._log = log
        with log.open("w") as output:
            self._process = subprocess.Popen(
                [str(ROOT / ".venv/bot/bin/python"), "-m", module],
                cwd=ROOT,
                env={**os.environ, **SETTINGS, **settings},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    def ask(self, timeout_s: float | None = None, **job: Any) -> dict[str, Any]:
        """Have one job done. Raises BotProcessError."""
        assert self._process.stdin is not None and self._process.stdout is not None
        timer = threading.Timer(timeout_s, self._process.kill) if timeout_s else None
        try:
            if timer:
                timer.start()
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            if timer:
                timer.cancel()
        if not line:
            raise BotProcessError(f"Rasa ended before it answered; the end of {self._log} says why")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> BotProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process; it has nothing to save."""
        self._process.kill()
        self._process.communicate()


def answer_jobs(do: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Do the jobs of the standard input until it ends. An exception of a job ends the process, its trace in the log."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        for line in sys.stdin:
            answers.write(json.dumps(do(json.loads(line))) + "\n")
            answers.flush()
