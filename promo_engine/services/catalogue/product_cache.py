"""The active products by currency, kept in the process and read again when the catalogue or the clock changes them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from time import perf_counter

from promo_engine.domain.catalogue.listed_products import Example, ListedProduct
from promo_engine.domain.catalogue.product_index import ProductIndex
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.offers_on_sale import ProductsOnSale
from promo_engine.ports.unit_of_work import UnitOfWork

SOLD_WITHIN = timedelta(days=28)
"""Back from the newest order: what sells best is counted in these days."""
RANKED_FOR = timedelta(hours=1)
"""How long a count of what sells best holds."""
KEPT_FOR = timedelta(minutes=5)
"""How long products are kept when nothing is known to have changed: prices grow old meanwhile."""
MOST_CURRENCIES = 8
"""Kept at a time; a page may ask for any of the world's."""
_SHARE_OF_READING = 5
"""Of so many seconds one at most is spent on reading again, however often the shop reports a change."""
_MANY = 1000
"""Products from which on that holds; fewer are read again at every change."""


@dataclass(frozen=True)
class CurrencyProducts:
    """The active products in one currency, those that sell best first."""

    currency: Currency
    by_id: Mapping[str, ListedProduct]
    is_known: bool
    """False where no source ever reported what can be bought."""
    examples: dict[tuple[Offer, int], list[Example]] = field(default_factory=dict, repr=False, compare=False)
    """Offers that were priced with these products."""

    @cached_property
    def index(self) -> ProductIndex:
        """What finds products by words."""
        return ProductIndex(tuple(self.by_id.values()))

    @cached_property
    def on_sale(self) -> ProductsOnSale | None:
        """What can be bought; None where nothing is known of that."""
        return ProductsOnSale.of(self.by_id.values()) if self.is_known else None


@dataclass(frozen=True)
class _Kept:
    products: CurrencyProducts
    stamp: str | None
    until: datetime
    read_at_s: float
    took_s: float


class ProductCache:
    """Holds the products of a few currencies; one small query per use tells whether they still stand."""

    def __init__(self, *, price_max_age: timedelta, clock: Callable[[], datetime]) -> None:
        self.price_max_age = price_max_age
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._sold: Mapping[str, int] = {}
        self._ranked_until: datetime | None = None
        self._reading = asyncio.Lock()

    async def read(self, unit: UnitOfWork, currency: Currency) -> CurrencyProducts:
        """Return the products as `unit` sees them."""
        now, stamp = self._clock(), await unit.catalogue.products_stamp()
        kept = self._kept.get(currency.code)
        if kept is None or not _holds(kept, stamp, now):
            async with self._reading:
                kept = self._kept.get(currency.code)
                if kept is None or not _holds(kept, stamp, now):
                    kept = await self._read(unit, currency, stamp, now)
        self._kept.move_to_end(currency.code)
        return kept.products

    async def _read(self, unit: UnitOfWork, currency: Currency, stamp: str | None, now: datetime) -> _Kept:
        started = perf_counter()
        if self._ranked_until is None or now >= self._ranked_until:
            self._sold = await unit.catalogue.sold_lately(within=SOLD_WITHIN)
            self._ranked_until = now + RANKED_FOR
        found = await unit.catalogue.listed(currency=currency.code, at=now, max_age=self.price_max_age)
        ranked = sorted(found.products, key=lambda product: -self._sold.get(product.product_id, 0))
        kept = _Kept(
            CurrencyProducts(currency, {product.product_id: product for product in ranked}, found.has_variants),
            stamp,
            until=min(now + KEPT_FOR, found.next_change or now + KEPT_FOR),
            read_at_s=perf_counter(),
            took_s=perf_counter() - started,
        )
        self._kept[currency.code] = kept
        while len(self._kept) > MOST_CURRENCIES:
            self._kept.popitem(last=False)
        return kept


def _holds(kept: _Kept, stamp: str | None, now: datetime) -> bool:
    if now >= kept.until:
        return False
    if kept.stamp == stamp:
        return True
    # A shop of many thousands that reports stock all the time is seen a little later, so that decisions go on.
    many = len(kept.products.by_id) > _MANY
    return many and perf_counter() - kept.read_at_s < kept.took_s * _SHARE_OF_READING
