"""What the services need from the models and policies, as the standard library can say it.

`user_model` implements `CustomerModel`, `policies` implements `OfferPolicy`; `app.py` hands them to the services.
Numbers cross as plain floats so that the domain needs no numerical library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.domain.customers.live_events import OrdersSoFar, ShopMonitor
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.domain.offers.offers import Offer


class CustomerModel(Protocol):
    """The user model: a state moved by purchases, read by decisions. Callers know category ids alone.

    The shop may have categories that are newer than the model, or that it does not tell apart: they are those of
    `categories` beyond its own. Such a category is expected like its nearest ancestor that the model knows, else like
    the mean; what was really bought of it is remembered. Without `categories` there are the model's own alone.
    """

    @property
    def version(self) -> str:
        """Content hash of weights, settings and categories; a stored state is valid for one version only."""
        ...

    def initial_state(self) -> bytes:
        """The state of a customer of whom nothing is known."""
        ...

    def knows(self, category_ids: Iterable[int]) -> bool:
        """Say whether all of these are the model's own categories."""
        ...

    def waiting(self, categories: CategoryTree) -> int:
        """How many active categories have come since the training, and wait for the next one."""
        ...

    def step(
        self,
        state: bytes,
        *,
        occurred_at: datetime,
        purchases: Sequence[CategoryPurchase],
        categories: CategoryTree | None = None,
    ) -> bytes:
        """Move `state` by one basket, without replaying history; a basket may hold nothing of any category.

        Raises ValueError if `occurred_at` lies before the last basket of the state.
        """
        ...

    def forecast(self, state: bytes, *, at: datetime, categories: CategoryTree | None = None) -> CustomerForecast:
        """Read the state at a moment not before its last basket."""
        ...


class OfferPolicy(Protocol):
    """Maps a context to a distribution over the eligible offers and no_offer. Immutable; learning returns a new one."""

    @property
    def version(self) -> int:
        """Grows by one with every `learn`."""
        ...

    @property
    def reward_count(self) -> int:
        """Rewards learned since training."""
        ...

    def choose(
        self,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        pacing_penalties: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw from exactly the distribution that is reported. Without offers, no_offer has propensity 1.

        `offers` may be `Candidates`, so that the policy keeps what it computed of their set. `pacing_penalties` are in
        the order of `offers`, in units of reward: what pacing takes off an offer's worth.
        """
        ...

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper that says why this offer, from what the model really saw."""
        ...

    def learn(self, rewards: Sequence[TrainingExample]) -> OfferPolicy:
        """The policy after these rewards, version + 1."""
        ...

    def to_bytes(self) -> bytes:
        """A snapshot from which `from_bytes` of the same class builds an equal policy."""
        ...


class Attribution(Protocol):
    """What moves a policy. `policies.attribution` implements it."""

    def contributions(
        self,
        policy: OfferPolicy,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        candidates: Candidates,
    ) -> Mapping[str, Mapping[str, float]]:
        """By offer_id and feature, what it adds to the expected reward. Raises ValueError for policies without."""
        ...

    def in_words(self, added: Mapping[str, float]) -> Mapping[str, float]:
        """Sum what features of one meaning add, by that meaning in words."""
        ...


MakeShopMonitor = Callable[[OrdersSoFar, datetime], ShopMonitor]


@dataclass(frozen=True)
class Models:
    """What training made."""

    customer_model: CustomerModel
    initial_policy: OfferPolicy
    unpack_policy: Callable[[bytes], OfferPolicy]
    """Raises ValueError for a snapshot that this version of the engine cannot use."""
    attribution: Attribution | None = None
    """Says what moves a policy; without it decisions cannot be explained."""
    make_shop_monitor: MakeShopMonitor | None = None
    """Makes what watches sales, answers and moods; without it nothing is watched."""
