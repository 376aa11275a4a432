"""Every offer and silence with the same probability: the rival that any learning has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies import archive
from promo_engine.policies.algorithms.linear import checked
from promo_engine.policies.draw import SILENCE, draw
from promo_engine.policies.explanation import explain_offer
from promo_engine.policies.features import FEATURES, feature_rows, names_of, places_of


@dataclass(frozen=True)
class UniformPolicy:
    """Implements `promo_engine.ports.models.OfferPolicy`. Counts rewards, learns their mean, changes nothing."""

    version: int = 1
    reward_count: int = 0
    reward_sum: float = 0.0

    kind = "uniform"

    def choose(
        self,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        prices: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw an offer or silence, whatever they cost."""
        if not offers:
            return SILENCE
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
