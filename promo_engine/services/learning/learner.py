"""The one background learner: it learns matured rewards into a new version of the policy.

An answer matures at once, an unanswered exposure when the reward window has passed. A round writes the new snapshot and
marks the rewards it holds in one transaction, so that a crash at any point learns nothing twice and loses nothing. One
learner per database is enough; were there two, one would wait for the other and then not learn its rewards again. It
learns on from whichever version is live, so that a promotion or a rollback needs no word to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.events import OffersLeftUnanswered, OutcomeRecorded
from promo_engine.domain.learning.objective import Objective
from promo_engine.domain.learning.reward_trust import TrustRules
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.learning.policy_store import PolicyStore
from promo_engine.services.learning.weigh_rewards import weighed

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
"""Longest pause between two rounds when nobody reports an outcome."""
_GATHER_S = 0.25
"""Pause after a round: under load many rewards share one snapshot."""
_BATCH = 1000
"""Rewards learned into one snapshot; keeps a round short after a long stop."""
_OVERLAP = timedelta(minutes=1)
"""How far each search for silent exposures looks back over the last: longer than any transaction lasts."""


@dataclass
class LearnerStatus:
    """What the learner did last, for readiness and metrics."""

    running: bool = False
    failure: str | None = None
    learned_rewards: int = 0
    lag_s: float = 0.0
    """Age of the oldest reward of the last round when that round ended."""


class Learner:
    """Learns from rewards until it is stopped; publishes `OffersLeftUnanswered`."""

    def __init__(
        self,
        storage: Storage,
        *,
        policies: PolicyStore,
        reward_window: timedelta,
        trust: TrustRules,
        objective: Objective,
        clock: Callable[[], datetime],
    ) -> None:
        self.status = LearnerStatus()
        self._storage = storage
        self._policies = policies
        self._reward_window = reward_window
        self._trust, self._objective = trust, objective
        self._clock = clock
        self._awake = asyncio.Event()
        self._unanswered_until: datetime | None = None

    def on_outcome_recorded(self, _event: OutcomeRecorded) -> None:
        """Learn from it soon, without waiting for the next look."""
        self._awake.set()

    async def run(self) -> None:
        """Learn rewards for ever. A round that fails is logged, shown by `status` and tried again."""
        self.status.running = True
        try:
            while True:
                self._awake.clear()
                await self._round()
                await asyncio.sleep(_GATHER_S)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), _LOOK_EVERY_S)
        finally:
            self.status.running = False

    async def _round(self) -> None:
        try:
            while await self.apply_rewards(self._clock()) == _BATCH:
                continue  # more are waiting after a long stop
            self.status.failure = None
        except Exception as error:
            # The loop must outlive a database that goes away; readiness tells that it is failing.
            self.status.failure = f"{type(error).__name__}: {error}"
            _LOG.exception("learning failed, trying again in %s s", _LOOK_EVERY_S)

    async def apply_rewards(self, now: datetime) -> int:
        """Learn up to 1,000 matured rewards into one new snapshot; return how many. Without any, write none."""
        matured = now - self._reward_window
        async with self._storage.read() as unit:
            waiting = await self._policies.count_waiting(unit, until=now - self._objective.wait)
            unanswered = await unit.outcomes.count_unanswered(
                exposed_after=self._unanswered_until, exposed_until=matured
            )
        if not waiting and not unanswered:
            self._unanswered_until = matured - _OVERLAP
            return 0
        async with self._storage.write() as unit:
            # Before any reward is locked, in the order of all who change versions: nobody waits for one who waits.
            await self._policies.hold(unit)
            unanswered = await unit.outcomes.add_unanswered(
                exposed_after=self._unanswered_until, exposed_until=matured, at=now
            )
            if unanswered:
                unit.publish(OffersLeftUnanswered(unanswered, at=now))
            waiting_rewards = await self._policies.waiting(unit, until=now - self._objective.wait, limit=_BATCH)
            rewards = await weighed(unit, waiting_rewards, rules=self._trust, now=now)
            if rewards:
                active = await self._policies.newest(unit)
                learned = active.policy.learn([reward.to_example(self._objective) for reward in rewards])
                version = await self._policies.add(unit, learned, now=now)
                await unit.outcomes.mark_learned([reward.decision_id for reward in rewards], version=version)
        self._unanswered_until = matured - _OVERLAP
        if rewards:
            self.status.learned_rewards += len(rewards)
            self.status.lag_s = max(0.0, (self._clock() - rewards[0].recorded_at).total_seconds())
        return len(rewards)
