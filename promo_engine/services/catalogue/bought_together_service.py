"""Answers "what goes with this?" from what was learnt beforehand. The file is read when somebody first asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from promo_engine.domain.catalogue.bought_together import AlsoBought, BoughtTogether
from promo_engine.domain.errors import InvalidRequest, NotFound
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
    also_bought: list[AlsoBought]


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

    async def find(self, query: AnchorQuery, *, limit: int) -> AlsoBoughtAnswer:
        """Return what goes with what was asked about; nothing is a result.

        Raises InvalidRequest `nothing_to_pair`, NotFound `no_pairings` (nothing was learnt yet), `unknown_product`,
        `unknown_category` and `unknown_offer`.
        """
        lists = await self._lists()
        if query.product_id is not None:
            if query.product_id not in lists.products:
                await self._require_product(query.product_id)
            return await self._found("product", [query.product_id], lists, limit)
        if query.category is not None:
            return await self._found("category", await self._meant(query, lists), lists, limit)
        if query.offer_id is not None:
            return await self._found("offer", await self._of_offer(query.offer_id, lists), lists, limit)
        if query.customer_id is not None:
            return await self._for_customer(query.customer_id, lists, new=query.new, limit=limit)
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

    async def _found(self, basis: Basis, anchors: list[str], lists: BoughtTogether, limit: int) -> AlsoBoughtAnswer:
        found = lists.with_products(anchors, limit=limit)
        return AlsoBoughtAnswer(basis, tuple(anchors), await self._at_todays_price(found))

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
        self, customer_id: str, lists: BoughtTogether, *, new: bool, limit: int
    ) -> AlsoBoughtAnswer:
        """One of the two ways; the other where it knows nothing."""
        liked = lists.for_customer(customer_id, limit=limit)
        if new and liked:
            return AlsoBoughtAnswer("customer", (), await self._at_todays_price(liked))
        async with self._storage.read() as unit:
            orders = await unit.orders.newest_of(customer_id, limit=1)
            lines = await unit.orders.lines(orders[0].order_id) if orders else []
        found = await self._found("order", [line.product_id for line in lines], lists, limit)
        if found.also_bought or not liked:
            return found
        return AlsoBoughtAnswer("customer", (), await self._at_todays_price(liked))

    async def _at_todays_price(self, found: list[AlsoBought]) -> list[AlsoBought]:
        """What stands on the shelf has a newer price than the lists."""
        sold = await self._price_list.by_id()
        return [
            replace(also, product=replace(also.product, price_cents=sold[also.product.product_id].price_cents))
            if also.product.product_id in sold
            else also
            for also in found
        ]
