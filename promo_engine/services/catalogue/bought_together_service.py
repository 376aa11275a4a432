"""Answers "what goes with this?" from what was learnt beforehand. The file is read when somebody first asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from promo_engine.domain.catalogue.bought_together import AlsoBought, BoughtTogether
from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.domain.errors import InvalidRequest, NotFound
from promo_engine.domain.money import Currency
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.catalogue.price_list import PriceList

_LOG = logging.getLogger(__name__)

Basis = Literal["product", "category", "offer", "order", "customer"]


@dataclass(frozen=True)
class AlsoBoughtAnswer:
    """What was found, and what it goes with."""

    basis: Basis
    anchors: tuple[str, ...]
    """product_ids that it goes with; none for what suits the customer."""
    also_bought: list[TogetherNow]


@dataclass(frozen=True)
class TogetherNow:
    """A product that goes with it and can be bought now, as the shop shows it in the shopper's currency."""

    product: ListedProduct
    lift: float | None
    """So many times as often as by chance both are in one basket; None for one that suits the customer instead."""


@dataclass(frozen=True)
class AnchorQuery:
    """What it is to go with; the first of these that is set counts, the customer last."""

    product_id: str | None = None
    category: str | None = None
    word: str | None = None
    """A shopper's word for some of the category."""
    offer_id: str | None = None
    customer_id: str | None = None
    """What goes with the customer's newest order, or, if `new`, what such customers like."""
    new: bool = False


@dataclass(frozen=True)
class BoughtTogetherFile:
    """Where what was learnt is kept."""

    read: Callable[[], BoughtTogether]
    """Raises FileNotFoundError or ValueError with one line."""
    stamp: Callable[[], object]
    """Tells one file from the next; quick, and never raises."""


def _nothing() -> BoughtTogether:
    raise FileNotFoundError("nothing was learnt of what goes with what")


NO_FILE = BoughtTogetherFile(read=_nothing, stamp=lambda: None)


class BoughtTogetherService:
    """Looks up companions."""

    def __init__(self, storage: Storage, *, price_list: PriceList, file: BoughtTogetherFile) -> None:
        self._storage = storage
        self._price_list = price_list
        self._file = file
        self._kept: BoughtTogether | None = None
        self._kept_stamp: object = None
        self._reading = asyncio.Lock()

    async def find(self, query: AnchorQuery, *, limit: int, currency: Currency | None = None) -> AlsoBoughtAnswer:
        """Return what goes with what was asked about and is there; nothing is a result.

        Raises InvalidRequest `nothing_to_pair`, NotFound `no_pairings` (nothing was learnt yet), `unknown_product`,
        `unknown_category` and `unknown_offer`.
        """
        lists = await self._lists()
        there = _There(await self._price_list.by_id(currency), limit)
        if query.product_id is not None:
            if query.product_id not in lists.products:
                await self._require_product(query.product_id)
            return there.found("product", [query.product_id], lists)
        if query.category is not None:
            return there.found("category", await self._meant(query, lists), lists)
        if query.offer_id is not None:
            return there.found("offer", await self._of_offer(query.offer_id, lists), lists)
        if query.customer_id is not None:
            return await self._for_customer(query.customer_id, lists, there, new=query.new)
        raise InvalidRequest(
            "nothing_to_pair", "Say what it is to go with: a product, a category, an offer or a customer."
        )

    async def _lists(self) -> BoughtTogether:
        async with self._reading:
            stamp = self._file.stamp()
            if self._kept is None or stamp != self._kept_stamp:
                try:
                    self._kept = await asyncio.to_thread(self._file.read)
                except FileNotFoundError as error:
                    raise NotFound("no_pairings", str(error)) from error
                except ValueError as error:
                    _LOG.error("%s", error)
                    raise NotFound("no_pairings", str(error)) from error
                self._kept_stamp = stamp
            return self._kept

    async def _require_product(self, product_id: str) -> None:
        async with self._storage.read() as unit:
            if not await unit.catalogue.products([product_id]):
                raise NotFound("unknown_product", f"There is no product {product_id}.", field="product_id")

    async def _meant(self, query: AnchorQuery, lists: BoughtTogether) -> list[str]:
        found = lists.meant_by(str(query.category), query.word)
        if not found:
            async with self._storage.read() as unit:
                if query.category not in await unit.catalogue.category_names():
                    raise NotFound("unknown_category", f"There is no category {query.category}.", field="category")
        return found

    async def _of_offer(self, offer_id: str, lists: BoughtTogether) -> list[str]:
        async with self._storage.read() as unit:
            managed = await unit.promotions.offer(offer_id)
            names = await unit.catalogue.category_names()
        if managed is None:
            raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
        scope = managed.offer.scope
        of_categories = [
            answer for number in sorted(scope.category_ids) for answer in lists.meant_by(names[number], None)
        ]
        return sorted(scope.product_ids) + of_categories

    async def _for_customer(
        self, customer_id: str, lists: BoughtTogether, there: _There, *, new: bool
    ) -> AlsoBoughtAnswer:
        """One of the two ways; the other where it knows nothing."""
        liked = there.liked(customer_id, lists)
        if new and liked.also_bought:
            return liked
        async with self._storage.read() as unit:
            orders = await unit.orders.newest_of(customer_id, limit=1)
            lines = await unit.orders.lines(orders[0].order_id) if orders else []
        found = there.found("order", [line.product_id for line in lines], lists)
        return found if found.also_bought or not liked.also_bought else liked


class _There:
    """Answers with products that can be bought now, as the price list shows them."""

    def __init__(self, listed: Mapping[str, ListedProduct], limit: int) -> None:
        self._listed = {product_id: product for product_id, product in listed.items() if product.in_stock}
        self._limit = limit

    def found(self, basis: Basis, anchors: list[str], lists: BoughtTogether) -> AlsoBoughtAnswer:
        """What goes with these products."""
        found = lists.with_products(anchors, among=self._listed, limit=self._limit)
        return AlsoBoughtAnswer(basis, tuple(anchors), self._shown(found))

    def liked(self, customer_id: str, lists: BoughtTogether) -> AlsoBoughtAnswer:
        """What suits a customer."""
        found = lists.for_customer(customer_id, among=self._listed, limit=self._limit)
        return AlsoBoughtAnswer("customer", (), self._shown(found))

    def _shown(self, found: list[AlsoBought]) -> list[TogetherNow]:
        return [TogetherNow(self._listed[also.product.product_id], also.lift) for also in found]
