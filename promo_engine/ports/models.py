"""What the services need from the models and policies, as the standard library can say it.

`user_model` implements `CustomerModel`, `policies` implements `OfferPolicy`; `app.py` hands them to the services.
Numbers cross as plain floats so that the domain needs no numerical library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from math import isfinite
from typing import Protocol, overload

from promo_engine.domain.offers.offers import Offer

NO_OFFER = "no_offer"
"""The key under which a distribution keeps the probability of staying silent."""


@dataclass(frozen=True)
class CategoryPurchase:
    """What one basket holds of one product category."""

    category_id: int
    quantity: int
    sales_cents: int


@dataclass(frozen=True, eq=False)
class CustomerForecast:
    """What the user model expects of one customer at one moment.

    The sequences have one entry per product category, indexed by `category_id`. Nobody changes them, so that what
    was computed from an outlook can be kept for as long as the outlook itself.
    """

    purchase_probability: Sequence[float]
    """P(bought at least once in the next seven days), in (0, 1)."""
    days_since_purchase: Sequence[float]
    """Days since the category was last bought; `inf` if never."""
    mean_gap_days: Sequence[float]
    """Mean days between two purchases of the category; `inf` with fewer than two."""
    embedding: Sequence[float]
    """The customer's state in a fixed number of floats, for the policy."""
    basket_count: int
    """Baskets seen so far; 0 for a stranger."""
    next_basket_probability: Sequence[float] = ()
    """P(bought in the next basket), in (0, 1), whenever that is; empty from a model that does not say."""
    ranking: Sequence[float] = ()
    """What a list of what is bought next is ordered by, in (0, 1); empty from a model that does not say.

    The geometric mean of the probability and of the expected share of all that is bought: half of a small basket counts
    for more than a twentieth of a large one, as it does in recall.
    """
    days_to_purchase: Sequence[float] = ()
    """Median of the days until the category is bought again; empty from a model that does not say."""

    @cached_property
    def bought_category_ids(self) -> frozenset[int]:
        """The categories that the customer has bought."""
        return frozenset(category for category, days in enumerate(self.days_since_purchase) if isfinite(days))

    @cached_property
    def days_since_order(self) -> float | None:
        """Days since the last basket that held a known category; None before the first."""
        return min((days for days in self.days_since_purchase if isfinite(days)), default=None)


class CustomerModel(Protocol):
    """The LSTM user model: a state moved by purchases, read by decisions."""

    @property
    def version(self) -> str:
        """Content hash of weights and settings; a stored state is valid for one version only."""
        ...

    def initial_state(self) -> bytes:
        """The state of a customer of whom nothing is known."""
        ...

    def step(self, state: bytes, *, occurred_at: datetime, purchases: Sequence[CategoryPurchase]) -> bytes:
        """Move `state` by one basket, without replaying history.

        Raises ValueError if `occurred_at` lies before the last basket of the state.
        """
        ...

    def outlook(self, state: bytes, *, at: datetime) -> CustomerForecast:
        """Read the state at a moment not before its last basket."""
        ...


@dataclass(frozen=True)
class ConversationContext:
    """What the bot knows of the conversation when it asks for an offer."""

    trigger: str
    """Why the bot asks now: `after_service`, `asked_for_offers` or `asked_for_discount`."""
    intent: str | None = None
    sentiment: str | None = None
    turn_count: int = 0
    basket_cents: int = 0
    local_hour: int = 12
    """Hour of the day at the shop, 0 to 23."""
    weekday: int = 0
    """0 is Monday."""


class OfferSet:
    """Offers in an order that stays.

    Compared by identity, so that what a policy computes from the offers alone can be kept with the set.
    """

    def __init__(self, offers: Iterable[Offer]) -> None:
        self.offers = tuple(offers)
        self.offer_ids = tuple(offer.offer_id for offer in self.offers)

    def __len__(self) -> int:
        return len(self.offers)


class Candidates(Sequence[Offer]):
    """Some offers of a set, in its order: what passed the rules for one customer.

    `mask` has the bit of an offer's place set, the lowest for the first: ten thousand offers in a number that is quick
    to combine.
    """

    def __init__(self, of: OfferSet, mask: int) -> None:
        self.of, self.mask = of, mask

    @classmethod
    def all_of(cls, of: OfferSet) -> Candidates:
        """Return the whole set."""
        return cls(of, (1 << len(of)) - 1)

    @classmethod
    def by_id(cls, offers: Sequence[Offer]) -> Candidates:
        """Return `offers` if they are candidates already, else all of them in the order of their ids.

        Raises ValueError if one comes twice.
        """
        if isinstance(offers, Candidates):
            return offers
        ordered = OfferSet(sorted(offers, key=lambda offer: offer.offer_id))
        for left, right in pairwise(ordered.offer_ids):
            if left == right:
                raise ValueError(f"offers: {left} comes twice")
        return cls.all_of(ordered)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Their places in the set, ascending."""
        return tuple(places_in(self.mask))

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __iter__(self) -> Iterator[Offer]:
        return (self.of.offers[place] for place in self.places)

    @overload
    def __getitem__(self, index: int) -> Offer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Offer]: ...
    def __getitem__(self, index: int | slice) -> Offer | Sequence[Offer]:
        if isinstance(index, slice):
            return [self.of.offers[place] for place in self.places[index]]
        return self.of.offers[self.places[index]]


def places_in(mask: int) -> Iterator[int]:
    """The places of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


@dataclass(frozen=True)
class OfferChoice:
    """One draw of a policy and the distribution it came from."""

    offer_id: str | None
    """None: the policy chose to stay silent."""
    propensity: float
    """Probability with which this draw chose what it chose, 0 < propensity <= 1."""
    propensities: Mapping[str, float]
    """The whole distribution by offer_id, with `NO_OFFER` last; sums to 1. Of very many offers a policy may first take
    those that promise the most; the others are not in it."""
    expected_rewards: Mapping[str, float]
    """Posterior mean reward by offer_id."""
    features: tuple[float, ...]
    """Feature vector of the chosen offer, as the learner will need it; empty when silent."""


@dataclass(frozen=True)
class TrainingExample:
    """One matured reward with the features frozen at its decision."""

    features: tuple[float, ...]
    reward: float
    weight: float = 1.0
    """How much it counts: 0 teaches nothing, for rewards that nobody should be able to buy influence with."""


class OfferPolicy(Protocol):
    """Maps a context to a distribution over the eligible offers and silence. Immutable; learning returns a new one."""

    @property
    def version(self) -> int:
        """Grows by one with every `learn`."""
        ...

    @property
    def reward_count(self) -> int:
        """Rewards folded in since training."""
        ...

    def choose(
        self,
        *,
        outlook: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        prices: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw from exactly the distribution that is reported. With no offers, silence has propensity 1.

        `offers` may be `Candidates`, which spares the policy what it knows of their set. `prices` are in the order of
        `offers`, in units of reward: what an offer's cost takes off its worth.
        """
        ...

    def explain(self, *, outlook: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper that says why this offer, from what the model really saw."""
        ...

    def learn(self, rewards: Sequence[TrainingExample]) -> OfferPolicy:
        """The policy after these rewards, version + 1."""
        ...

    def to_bytes(self) -> bytes:
        """A snapshot from which `from_bytes` of the same class builds an equal policy."""
        ...
