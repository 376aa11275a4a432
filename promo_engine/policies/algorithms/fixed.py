"""Always the same: the first of a list of offers for which the customer is eligible, or no_offer if there is none.

This is what a shop does without a learning engine, and so a baseline. The floor of exploration gives its log some
rewards of other offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
class FixedSettings:
    """Which offers, the preferred one first."""

    offer_ids: tuple[str, ...] = ()
    exploration: float = 0.05
    """Probability spread evenly over all arms, no_offer included."""

    def __post_init__(self) -> None:
        if isinstance(self.offer_ids, str) or not all(isinstance(offer_id, str) for offer_id in self.offer_ids):
            raise ValueError('offer_ids must be a list of texts, such as ["tea-5"]')
        object.__setattr__(self, "offer_ids", tuple(self.offer_ids))  # JSON has lists only
        if not 0 < self.exploration <= 1:
            raise ValueError("exploration must be above 0 and at most 1")


@dataclass(frozen=True)
class FixedPolicy:
    """Implements `promo_engine.ports.models.OfferPolicy`. Learning changes only the mean reward that it reports."""

    settings: FixedSettings = FixedSettings()
    version: int = 1
    reward_count: int = 0
    reward_sum: float = 0.0

    kind: ClassVar[str] = "fixed"

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
        shares = np.full(len(names) + 1, self.settings.exploration / (len(names) + 1))
        wanted = next((offer_id for offer_id in self.settings.offer_ids if offer_id in names), None)
        shares[len(names) if wanted is None else names.index(wanted)] += 1.0 - self.settings.exploration
        mean = self.reward_sum / self.reward_count if self.reward_count else 0.0
        return draw(
            names,
            distribution=shares,
            expected=np.full(len(names), mean),
            rows=feature_rows(forecast=forecast, context=context, of=of, places=places),
            seed=seed,
        )

    @classmethod
    def begin(cls, trained: OfferPolicy) -> FixedPolicy:
        """Without any offer preferred."""
        return cls()

    def changed(self, settings: Mapping[str, Any]) -> FixedPolicy:
        """The same mean under other settings. Raises TypeError for an unknown setting, ValueError for a value."""
        return replace(self, settings=replace(self.settings, **settings))

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper."""
        return explain_offer(forecast=forecast, offer=offer, category_names=category_names)

    def learn(self, rewards: Sequence[TrainingExample]) -> FixedPolicy:
        """The next version, with the mean reward moved. Raises ValueError on a row of another length and on NaN."""
        _, values, _ = checked(rewards, len(FEATURES))
        total = self.reward_sum + float(values.sum())
        return FixedPolicy(self.settings, self.version + 1, self.reward_count + len(rewards), total)

    def to_bytes(self) -> bytes:
        """An archive that `from_bytes` reads."""
        state = {"version": self.version, "reward_count": self.reward_count, "reward_sum": self.reward_sum}
        return archive.pack(self.kind, settings=self.settings, state=state)

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> FixedPolicy:
        """The inverse of `to_bytes`. Raises ValueError."""
        with archive.opened(snapshot, kind=cls.kind) as packed:
            return cls(FixedSettings(**packed.settings), **packed.state)
