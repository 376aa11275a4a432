"""The offers and category names, kept in the process and read again only when they changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.codes.hosted_checkout import HostedCheckout
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.domain.offers.eligibility_index import EligibilityIndex
from promo_engine.domain.offers.limits import Commitment
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.offers_on_sale import refusals_in
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion
from promo_engine.ports.unit_of_work import UnitOfWork
from promo_engine.services.catalogue.product_cache import CurrencyProducts
from promo_engine.services.promotions.hosted_offers import hosted_checkout, impossible_at

JUDGED_FOR_S = 60.0
"""How long it holds which offers a hosted shop can give, while only its products change."""


@dataclass(frozen=True)
class OfferCatalogue:
    """Every offer, ended ones too, and what one calls the product categories to a shopper, by category_id."""

    offers: tuple[Offer, ...]
    friendly_names: tuple[str, ...]
    by_id: Mapping[str, Offer]
    managed: tuple[ManagedOffer, ...] = ()
    """The same offers with their states and limits, in the same order."""
    promotions: Mapping[str, Promotion] = field(default_factory=dict)
    of: OfferSet = field(default_factory=lambda: OfferSet(()))
    """The same offers once more, as the policy knows them."""
    category_ids: Mapping[str, int] = field(default_factory=dict)
    """By the shop's own category names."""
    categories: CategoryTree = field(default_factory=lambda: CategoryTree({}))
    checkout: HostedCheckout | None = None
    """The shop at whose checkout codes are used; None where that is our own."""
    impossible: Mapping[str, str] = field(default_factory=dict)
    """Why that shop cannot give an offer, by offer_id; those that it can are left out."""
    _indexes: list[tuple[Mapping[str, Commitment], EligibilityIndex]] = field(default_factory=list, repr=False)
    """The newest one, with the spending it was made from."""
    _unusable: dict[str, tuple[CurrencyProducts, list[tuple[str, int]]]] = field(default_factory=dict, repr=False)
    """By currency: offers that nobody can use, with the products that they were judged by."""

    def unusable_with(self, products: CurrencyProducts, *, shop_currency: Currency) -> list[tuple[str, int]]:
        """Return reasons with the bits of the offers that nobody can use with these products."""
        code = products.currency.code
        known = self._unusable.get(code)
        if known is not None and known[0] is products:
            return known[1]
        found = refusals_in(products.currency, self.of, shop_currency=shop_currency, on_sale=products.on_sale)
        found += self._impossible_at_checkout()
        self._unusable[code] = (products, found)
        return found

    def _impossible_at_checkout(self) -> list[tuple[str, int]]:
        """Return reasons with the bits of the offers that the shop's own checkout cannot give."""
        closed: dict[str, int] = defaultdict(int)
        for index, offer in enumerate(self.of.offers if self.impossible else ()):
            if offer.offer_id in self.impossible:
                closed[self.impossible[offer.offer_id]] |= 1 << index
        return list(closed.items())

    def eligibility_index(self, commitments: Mapping[str, Commitment], *, at: datetime) -> EligibilityIndex:
        """Return what screens these offers at a moment, after this spending."""
        if self._indexes:
            spending, index = self._indexes[0]
            if spending is commitments and index.made_at <= at < index.valid_until:
                return index
        index = EligibilityIndex(
            self.managed, promotions=self.promotions, commitments=commitments, offers=self.of, at=at
        )
        self._indexes[:] = [(commitments, index)]
        return index

    def state_of(self, managed: ManagedOffer, at: datetime) -> LifecycleState:
        """Say where one of the offers stands at a moment, its promotion's state included."""
        return managed.state_at(at, promotion=self.promotions[managed.offer.promotion_id])


class OfferCache:
    """Holds the catalogue; one small query per use tells whether it still stands."""

    def __init__(self, *, friendly_name: Callable[[str], str]) -> None:
        self._friendly_name = friendly_name
        self._stamp: str | None = None
        self._judged_at_s = 0.0
        self._catalogue = OfferCatalogue(offers=(), friendly_names=(), by_id={})

    @property
    def newest(self) -> OfferCatalogue:
        """What was read last."""
        return self._catalogue

    async def read(self, unit: UnitOfWork) -> OfferCatalogue:
        """Return the catalogue as `unit` sees it; without any stored offers it is empty."""
        stamp = await unit.catalogue.stamp()
        if stamp != self._stamp:
            # By the id in Python's order: a database may sort text by a language's rules, policies do not.
            managed = tuple(sorted(await unit.promotions.all_offers(), key=lambda all_offer: all_offer.offer.offer_id))
            offers = tuple(each.offer for each in managed)
            names = await unit.catalogue.category_names()
            checkout = await hosted_checkout(unit)
            self._catalogue = OfferCatalogue(
                offers=offers,
                friendly_names=tuple(self._friendly_name(name) for name in names),
                by_id={offer.offer_id: offer for offer in offers},
                managed=managed,
                promotions={row.promotion_id: row for row in await unit.promotions.page()},
                of=OfferSet(offers),
                category_ids={name: category_id for category_id, name in enumerate(names)},
                categories=await unit.catalogue.category_tree(),
                checkout=checkout,
                impossible=await impossible_at(unit, checkout, offers),
            )
            self._stamp, self._judged_at_s = stamp, perf_counter()
        await self._judge_anew(unit)
        return self._catalogue

    async def _judge_anew(self, unit: UnitOfWork) -> None:
        """See after a while whether products that came or went let the shop give other offers."""
        known = self._catalogue
        if known.checkout is None or perf_counter() - self._judged_at_s < JUDGED_FOR_S:
            return
        self._judged_at_s = perf_counter()
        impossible = await impossible_at(unit, known.checkout, known.offers)
        if impossible != known.impossible:
            self._catalogue = replace(known, impossible=impossible, _indexes=[], _unusable={})
