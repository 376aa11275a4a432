"""Reports to the engine which offers were really shown.

The log remembers an exposure before the engine hears of it, so neither a stopped engine nor a restart of the gateway
loses one. The engine takes the same exposure twice as once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial

from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from common.clock import utc_now
from common.errors import ServiceError, Unavailable
from gateway.clients.engine_client import EngineClient
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.read import transcripts
from gateway.conversations.records import Exposure
from gateway.conversations.write import message_writes
from gateway.metrics import Metrics

logger = logging.getLogger(__name__)


class ExposureReporter:
    """One task that reports exposures in order and retries while the engine is down."""

    def __init__(self, *, engine: EngineClient, log: ConversationLog, metrics: Metrics) -> None:
        self._engine = engine
        self._log = log
        self._metrics = metrics
        self._waiting: asyncio.Queue[Exposure] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin with what the last run left unreported."""
        for exposure in await self._log.read(transcripts.unreported_exposures):
            self.report(exposure)
        self._task = asyncio.create_task(self._run(), name="exposure reporter")

    async def close(self) -> None:
        """Stop; what is left waits in the log."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def report(self, exposure: Exposure) -> None:
        """Queue an exposure for the engine."""
        self._waiting.put_nowait(exposure)
        self._metrics.exposures_waiting.inc()

    async def wait_until_reported(self) -> None:
        """Return once the engine has answered for every queued exposure, and the log knows it."""
        await self._waiting.join()

    async def _run(self) -> None:
        while True:
            exposure = await self._waiting.get()
            try:
                await self._report(exposure)
            except ServiceError as refusal:
                # The engine refuses it for good: asking again would not help.
                logger.error("Exposure of decision %s was refused: %s", exposure.decision_id, refusal.message)
            self._metrics.exposures_waiting.dec()
            self._log.defer(
                partial(message_writes.mark_exposure_reported, message_id=exposure.message_id, reported_at=utc_now())
            )
            self._waiting.task_done()

    async def _report(self, exposure: Exposure) -> None:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(Unavailable), wait=wait_random_exponential(multiplier=0.2, max=30)
        ):
            with attempt:
                await self._engine.report_exposure(
                    decision_id=exposure.decision_id, conversation_id=exposure.conversation_id
                )
