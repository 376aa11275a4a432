"""What policies share that look at neither customer nor offer: they learn the mean reward, and only report it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies.algorithms.linear import checked
from promo_engine.policies.draw import NOTHING_TO_OFFER, draw
from promo_engine.policies.explanation import explain_offer
from promo_engine.policies.features import FEATURES, Floats, feature_rows, names_of, places_of


@dataclass(frozen=True)
class MeanRewardPolicy:
    """A subclass says with `_shares` how likely each arm is."""

    version: int = 1
    reward_count: int = 0
    reward_sum: float = 0.0

    kind: ClassVar[str]

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
        of, places = candidates.of, places_of(candidates)
        names = names_of(of, places)
        mean = self.reward_sum / self.reward_count if self.reward_count else 0.0
        return draw(
            names,
            distribution=self._shares(names),
            expected=np.full(len(names), mean),
            rows=feature_rows(forecast=forecast, context=context, of=of, places=places),
            seed=seed,
        )

    def _shares(self, offer_ids: Sequence[str]) -> Floats:
        """(offers + 1,), no_offer last, all above 0; they need not add up to 1."""
        raise NotImplementedError

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper."""
        return explain_offer(forecast=forecast, offer=offer, category_names=category_names)

    def learn(self, rewards: Sequence[TrainingExample]) -> Self:
        """The next version, with the mean reward moved. Raises ValueError on a row of another length and on NaN."""
        _, values, _ = checked(rewards, len(FEATURES))
        return replace(
            self,
            version=self.version + 1,
            reward_count=self.reward_count + len(rewards),
            reward_sum=self.reward_sum + float(values.sum()),
        )

    def _state(self) -> dict[str, Any]:
        """What a snapshot keeps beside the settings."""
        return {"version": self.version, "reward_count": self.reward_count, "reward_sum": self.reward_sum}
