"""Engines to be killed: the command itself, or a process that has loaded libraries and models once and forks.

What is forked is what `promobot serve` runs: the same application on the same models, over HTTP, with its own storage.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Protocol

import aiohttp

from tests.soak.soak_shop import MODEL_DIR
from tools.once import ROOT

_START_S = 120.0
"""Longest time for loading libraries and models on a busy machine."""


class Engines(Protocol):
    """Starts engines on one database and port, one at a time, and ends them as a power cut would."""

    def start(self) -> int:
        """Start an engine; return its process id once it listens."""
        ...

    def kill(self, pid: int) -> None:
        """End it at once, and wait until it is gone."""
        ...


async def start_and_wait(engines: Engines, url: str) -> int:
    """Start an engine; return its process id once it is ready at `url`. Raises ClientResponseError if it is not."""
    pid = await asyncio.to_thread(engines.start)
    async with aiohttp.ClientSession(raise_for_status=True) as http, http.get(f"{url}/ready"):
        return pid


class _Command:
    """Starts `promobot serve` itself, which takes seconds."""

    def __init__(self, url: str, port: int) -> None:
        self._environment = os.environ | {
            "PROMOBOT_ENGINE_DATABASE_URL": url,
            "PROMOBOT_ENGINE_PORT": str(port),
            "PROMOBOT_HOLDOUT_BASIS_POINTS": "0",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        """Start it; it says when it listens."""
        command = [sys.executable, "-m", "promo_engine.cli", "serve"]
        self._process = subprocess.Popen(command, env=self._environment, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        if not any(b"Running on" in line for line in self._process.stdout):
            raise ChildProcessError("the engine ended before it listened")
        return self._process.pid

    def kill(self, pid: int) -> None:
        """Kill it."""
        os.kill(pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        """See that it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class _ForkServer:
    """Forks engines from a process that has everything loaded."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def start(self) -> int:
        """Fork one; it sends its id when it listens."""
        self._pipe.send("start")
        if not self._pipe.poll(_START_S):
            raise TimeoutError("no engine could be started")
        pid: int = self._pipe.recv()
        return pid

    def kill(self, pid: int) -> None:
        """Kill it."""
        os.kill(pid, signal.SIGKILL)
        self._pipe.send("bury")
        self._pipe.recv()


@contextmanager
def fork_server(url: str, port: int) -> Iterator[Engines]:
    """Load models, and start engines until the block ends."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_serve_fork, args=(theirs, url, port))
    process.start()
    theirs.close()
    try:
        yield _ForkServer(ours)
    finally:
        ours.close()
        process.join(10)
        if process.is_alive():
            process.kill()


@contextmanager
def command(url: str, port: int) -> Iterator[Engines]:
    """Start engines by the command that a shop uses."""
    engines = _Command(url, port)
    try:
        yield engines
    finally:
        engines.end()


def _serve_fork(pipe: Connection, url: str, port: int) -> None:
    # As `promobot serve` has it. One thread also means that forking leaves no other one's locks behind.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    from promo_engine.app import load_models  # noqa: PLC0415  # after the threads' number is known

    os.chdir(ROOT)
    models = load_models(MODEL_DIR)
    forks = multiprocessing.get_context("fork")
    engine = None
    try:
        while pipe.recv() == "start":
            engine = forks.Process(target=_serve, args=(models, url, port, pipe), daemon=True)
            engine.start()
            if pipe.recv() == "bury":
                engine.join()
                pipe.send("buried")
    except (EOFError, KeyboardInterrupt):
        if engine is not None and engine.is_alive():
            engine.terminate()
            engine.join()


def _serve(models: object, url: str, port: int, pipe: Connection) -> None:
    from aiohttp import web  # noqa: PLC0415

    from promo_engine.app import create_app  # noqa: PLC0415
    from promo_engine.ports.models import Models  # noqa: PLC0415
    from promo_engine.settings import Settings  # noqa: PLC0415

    assert isinstance(models, Models)
    settings = Settings(engine_database_url=url, holdout_basis_points=0)
    app = create_app(settings, models=lambda _path: models)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda _line: pipe.send(os.getpid()))
