"""Whether the engine can decide and learn now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.errors import Unavailable
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.customers.forecast_cache import ForecastCache
from promo_engine.services.decisions.make_decision import Decider, DecisionRequest, PendingDecision, Randomness
from promo_engine.services.learning.learner import LearnerStatus

KEPT_FOR = timedelta(seconds=3)
"""How long a trial decision counts: whoever asks every second costs a trial every third time."""
_TRIAL = DecisionRequest("readiness", "readiness", None, ConversationContext("asked_for_offers"))
_RANDOMNESS = Randomness(decision_id=UUID(int=0), seed=0)


class Readiness:
    """Checks the database, the learner, and that a decision can be made."""

    def __init__(
        self,
        storage: Storage,
        *,
        decider: Decider,
        forecasts: ForecastCache,
        learner: LearnerStatus,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._decider = decider
        self._forecasts = forecasts
        self._learner = learner
        self._clock = clock
        self._tried_at: datetime | None = None
        self._failure: str | None = None

    @property
    def waiting_categories(self) -> int:
        """Categories that are newer than the user model: decisions go on, and the next training takes them in."""
        return self._forecasts.waiting_categories

    async def check(self) -> None:
        """Raise Unavailable `not_ready` or `database_unavailable` with the reason in one line."""
        await self._storage.check()
        if not self._learner.running:
            raise Unavailable("not_ready", "The learner is not running.")
        if self._learner.failure is not None:
            raise Unavailable("not_ready", f"The learner is failing: {self._learner.failure}")
        now = self._clock()
        if self._tried_at is None or not self._tried_at <= now < self._tried_at + KEPT_FOR:
            self._failure = await self._try_decision(now)
            self._tried_at = now
        if self._failure is not None:
            raise Unavailable("not_ready", f"A decision cannot be made: {self._failure}")

    async def _try_decision(self, now: datetime) -> str | None:
        """Make a decision that is not stored; return what stops it, in one line."""
        try:
            await self._decider.rehearse(PendingDecision(_TRIAL, now, _RANDOMNESS))
        except Exception as error:  # whatever would make a decision answer 500
            first = next(iter(str(error).splitlines()), "")
            return f"{type(error).__name__}: {first}" if first else type(error).__name__
        return None
