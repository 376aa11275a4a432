"""Reports intents and sentiments of turns to the engine, so that complaints raise an alarm soon.

A report holds no words and no names. The engine averages: reports that it does not take are dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any

from common.errors import ServiceError
from gateway.clients.engine_client import EngineClient

logger = logging.getLogger(__name__)

EVERY_S = 1.0
SENTIMENTS = {"angry": "negative", "neutral": "neutral", "pleased": "positive"}
"""The bot's words for a sentiment, and the engine's."""
_MOST = 1_000
"""Turns in one report; more are dropped, which no average notices."""


class SentimentReporter:
    """One task that reports the turns of each second together."""

    def __init__(self, *, engine: EngineClient) -> None:
        self._engine = engine
        self._turns: list[dict[str, str | None]] = []
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="mood reporter")

    async def close(self) -> None:
        """Stop; what was not told yet is dropped."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def on_parse(self, parse: Mapping[str, Any] | None) -> None:
        """What the bot understood of a message; never raises and never waits."""
        intent, sentiment = (_name((parse or {}).get(part)) for part in ("intent", "sentiment"))
        if intent is not None and len(self._turns) < _MOST:
            self._turns.append({"intent": intent, "sentiment": SENTIMENTS.get(sentiment or "")})
            self._some.set()

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(EVERY_S)
            turns, self._turns = self._turns, []
            self._some.clear()
            try:
                await self._engine.report_turns(turns)
            except ServiceError as error:
                logger.warning("The engine did not hear of %d turns: %s", len(turns), error.message)


def _name(part: object) -> str | None:
    name = part.get("name") if isinstance(part, Mapping) else None
    return name[:64] if isinstance(name, str) and name else None
