"""Stores what a shop says, whoever brought it: the write API, a webhook, or a pull.

Items come in any mixture; each gets an answer of its own. Whoever calls owns the transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct
from promo_engine.domain.catalogue.shop_changes import (
    CustomerDataRequested,
    CustomerDeleted,
    CustomerNamed,
    CustomerRedacted,
    OrderDeleted,
    OrderRefund,
    OrderShipment,
    ProductDeleted,
    ShopChange,
    ShopRedacted,
    SourceDisconnected,
    VariantPrice,
    VariantStock,
)
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder
from promo_engine.domain.events import PurchasesIngested
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.ports.unit_of_work import UnitOfWork
from promo_engine.services.checkout.hosted_redemptions import HostedRedemptions
from promo_engine.services.connections.merge_customers import learn_name, merge, settle_identity
from promo_engine.services.connections.privacy_service import PrivacyService
from promo_engine.services.connections.state_rebuilder import StateRebuilder

_NEWS = timedelta(days=1)
"""An order older than this is history, nothing that happens in the shop now."""

Written = ShopItem | ShopChange
Kind = TypeVar("Kind")


class ShopWriter:
    """Writes items and changes inside a unit of work."""

    def __init__(
        self,
        *,
        states: StateRebuilder,
        privacy: PrivacyService,
        redemptions: HostedRedemptions,
        clock: Callable[[], datetime],
    ) -> None:
        self._states = states
        self._redemptions = redemptions
        self._privacy = privacy
        self._clock = clock

    async def write(self, unit: UnitOfWork, items: Sequence[Written], *, source_id: str) -> list[ItemAnswer]:
        """Store items; the answers stand in their order."""
        answers: list[ItemAnswer] = []
        for kind, run in groupby(items, key=type):
            answers += await self._write_run(unit, kind, list(run), source_id)
        return answers

    async def _write_run(
        self, unit: UnitOfWork, kind: type[Written], items: list[Written], source_id: str
    ) -> list[ItemAnswer]:
        at = self._clock()
        if kind is ShopCategory:
            return await _once_each(items, lambda some: unit.shop.store_categories(_parents_first(some)))
        if kind is ShopProduct:
            return await _once_each(
                items, lambda some: unit.shop.store_products(_only(some, ShopProduct), source_id=source_id, at=at)
            )
        if kind is ShopOrder:
            return await _once_each(items, lambda some: self._write_orders(unit, _only(some, ShopOrder), source_id))
        if kind is VariantPrice:
            return await unit.shop_changes.store_prices(_only(items, VariantPrice))
        if kind is VariantStock:
            return await unit.shop_changes.store_stock(_only(items, VariantStock))
        return [await self._write_other(unit, item, source_id) for item in items]

    async def _write_orders(self, unit: UnitOfWork, items: list[ShopOrder], source_id: str) -> list[ItemAnswer]:
        order_ids = [item.order_id for item in items]
        before = await unit.shop_changes.purchases(order_ids)
        named = {item.customer_id for item in items if item.customer_id is not None}
        current = {name: await unit.privacy.current_id(name) or name for name in sorted(named)}
        meant = [replace(item, customer_id=current.get(item.customer_id or "")) for item in items]
        answers = await unit.shop.store_orders(meant, source_id=source_id, at=self._clock())
        after = await unit.shop_changes.purchases(order_ids)
        changed = [order_id for order_id in after if before.get(order_id) != after[order_id]]
        both = [found[order_id] for order_id in changed for found in (before, after) if order_id in found]
        # An order that was cancelled is no purchase any more; its lines are as they were.
        both += [after[item.order_id] for item in items if item.cancelled_at is not None and item.order_id in after]
        await self._states.rebuild(unit, (purchase.order.customer_id for purchase in both))
        self._publish(unit, [after[order_id] for order_id in changed if order_id not in before])
        for item, answer in zip(items, answers, strict=True):
            # What is stored decides, and an older report may be the first one that comes this way.
            if item.codes and answer.result is not StoreResult.REFUSED:
                await self._redemptions.follow(unit, item.order_id, item.code_cents)
        return answers

    def _publish(self, unit: UnitOfWork, new: Sequence[Purchase]) -> None:
        now = self._clock()
        recent = tuple(purchase for purchase in new if now - purchase.order.placed_at <= _NEWS)
        if recent:
            unit.publish(PurchasesIngested(recent))

    async def _write_other(self, unit: UnitOfWork, item: Written, source_id: str) -> ItemAnswer:
        match item:
            case ShopCustomer():
                answer = await self.write_customer(unit, item, source_id=source_id)
            case CustomerNamed():
                answer = await self._learn_name(unit, item, source_id)
            case OrderShipment():
                answer = await unit.shop_changes.store_shipment(item)
            case OrderRefund():
                answer = await unit.shop_changes.store_refund(item)
                await self._redemptions.follow(unit, item.order_id)
            case OrderDeleted():
                answer = await self._delete_order(unit, item)
            case ProductDeleted():
                answer = await archive_product(unit, item.product_id)
            case SourceDisconnected():
                answer = await self._disconnect(unit, source_id)
            case CustomerDeleted() | CustomerRedacted() | CustomerDataRequested() | ShopRedacted():
                answer = await self._privacy.apply(unit, item, source_id=source_id)
            case _:
                raise TypeError(f"nobody stores {type(item).__name__}")
        return answer

    async def write_customer(self, unit: UnitOfWork, item: ShopCustomer, *, source_id: str) -> ItemAnswer:
        """Store a customer, and merge into it whoever is the same person."""
        at = self._clock()
        stored_as, gone = await settle_identity(unit, item, source_id=source_id)
        if stored_as != item.customer_id and item.guest:
            # What a guest says does not change the account.
            answer = ItemAnswer(item.customer_id, StoreResult.STORED if gone else StoreResult.UNCHANGED)
        else:
            aliases = {source or source_id: external_id for source, external_id in item.aliases.items()}
            renamed = replace(item, customer_id=stored_as, aliases=aliases)
            (answer,) = await unit.shop.store_customers([renamed], source_id=source_id, at=at)
        for customer_id in gone:
            await merge(unit, customer_id, into=stored_as, requested_by=f"source:{source_id}", at=at)
        if gone:
            await self._states.rebuild(unit, [stored_as])
        return replace(answer, key=item.customer_id)

    async def _learn_name(self, unit: UnitOfWork, item: CustomerNamed, source_id: str) -> ItemAnswer:
        learned = await learn_name(unit, item, source_id=source_id, at=self._clock())
        if learned is None:
            return ItemAnswer(item.customer_id, StoreResult.UNCHANGED)
        await self._states.rebuild(unit, [learned])
        return ItemAnswer(item.customer_id, StoreResult.STORED)

    async def _delete_order(self, unit: UnitOfWork, item: OrderDeleted) -> ItemAnswer:
        known = await unit.shop_changes.cancel_deleted(item.order_id, at=self._clock())
        await self._redemptions.follow(unit, item.order_id)
        found = await unit.shop_changes.purchases([item.order_id])
        await self._states.rebuild(unit, (purchase.order.customer_id for purchase in found.values()))
        return ItemAnswer(item.order_id, StoreResult.STORED if known else StoreResult.UNCHANGED)

    async def _disconnect(self, unit: UnitOfWork, source_id: str) -> ItemAnswer:
        source = await unit.sources.get(source_id)
        if source is not None:
            at = self._clock()
            await unit.sources.save(replace(source, disabled_at=at))
            if source.settings.hosted_codes:
                await unit.catalogue.touch(f"source {source_id}", at=at)
        return ItemAnswer(source_id, StoreResult.STORED)


async def archive_product(unit: UnitOfWork, name: str) -> ItemAnswer:
    """Take a product out of the shop, by its id or its other name; unchanged where nobody knows it."""
    product_id = await unit.shop_changes.product_called(name)
    known = product_id is not None and await unit.shop.archive_product(product_id)
    return ItemAnswer(name, StoreResult.STORED if known else StoreResult.UNCHANGED)


async def _once_each(
    items: Sequence[Written], store: Callable[[list[Written]], Awaitable[list[ItemAnswer]]]
) -> list[ItemAnswer]:
    """Store items of one kind, the last of those with one key alone; every item gets the answer of its key."""
    last = {key_of(item): item for item in items}
    answers = {answer.key: answer for answer in await store(list(last.values()))}
    return [answers[key_of(item)] for item in items]


def key_of(item: Written) -> str:
    """What answers call an item by."""
    for name in ("category_id", "product_id", "order_id", "customer_id", "variant_id"):
        key = getattr(item, name, None)
        if key is not None:
            return str(key)
    return ""


def _parents_first(items: Sequence[Written]) -> list[ShopCategory]:
    """Categories in an order in which a parent stands before its children; circles come last, and are refused."""
    waiting = {item.category_id: item for item in _only(items, ShopCategory)}
    placed: dict[str, ShopCategory] = {}
    while ready := [item for item in waiting.values() if item.parent_id not in waiting]:
        for item in ready:
            placed[item.category_id] = waiting.pop(item.category_id)
    return [*placed.values(), *waiting.values()]


def _only(items: Sequence[Written], kind: type[Kind]) -> list[Kind]:
    return [item for item in items if isinstance(item, kind)]
