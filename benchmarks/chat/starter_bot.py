"""The rival of the chat benchmark: the starter bot that `rasa init` makes, served over Rasa's REST channel."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from tools.once import ROOT
from tools.stack import StackError, free_port

FOLDER = ROOT / "var" / "bench" / "starter_bot"
PYTHON = ROOT / ".venv" / "bot" / "bin" / "python"


def make_starter_bot() -> Path:
    """Create and train the starter bot as it comes, once; returns its folder."""
    if not list(FOLDER.glob("models/*.tar.gz")):
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [str(PYTHON), "-m", "rasa", "init", "--no-prompt", "--init-dir", str(FOLDER)]
        log = FOLDER / "init.log"
        with log.open("w") as output:
            ended = subprocess.run(command, cwd=FOLDER, stdout=output, stderr=subprocess.STDOUT, check=False)
        if ended.returncode != 0 or not list(FOLDER.glob("models/*.tar.gz")):
            raise StackError(f"the starter bot could not be made; see {log}")
    return FOLDER


@contextmanager
def starter_bot() -> Iterator[tuple[str, int]]:
    """The running starter bot: its address and its process id."""
    folder = make_starter_bot()
    port = free_port()
    command = [str(PYTHON), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)]
    env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with (folder / "run.log").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


async def wait_until_ready(http: aiohttp.ClientSession, url: str, *, timeout_s: float = 120) -> None:
    """Return once the starter bot answers a message. Raises StackError when the time runs out."""
    started = time.monotonic()
    while time.monotonic() - started < timeout_s:
        try:
            body = {"sender": "ready", "message": "hi"}
            async with http.post(f"{url}/webhooks/rest/webhook", json=body) as reply:
                if reply.status == 200 and await reply.json():
                    return
        except aiohttp.ClientError:
            pass  # not listening yet
    raise StackError(f"the starter bot is not ready after {timeout_s:.0f} s; see {FOLDER / 'run.log'}")
