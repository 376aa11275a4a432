"""Decisions that are asked for at the same time are made together.

A transaction costs a sync of the disk, and a query costs mostly its own overhead, whether it asks about one customer or
about thirty. While one batch is on its way to the disk, the next collects. Nobody waits for a batch to fill: who comes
when nothing is under way is served alone, at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from promo_engine.domain.errors import ServiceError
from promo_engine.services.decisions.make_decision import Decided, Decider, DecisionRequest, PendingDecision, Randomness

_TOGETHER = 32
"""Decisions in one batch: enough to share its cost, few enough that the first does not wait long for the last."""


@dataclass(frozen=True)
class _Waiting:
    decision: PendingDecision
    result: asyncio.Future[Decided] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class DecisionQueue:
    """Hands waiting requests to the decider in batches."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self.unknown_in_baskets = decider.unknown_in_baskets
        """What baskets named that the catalogue does not know, counted since the start."""
        self._waiting: list[_Waiting] = []
        self._runner: asyncio.Task[None] | None = None

    async def decide(self, request: DecisionRequest, *, now: datetime, chance: Randomness) -> Decided:
        """Choose an offer or none, and store why. The same request again gets the same decision.

        Raises what `Decider.decide_all` answers for it, and `Unavailable` while the database cannot be used.
        """
        mine = _Waiting(PendingDecision(request, now, chance))
        self._waiting.append(mine)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run(), name="decisions")
        return await mine.result

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            try:
                answers: list[Decided | ServiceError] = await self._decider.decide_all(
                    [waiting.decision for waiting in batch]
                )
            except Exception as error:  # it is raised where the decision is awaited
                for waiting in batch:
                    _fail(waiting.result, error)
                continue
            for waiting, answer in zip(batch, answers, strict=True):
                if isinstance(answer, ServiceError):
                    _fail(waiting.result, answer)
                elif not waiting.result.done():
                    waiting.result.set_result(answer)


def _fail(result: asyncio.Future[Decided], error: Exception) -> None:
    if not result.done():  # whoever asked may have gone
        result.set_exception(error)
