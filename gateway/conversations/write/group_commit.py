"""Group commit: whatever is waiting to be written goes into one transaction.

Making a commit durable costs an fsync, many times the price of the statements. While one is on its way, the writes of
other shoppers collect and share the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from gateway.conversations.database import Database
from gateway.metrics import Metrics

T = TypeVar("T")
Write = Callable[[Connection], T]

BATCH_LIMIT = 64
"""Writes in one transaction: enough to share an fsync widely, few enough that the first does not wait long."""


@dataclass(frozen=True)
class _Waiting:
    write: Write[Any]
    result: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class LogWriter:
    """The only writer of the log. `write` returns once its transaction is committed."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._waiting: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._deferred: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="log writer")

    async def close(self) -> None:
        """Write what is waiting, then stop."""
        if self._task is None:
            return
        for waiting in self._deferred:
            self._waiting.put_nowait(waiting)
        self._deferred.clear()
        self._waiting.put_nowait(None)
        await self._task
        self._task = None

    async def write(self, write: Write[T]) -> T:
        """Run the write in the next transaction; its result, or its error, once that is committed."""
        if self._task is None:
            raise RuntimeError("the log is closed")
        waiting = _Waiting(write)
        self._waiting.put_nowait(waiting)
        result: T = await waiting.result
        return result

    def defer(self, write: Write[None]) -> None:
        """Add the write to the next transaction without waiting: for notes whose loss in a crash costs only work."""
        waiting = _Waiting(write)
        # Nobody awaits it; its error is reported by the loop's exception handler when the future is collected.
        self._deferred.append(waiting)

    async def _run(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH_LIMIT and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            writes = [waiting for waiting in batch if waiting is not None]
            if writes:
                deferred, self._deferred = self._deferred, []
                await self._commit([*writes, *deferred])
            if None in batch:
                return

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        """One transaction for all; if it fails, one for each, so that a bad write fails alone."""
        try:
            results = await self._transact([waiting.write for waiting in batch])
        except Exception as error:
            if len(batch) == 1:
                if not batch[0].result.done():
                    batch[0].result.set_exception(error)
                return
            for waiting in batch:
                await self._commit([waiting])
            return
        for waiting, result in zip(batch, results, strict=True):
            if not waiting.result.done():
                waiting.result.set_result(result)

    async def _transact(self, writes: Sequence[Write[Any]]) -> list[Any]:
        results = await self._database.write(lambda connection: [write(connection) for write in writes])
        self._metrics.commits.inc()
        self._metrics.writes.inc(len(writes))
        return results
