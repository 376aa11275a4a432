"""Reports intents and sentiments of turns to the engine, so that complaints raise an alarm soon.

A report holds no words and no names. The engine averages: reports that it does not take are dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from common.errors import ServiceError

logger = logging.getLogger(__name__)

EVERY_S = 1.0
SENTIMENTS = {"angry": "negative", "neutral": "neutral", "pleased": "positive"}
"""The engine's word for each sentiment of the bot."""
MOST_TURNS = 1_000
"""Turns in one report; more are dropped, which no average notices."""


class TakesTurns(Protocol):
    """Where reports go: `clients.engine_client.EngineClient`."""

    async def report_turns(self, turns: list[dict[str, str | None]]) -> None:
        """Take the intents and sentiments of some turns. Raises ServiceError."""
        ...


class SentimentReporter:
    """One task that reports the turns of each `every_s` seconds together."""

    def __init__(self, *, engine: TakesTurns, every_s: float = EVERY_S) -> None:
        self._engine = engine
        self._every_s = every_s
        self._turns: list[dict[str, str | None]] = []
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Turns that are not reported yet."""
        return len(self._turns)

    def start(self) -> None:
        """Begin to report."""
        self._task = asyncio.create_task(self._run(), name="sentiment reporter")

    async def close(self) -> None:
        """Stop; turns that are not reported yet are dropped."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def on_parse(self, parse: Mapping[str, Any] | None) -> None:
        """Take what the bot understood of a message; never raises and never waits."""
        intent, sentiment = (_name((parse or {}).get(part)) for part in ("intent", "sentiment"))
        if intent is not None and len(self._turns) < MOST_TURNS:
            self._turns.append({"intent": intent, "sentiment": SENTIMENTS.get(sentiment or "")})
            self._some.set()

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(self._every_s)
            turns, self._turns = self._turns, []
            self._some.clear()
            try:
                await self._engine.report_turns(turns)
            except ServiceError as error:
                logger.warning("The engine did not take a report of %d turns: %s", len(turns), error.message)


def _name(part: object) -> str | None:
    name = part.get("name") if isinstance(part, Mapping) else None
    return name[:64] if isinstance(name, str) and name else None
