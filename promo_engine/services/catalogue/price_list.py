"""What the shop sells now and at which prices, in the shopper's currency: never converted, never averaged."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from promo_engine.domain.catalogue.listed_products import Example, ListedProduct, ListedVariant, examples_of
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.errors import NotFound, Unavailable
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.offers_on_sale import is_usable, money_currency
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.catalogue.product_cache import CurrencyProducts, ProductCache

logger = logging.getLogger(__name__)

PER_CATEGORY = 12
"""Products of one category that an offer is priced with; any that sells has a price of its own."""


class PriceList:
    """Lists products, and prices them with an offer. Without a currency it is the shop's own."""

    def __init__(
        self, storage: Storage, *, products: ProductCache, currency: Currency, clock: Callable[[], datetime]
    ) -> None:
        self._storage = storage
        self._products = products
        self.currency = currency
        self._clock = clock

    async def warm(self) -> None:
        """Read the products before the first shopper asks: over many orders that takes a second."""
        try:
            await self.by_id()
        except Unavailable as error:
            logger.warning("The price list is read when it is first needed: %s", error.message)

    async def products(self, *, per_category: int, limit: int, currency: Currency | None = None) -> list[ListedProduct]:
        """Return what sells best of what is there, at most so many of one category."""
        there = [product for product in (await self.by_id(currency)).values() if product.in_stock]
        return best_of_categories(there, per_category=per_category)[:limit]

    async def find(
        self, words: str, *, category: str | None, limit: int, currency: Currency | None = None
    ) -> list[ListedProduct]:
        """Return the products that a shopper means, sold out or not; perhaps none.

        `category` is the shop's own name; what stands under it counts, too.
        """
        async with self._storage.read() as unit:
            products = await self._products.read(unit, currency or self.currency)
            categories = () if category is None else await _with_those_below(category, unit)
        return products.index.find(words, categories=categories, limit=limit)

    async def product(self, product_id: str, currency: Currency | None = None) -> ListedProduct:
        """Return one active product. Raises NotFound `unknown_product`."""
        product = (await self.by_id(currency)).get(product_id)
        if product is None:
            raise NotFound("unknown_product", f"There is no product {product_id}.", field="product_id")
        return product

    async def variants(self, product_id: str, currency: Currency | None = None) -> list[ListedVariant]:
        """Return the options in which an active product is sold. Raises NotFound `unknown_product`."""
        await self.product(product_id, currency)
        async with self._storage.read() as unit:
            return await unit.catalogue.variants_of(
                product_id,
                currency=(currency or self.currency).code,
                at=self._clock(),
                max_age=self._products.price_max_age,
            )

    async def by_id(self, currency: Currency | None = None) -> Mapping[str, ListedProduct]:
        """Return every active product by its product_id, those that sell best first."""
        return (await self._read(currency)).by_id

    async def examples(self, offer_id: str, *, limit: int, currency: Currency | None = None) -> list[Example]:
        """Price products with an offer, those that sell best first. Raises NotFound `unknown_offer`.

        Nothing is priced in a currency that is not that of the offer's amounts.
        """
        offer = await self._offer(offer_id)
        sold = await self._read(currency)
        money = money_currency(offer, shop_currency=self.currency)
        if money is not None and money != sold.currency:
            return []
        known = sold.examples.get((offer, limit))
        if known is None:
            listed = best_of_categories(
                (product for product in sold.by_id.values() if product.on_sale), per_category=PER_CATEGORY
            )
            # An offer that no single product sets off, such as a bundle, has all of its products priced in vain: in a
            # thread, so that decisions go on meanwhile.
            known = await asyncio.to_thread(
                examples_of, offer, listed, currency=sold.currency, facts=Facts(at=self._clock()), limit=limit
            )
            sold.examples[offer, limit] = known
        return known

    async def without_product(self, offers: Iterable[Offer]) -> set[str]:
        """Return the offer_ids of those that no product on sale sets off, in no currency in which the shop sells."""
        async with self._storage.read() as unit:
            codes = {self.currency.code, *await unit.catalogue.currencies()}
            markets = [await self._products.read(unit, Currency(code)) for code in sorted(codes)]
        return {
            offer.offer_id
            for offer in offers
            if not any(
                is_usable(offer, market.currency, shop_currency=self.currency, on_sale=market.on_sale)
                for market in markets
            )
        }

    async def _read(self, currency: Currency | None) -> CurrencyProducts:
        async with self._storage.read() as unit:
            return await self._products.read(unit, currency or self.currency)

    async def _offer(self, offer_id: str) -> Offer:
        async with self._storage.read() as unit:
            managed = await unit.promotions.offer(offer_id)
        if managed is None:
            raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
        return managed.offer


def best_of_categories(products: Iterable[ListedProduct], *, per_category: int) -> list[ListedProduct]:
    """Return the products in their order, but of each category no more than the first few.

    Products whose category is not known are not counted together.
    """
    taken: Counter[int] = Counter()
    chosen: list[ListedProduct] = []
    for product in products:
        if product.category_id is not None:
            taken[product.category_id] += 1
        if product.category_id is None or taken[product.category_id] <= per_category:
            chosen.append(product)
    return chosen


async def _with_those_below(category: str, unit: UnitOfWork) -> frozenset[str]:
    """The names of a category and of every one under it; itself where the shop does not know it."""
    names, tree = await unit.catalogue.category_names(), await unit.catalogue.category_tree()
    return frozenset(
        names[below] for category_id, name in enumerate(names) if name == category for below in tree.below(category_id)
    ) or frozenset([category])
