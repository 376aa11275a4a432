"""Looks at a customer's wish before it is stored: whether any shop could do it, and whether it was asked already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from promo_engine.domain.customers.change_requests import AGAIN, SWAPS, ChangeKind, ChangeRequest
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.errors import Conflict, InvalidRequest
from promo_engine.ports.unit_of_work import UnitOfWork

_NEEDED = {
    ChangeKind.ADDRESS: "details",
    ChangeKind.ACCOUNT_ADDRESS: "details",
    ChangeKind.PAYMENT: "payment",
    ChangeKind.ITEMS: "lines",
    ChangeKind.EXCHANGE: "lines",
}
"""What a kind is nothing without."""
_WRITTEN = {"details": "new_address"}
"""How a part is called in a request."""


def stands_for(earlier: ChangeRequest, wish: ChangeRequest) -> bool:
    """Say whether an earlier request of the same kind is all that there is to ask for."""
    if wish.kind in AGAIN:
        return earlier.is_open and earlier.same_wish(wish)
    if wish.kind in (ChangeKind.CANCEL, ChangeKind.ITEMS) or not earlier.lines or not wish.lines:
        return True
    return not {line.variant_id for line in earlier.lines}.isdisjoint(line.variant_id for line in wish.lines)


async def check_wish(
    unit: UnitOfWork, wish: ChangeRequest, order: Order, lines: Sequence[OrderLine], *, at: datetime
) -> None:
    """Raise InvalidRequest for what no shop can do, and Conflict `sold_out` for what it no longer has."""
    part = _NEEDED.get(wish.kind)
    if part is not None and not getattr(wish, part):
        name = _WRITTEN.get(part, part)
        raise InvalidRequest("incomplete", f"A change of {wish.kind} needs {name}.", field=name)
    if any((line.new_variant_id == "") == (wish.kind in SWAPS) for line in wish.lines):
        message = "new_variant_id stands with items and exchange, and with nothing else."
        raise InvalidRequest("incomplete", message, field="lines")
    _need_pieces(wish, lines)
    if wish.kind in SWAPS:
        await _need_options(unit, wish, order, lines, at=at)


def _need_pieces(wish: ChangeRequest, lines: Sequence[OrderLine]) -> None:
    """Raise InvalidRequest for more than the order holds; where no line says its variant, the shop looks itself."""
    held: Counter[str] = Counter()
    for line in lines:
        held[line.variant_id] += line.quantity
    if not any(held):
        return
    wanted: Counter[str] = Counter()
    for wish_line in wish.lines:
        wanted[wish_line.variant_id] += wish_line.quantity
    for variant_id, quantity in wanted.items():
        if held[variant_id] < quantity:
            message = f"The order does not hold {quantity} of {variant_id}."
            raise InvalidRequest("unknown_line", message, field="lines")


async def _need_options(
    unit: UnitOfWork, wish: ChangeRequest, order: Order, lines: Sequence[OrderLine], *, at: datetime
) -> None:
    products = {line.variant_id: line.product_id for line in lines}
    for swap in wish.lines:
        product_id = products.get(swap.variant_id, "")
        # What it costs does not matter here, so prices of any age do.
        options = await unit.catalogue.variants_of(product_id, currency=order.currency, at=at, max_age=timedelta(0))
        new = next((option for option in options if option.variant_id == swap.new_variant_id), None)
        if new is None:
            message = f"{swap.new_variant_id} is no option of the product of {swap.variant_id}."
            raise InvalidRequest("no_such_option", message, field="lines")
        if not new.in_stock and swap.new_variant_id != swap.variant_id:
            raise Conflict("sold_out", f"{swap.new_variant_id} cannot be bought now.")
