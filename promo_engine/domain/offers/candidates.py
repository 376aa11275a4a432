"""The offers that a policy may choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import overload

from promo_engine.domain.offers.offers import Offer


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
        return (self.of.offers[index] for index in self.places)

    @overload
    def __getitem__(self, index: int) -> Offer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Offer]: ...
    def __getitem__(self, index: int | slice) -> Offer | Sequence[Offer]:
        if isinstance(index, slice):
            return [self.of.offers[position] for position in self.places[index]]
        return self.of.offers[self.places[index]]


def places_in(mask: int) -> Iterator[int]:
    """The places of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
