"""Hand-made models behind the domain's ports: small enough to know their answers by heart."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import NO_OFFER, OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.offers import Offer


class CountingCustomerModel:
    """Counts baskets and remembers when each category was last bought."""

    def __init__(self, *, category_count: int = 4, version: str = "counting-1") -> None:
        self.version = version
        self._category_count = category_count

    def initial_state(self) -> bytes:
        return json.dumps({"baskets": 0, "last": None, "bought": {}}).encode()

    def knows(self, category_ids: Iterable[int]) -> bool:
        return all(category_id < self._category_count for category_id in category_ids)

    def waiting(self, categories: CategoryTree) -> int:
        return categories.added_after(self._category_count - 1)

    def step(
        self,
        state: bytes,
        *,
        occurred_at: datetime,
        purchases: Sequence[CategoryPurchase],
        categories: CategoryTree | None = None,
    ) -> bytes:
        known = json.loads(state)
        if known["last"] is not None and occurred_at < datetime.fromisoformat(known["last"]):
            raise ValueError("occurred_at: lies before the last basket")
        known["baskets"] += 1
        known["last"] = occurred_at.isoformat()
        known["bought"] |= {str(purchase.category_id): occurred_at.isoformat() for purchase in purchases}
        return json.dumps(known).encode()

    def forecast(self, state: bytes, *, at: datetime, categories: CategoryTree | None = None) -> CustomerForecast:
        known = json.loads(state)
        if known["last"] is not None and at < datetime.fromisoformat(known["last"]):
            raise ValueError("at: lies before the last basket")
        count = max(self._category_count, categories.size if categories is not None else 0)
        days = [float("inf")] * count
        for category_id, bought_at in known["bought"].items():
            days[int(category_id)] = (at - datetime.fromisoformat(bought_at)) / timedelta(days=1)
        return CustomerForecast(
            purchase_probability=tuple(0.01 if day == float("inf") else 0.5 for day in days),
            days_since_purchase=tuple(days),
            mean_gap_days=(float("inf"),) * count,
            embedding=(float(known["baskets"]),),
            basket_count=known["baskets"],
        )


@dataclass(frozen=True)
class AveragingPolicy:
    """Makes no offer with probability `no_offer_share`; else any eligible offer alike. Expects the mean of all
    rewards so far."""

    no_offer_share: float = 0.1
    version: int = 1
    reward_count: int = 0
    reward_sum: float = 0.0

    def choose(
        self,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        pacing_penalties: Sequence[float] | None = None,
    ) -> OfferChoice:
        if pacing_penalties is not None:  # whatever takes all that an offer promises rules it out
            offers = [
                offer for offer, penalty in zip(offers, pacing_penalties, strict=True) if penalty < self.expected_reward
            ]
        if not offers:
            return OfferChoice(None, 1.0, {NO_OFFER: 1.0}, {}, ())
        propensities = {offer.offer_id: (1 - self.no_offer_share) / len(offers) for offer in offers} | {
            NO_OFFER: self.no_offer_share
        }
        names = list(propensities)
        chosen = random.Random(seed).choices(names, weights=list(propensities.values()))[0]
        silent = chosen == NO_OFFER
        return OfferChoice(
            offer_id=None if silent else chosen,
            propensity=propensities[chosen],
            propensities=propensities,
            expected_rewards={offer.offer_id: self.expected_reward for offer in offers},
            features=() if silent else (1.0, float(context.turn_count)),
        )

    @property
    def expected_reward(self) -> float:
        return self.reward_sum / self.reward_count if self.reward_count else 0.5

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        return f"After {forecast.basket_count} orders you may like this."

    def learn(self, rewards: Sequence[TrainingExample]) -> AveragingPolicy:
        assert all(len(reward.features) == 2 for reward in rewards)
        return replace(
            self,
            version=self.version + 1,
            reward_count=self.reward_count + len(rewards),
            reward_sum=self.reward_sum + sum(reward.reward for reward in rewards),
        )

    def to_bytes(self) -> bytes:
        return json.dumps(
            {
                "no_offer_share": self.no_offer_share,
                "version": self.version,
                "reward_count": self.reward_count,
                "reward_sum": self.reward_sum,
            }
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> AveragingPolicy:
        return cls(**json.loads(data))


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


class MeanAttribution:
    """Explains an `AveragingPolicy`: all it knows of an offer is the mean reward of every offer."""

    def contributions(
        self, policy: object, *, forecast: CustomerForecast, context: ConversationContext, candidates: Sequence[Offer]
    ) -> dict[str, dict[str, float]]:
        if not isinstance(policy, AveragingPolicy):
            raise ValueError(f"a {type(policy).__name__} has no mean")
        return {offer.offer_id: {"mean": policy.expected_reward} for offer in candidates}

    def in_words(self, added: Mapping[str, float]) -> Mapping[str, float]:
        return {f"its {name}": value for name, value in added.items()}
