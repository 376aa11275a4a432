"""Every offer and no_offer with the same probability: the baseline that any learning has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies import archive
from promo_engine.policies.algorithms.linear import checked
from promo_engine.policies.draw import NOTHING_TO_OFFER, draw
from promo_engine.policies.explanation import explain_offer
from promo_engine.policies.features import FEATURES, feature_rows, names_of, places_of
from promo_engine.ports.models import OfferPolicy


@dataclass(frozen=True)
class UniformPolicy:
    """Implements `promo_engine.ports.models.OfferPolicy`. Learning changes only the mean reward that it reports."""

    version: int = 1
    reward_count: int = 0
    reward_sum: float = 0.0

    kind: ClassVar[str] = "uniform"

    def choose(
        self,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        pacing_penalties: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw an offer or no_offer. Pacing penalties have no effect."""
        if not offers:
            return NOTHING_TO_OFFER
        candidates = Candidates.by_id(offers)
        mean = self.reward_sum / self.reward_count if self.reward_count else 0.0
        of, places = candidates.of, places_of(candidates)
        return draw(
            names_of(of, places),
            distribution=np.ones(len(places) + 1),
            expected=np.full(len(places), mean),
            rows=feature_rows(forecast=forecast, context=context, of=of, places=places),
            seed=seed,
        )

    @classmethod
    def begin(cls, trained: OfferPolicy) -> UniformPolicy:
        """Without rewards."""
        return cls()

    def changed(self, settings: Mapping[str, Any]) -> UniformPolicy:
        """Raises ValueError: it has no settings."""
        raise ValueError(f"the policy {self.kind!r} has no settings, such as {', '.join(settings)}")

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper."""
        return explain_offer(forecast=forecast, offer=offer, category_names=category_names)

    def learn(self, rewards: Sequence[TrainingExample]) -> UniformPolicy:
        """The next version, with the mean reward moved. Raises ValueError on a row of another length and on NaN."""
        _, values, _ = checked(rewards, len(FEATURES))
        return UniformPolicy(self.version + 1, self.reward_count + len(rewards), self.reward_sum + float(values.sum()))

    def to_bytes(self) -> bytes:
        """An archive that `from_bytes` reads."""
        state = {"version": self.version, "reward_count": self.reward_count, "reward_sum": self.reward_sum}
        return archive.pack(self.kind, state=state)

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> UniformPolicy:
        """The inverse of `to_bytes`. Raises ValueError."""
        with archive.opened(snapshot, kind=cls.kind) as packed:
            return cls(**packed.state)
