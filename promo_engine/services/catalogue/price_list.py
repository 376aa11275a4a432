"""What sells in the shop now, and at which prices. Kept in the process, since prices change by the day at most."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from promo_engine.domain.catalogue.listed_products import Example, ListedProduct, examples_of
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.errors import NotFound, Unavailable
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Offer
from promo_engine.ports.unit_of_work import Storage

logger = logging.getLogger(__name__)

SOLD_WITHIN = timedelta(days=28)
"""Back from the newest order: a product's price is what it cost in these days."""
KEPT_FOR = timedelta(hours=1)
PRICE_RANGE_CENTS = (20, 10_000)
"""What falls outside is no piece of goods: petrol by the gallon, deposits, vouchers."""
PER_CATEGORY = 12
"""Products of one category that an offer is priced with; any that sells has a price of its own."""


class PriceList:
    """Lists products, and prices them with an offer."""

    def __init__(self, storage: Storage, *, currency: Currency, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self.currency = currency
        self._clock = clock
        self._by_id: Mapping[str, ListedProduct] = {}
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._examples: dict[tuple[Offer, int], list[Example]] = {}

    async def warm(self) -> None:
        """Read the listed before the first shopper asks: over a year of purchases that takes a second."""
        try:
            await self.by_id()
        except Unavailable as error:
            logger.warning("The price list is read when it is first needed: %s", error.message)

    async def products(self, *, per_category: int, limit: int) -> list[ListedProduct]:
        """Return what sells best, at most so many of one category."""
        return best_of_categories((await self.by_id()).values(), per_category=per_category)[:limit]

    async def product(self, product_id: str) -> ListedProduct:
        """Return one product that sells. Raises NotFound `unknown_product`."""
        product = (await self.by_id()).get(product_id)
        if product is None:
            raise NotFound("unknown_product", f"There is no product {product_id}.", field="product_id")
        return product

    async def by_id(self) -> Mapping[str, ListedProduct]:
        """Return every product that sells by its product_id, those that sell best first."""
        async with self._reading:
            now = self._clock()
            if self._read_at is None or now - self._read_at >= KEPT_FOR:
                async with self._storage.read() as unit:
                    sold = await unit.catalogue.selling(within=SOLD_WITHIN, price_range_cents=PRICE_RANGE_CENTS)
                self._by_id = {product.product_id: product for product in sold}
                self._examples = {}
                self._read_at = now
            return self._by_id

    async def examples(self, offer_id: str, *, limit: int) -> list[Example]:
        """Price products with an offer, those that sell best first. Raises NotFound `unknown_offer`."""
        offer = await self._offer(offer_id)
        sold = await self.by_id()
        known = self._examples.get((offer, limit))
        if known is None:
            listed = best_of_categories(sold.values(), per_category=PER_CATEGORY)
            # An offer that no single product sets off, such as a bundle, has all of its products priced in vain: in a
            # thread, so that decisions go on meanwhile.
            known = await asyncio.to_thread(
                examples_of, offer, listed, currency=self.currency, facts=Facts(at=self._clock()), limit=limit
            )
            self._examples[offer, limit] = known
        return known

    async def _offer(self, offer_id: str) -> Offer:
        async with self._storage.read() as unit:
            managed = await unit.promotions.offer(offer_id)
        if managed is None:
            raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
        return managed.offer


def best_of_categories(products: Iterable[ListedProduct], *, per_category: int) -> list[ListedProduct]:
    """Return the products in their order, but of each category no more than the first few."""
    taken: Counter[int] = Counter()
    chosen: list[ListedProduct] = []
    for product in products:
        taken[product.category_id] += 1
        if taken[product.category_id] <= per_category:
            chosen.append(product)
    return chosen
