"""What sells in the shop now, and at which prices. Kept in the process, since prices change by the day at most."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from promo_engine.domain.conditions import Facts
from promo_engine.domain.errors import NotFound, Unavailable
from promo_engine.domain.money import Currency
from promo_engine.domain.offers import Offer
from promo_engine.domain.shelf import Example, ShelfProduct, examples_of
from promo_engine.domain.unit_of_work import Storage

logger = logging.getLogger(__name__)

SOLD_WITHIN = timedelta(days=28)
"""Back from the newest order: a product's price is what it cost in these days."""
KEPT_FOR = timedelta(hours=1)
PRICE_RANGE_CENTS = (20, 10_000)
"""What falls outside is no piece of goods: petrol by the gallon, deposits, vouchers."""
PER_CATEGORY = 12


class ProductShelf:
    """Lists products, and prices them with an offer."""

    def __init__(self, storage: Storage, *, currency: Currency, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self.currency = currency
        self._clock = clock
        self._products: tuple[ShelfProduct, ...] = ()
        self._prices: Mapping[str, int] = {}
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._examples: dict[tuple[Offer, int], list[Example]] = {}

    async def warm(self) -> None:
        """Read the shelf before the first shopper asks: over a year of purchases that takes a second."""
        try:
            await self._shelf()
        except Unavailable as error:
            logger.warning("The shelf is read when it is asked for: %s", error.message)

    async def products(self, *, per_category: int, limit: int) -> list[ShelfProduct]:
        """Return what sells best, at most so many of one category."""
        chosen: list[ShelfProduct] = []
        taken: dict[int, int] = {}
        for product in await self._shelf():
            if taken.get(product.category_id, 0) < per_category:
                taken[product.category_id] = taken.get(product.category_id, 0) + 1
                chosen.append(product)
        return chosen[:limit]

    async def prices(self) -> Mapping[str, int]:
        """Return the price in cents of each product on the shelf, by product_id."""
        await self._shelf()
        return self._prices

    async def examples(self, offer_id: str, *, limit: int) -> list[Example]:
        """Price products with an offer, those that sell best first. Raises NotFound `unknown_offer`."""
        offer = await self._offer(offer_id)
        shelf = await self._shelf()
        known = self._examples.get((offer, limit))
        if known is None:
            # An offer that no single product sets off, such as a bundle, has all of its products priced in vain: in a
            # thread, so that decisions go on meanwhile.
            known = await asyncio.to_thread(
                examples_of, offer, shelf, currency=self.currency, facts=Facts(at=self._clock()), limit=limit
            )
            self._examples[offer, limit] = known
        return known

    async def _offer(self, offer_id: str) -> Offer:
        async with self._storage.read() as unit:
            managed = await unit.promotions.offer(offer_id)
        if managed is None:
            raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
        return managed.offer

    async def _shelf(self) -> tuple[ShelfProduct, ...]:
        async with self._reading:
            now = self._clock()
            if self._read_at is None or now - self._read_at >= KEPT_FOR:
                async with self._storage.read() as unit:
                    self._products = await unit.catalogue.selling(
                        within=SOLD_WITHIN, price_range_cents=PRICE_RANGE_CENTS, per_category=PER_CATEGORY
                    )
                self._prices = {one.product_id: one.price_cents for one in self._products}
                self._examples = {}
                self._read_at = now
            return self._products
