"""Whether the engine can decide and learn now."""

from __future__ import annotations

from promo_engine.domain.errors import Unavailable
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.learning.learner import LearnerStatus


class Readiness:
    """Checks the database and the learner."""

    def __init__(self, storage: Storage, *, learner: LearnerStatus) -> None:
        self._storage = storage
        self._learner = learner

    async def check(self) -> None:
        """Raise Unavailable with the reason while the engine cannot decide or learn."""
        await self._storage.check()
        if not self._learner.running:
            raise Unavailable("not_ready", "The learner is not running.")
        if self._learner.failure is not None:
            raise Unavailable("not_ready", f"The learner is failing: {self._learner.failure}")
