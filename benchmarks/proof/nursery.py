"""Engines that start in a moment: a process that has loaded libraries and models once, and forks for every start.

What is forked is what `promobot serve` runs: the same application on the same models, over HTTP, with its own storage.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from tools.once import ROOT

_START_S = 120.0
"""Longest time for loading libraries and models on a busy machine."""


class Nursery:
    """Starts engines on one database and port, one at a time."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def start(self) -> int:
        """Start an engine; return its process id."""
        self._pipe.send("start")
        if not self._pipe.poll(_START_S):
            raise TimeoutError("no engine could be started")
        pid: int = self._pipe.recv()
        return pid

    async def start_and_wait(self, url: str) -> int:
        """Start an engine; return its process id once it is ready at `url`."""
        pid = await asyncio.to_thread(self.start)
        async with aiohttp.ClientSession() as http, asyncio.timeout(_START_S):
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{url}/ready") as response:
                        if response.status == 200:
                            return pid
                await asyncio.sleep(0.01)

    def kill(self, pid: int) -> None:
        """End an engine as a power cut would, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        self._pipe.send("bury")
        self._pipe.recv()


@contextmanager
def nursery(url: str, *, port: int) -> Iterator[Nursery]:
    """Load models, and start engines until the block ends."""
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_nurse, args=(theirs, url, port))
    process.start()
    theirs.close()
    try:
        yield Nursery(ours)
    finally:
        ours.close()
        process.join(10)
        if process.is_alive():
            process.kill()


def _nurse(pipe: Connection, url: str, port: int) -> None:
    # As `promobot serve` has it. One thread also means that forking leaves no other one's locks behind.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    from promo_engine.app import load_models  # noqa: PLC0415  # after the threads' number is known

    os.chdir(ROOT)
    models = load_models(Path("var/models/user_model"))
    forks = multiprocessing.get_context("fork")
    engine = None
    try:
        while pipe.recv() == "start":
            engine = forks.Process(target=_serve, args=(models, url, port), daemon=True)
            engine.start()
            pipe.send(engine.pid)
            if pipe.recv() == "bury":
                engine.join()
                pipe.send("buried")
    except (EOFError, KeyboardInterrupt):
        if engine is not None and engine.is_alive():
            engine.terminate()
            engine.join()


def _serve(models: object, url: str, port: int) -> None:
    from aiohttp import web  # noqa: PLC0415

    from promo_engine.app import create_app  # noqa: PLC0415
    from promo_engine.services.engine import Models  # noqa: PLC0415
    from promo_engine.settings import Settings  # noqa: PLC0415

    assert isinstance(models, Models)
    settings = Settings(engine_database_url=url, holdout_basis_points=0)
    app = create_app(settings, models=lambda _path: models)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda _line: None)
