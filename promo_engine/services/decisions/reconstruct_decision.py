"""What a policy was asked when a stored decision was made, put together again from its record.

A decision names the customer's state, the hour, the conversation, its offers and their pacing penalties. From these
the same forecast, context and offers come as on that day, so that any policy can be asked what it would have done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import Decision
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.ports.models import CustomerModel, OfferPolicy
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.customers.forecast_cache import ForecastCache, hash_of
from promo_engine.services.promotions.offer_history import OfferHistory


class NotReconstructibleError(Exception):
    """A decision cannot be put together again; the message is one line that says why."""


@dataclass(frozen=True)
class DecisionInputs:
    """What a policy was asked."""

    forecast: CustomerForecast
    context: ConversationContext
    candidates: Candidates
    pacing_penalties: Sequence[float] | None
    seed: int

    def choose_with(self, policy: OfferPolicy) -> OfferChoice:
        """Ask a policy the same."""
        return policy.choose(
            forecast=self.forecast,
            context=self.context,
            offers=self.candidates,
            seed=self.seed,
            pacing_penalties=self.pacing_penalties,
        )


class DecisionReconstructor:
    """Puts decisions of one user model together again."""

    def __init__(self, storage: Storage, *, model: CustomerModel) -> None:
        self._storage = storage
        self._forecasts = ForecastCache(model)
        self._history: OfferHistory | None = None
        self._read_at: tuple[datetime, str | None] | None = None

    async def questions(self, decisions: Sequence[Decision]) -> list[DecisionInputs | NotReconstructibleError]:
        """Return what each decision's policy was asked, or why that cannot be known."""
        if not decisions:
            return []
        history = await self._offers_since(min(decision.decided_at for decision in decisions))
        wanted = {decision.state_hash for decision in decisions if decision.state_hash is not None}
        async with self._storage.read() as unit:
            states = await unit.decisions.states(wanted)
        inputs: list[DecisionInputs | NotReconstructibleError] = []
        for decision in decisions:
            try:
                inputs.append(self._question(decision, history, states))
            except NotReconstructibleError as reason:
                inputs.append(reason)
        return inputs

    async def _offers_since(self, since: datetime) -> OfferHistory:
        async with self._storage.read() as unit:
            stamp = await unit.catalogue.stamp()
            if self._history is None or self._read_at is None or since < self._read_at[0] or stamp != self._read_at[1]:
                changes = await unit.promotions.audit_since(since)
                self._forecasts.follow(await unit.catalogue.category_tree())
                self._history, self._read_at = OfferHistory(await unit.catalogue.offers(), changes), (since, stamp)
        return self._history

    def _question(self, decision: Decision, history: OfferHistory, states: dict[str, StoredState]) -> DecisionInputs:
        if decision.model_version != self._forecasts.model_version:
            raise NotReconstructibleError(
                f"it was made with user model {decision.model_version}, and {self._forecasts.model_version} is loaded"
            )
        if decision.pacing_penalties is None:
            raise NotReconstructibleError("it was made before decisions kept all that they were made on")
        if not decision.expected_rewards:
            raise NotReconstructibleError("no policy was asked: no offer was certain")
        stored = None
        if decision.state_hash is not None:
            stored = states.get(decision.state_hash)
            if stored is None or hash_of(stored.state) != decision.state_hash:
                raise NotReconstructibleError(
                    f"the customer's state {decision.state_hash} that it was made on is missing or damaged"
                )
        try:
            candidates = history.candidates(list(decision.expected_rewards), at=decision.decided_at)
        except LookupError as error:
            raise NotReconstructibleError(str(error)) from error
        names = [offer.offer_id for offer in candidates]
        penalties = [decision.pacing_penalties[offer_id] for offer_id in names] if decision.pacing_penalties else None
        return DecisionInputs(
            forecast=self._forecasts.of(decision.customer_id, stored, now=decision.decided_at),
            context=decision.decision_context,
            candidates=candidates,
            pacing_penalties=penalties,
            seed=decision.seed,
        )
