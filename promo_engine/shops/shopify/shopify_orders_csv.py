"""Shopify's order export: one row a line item, the order's own fields on its first row only.

Of the customer only the hash of the e-mail address is kept; names and addresses are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError, need_currency
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
from promo_engine.domain.customers.shop_orders import Refund, ShopOrder, ShopOrderLine, ShopOrderState
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, ShopItem
from promo_engine.shops.row_groups import RowGroup, grouped, items_of
from promo_engine.shops.text.cell_values import TimeReader, cents, plain_text, whole
from promo_engine.shops.text.text_file import Row, open_text, read_rows, require_columns

_BY_FULFILMENT = {
    "fulfilled": ShopOrderState.SHIPPED,
    "partial": ShopOrderState.PARTLY_SHIPPED,
}
_BY_PAYMENT = {
    "refunded": ShopOrderState.REFUNDED,
    "partially_refunded": ShopOrderState.PARTLY_REFUNDED,
    "paid": ShopOrderState.PAID,
    "pending": ShopOrderState.RECEIVED,
    "authorized": ShopOrderState.RECEIVED,
    "partially_paid": ShopOrderState.RECEIVED,
    "voided": ShopOrderState.CANCELLED,
}
_GIVEN_BACK = {ShopOrderState.REFUNDED, ShopOrderState.PARTLY_REFUNDED}


def shopify_state(*, payment: str, fulfilment: str, cancelled: bool) -> ShopOrderState:
    """Where an order is by Shopify's two words for it. Words that are not known are UNKNOWN."""
    if cancelled:
        return ShopOrderState.CANCELLED
    paid = _BY_PAYMENT.get(payment.lower(), ShopOrderState.UNKNOWN if payment else ShopOrderState.RECEIVED)
    if paid in _GIVEN_BACK or paid is ShopOrderState.CANCELLED:
        return paid
    if fulfilment.lower() in _BY_FULFILMENT:
        return _BY_FULFILMENT[fulfilment.lower()]
    return paid if fulfilment.lower() in {"", "unfulfilled", "pending"} else ShopOrderState.UNKNOWN


class ShopifyOrdersReader:
    """Reads `orders_export.csv`."""

    kind = "shopify-orders"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield orders. Raises ShopFileError for another file."""
        text = open_text(file, options.encoding)
        require_columns(text, ("Name", "Created at", "Lineitem name", "Lineitem quantity"), kind=self.kind)
        yield from text.notes
        times = TimeReader(options.zone, options.now)
        build = _OrderBuilder(options.currency, times)
        yield from items_of(grouped(read_rows(text), lambda row: row.get("Name")), build.items)
        yield from times.notes("Created at")


class _OrderBuilder:
    def __init__(self, currency: str | None, times: TimeReader) -> None:
        self._currency = currency
        self._times = times

    def items(self, group: RowGroup) -> Iterator[ShopItem]:
        first = group.rows[0]
        currency = first.get("Currency") or self._currency or ""
        need_currency("Currency", currency)
        created = first.get("Created at")
        if not created:
            raise ShopItemError("Created at", "the order's first row has no time")
        order_id = first.get("Id").lstrip("'") or group.key
        cancelled_at = first.get("Cancelled at")
        refunded = self._optional_cents(first, "Refunded Amount", currency)
        hashed = email_hash(first.get("Email"))
        codes = first.get("Discount Code")
        yield ShopOrder(
            order_id=order_id,
            number=group.key,
            customer_id=email_customer_id(hashed),
            placed_at=self._times.read(created, column="Created at"),
            currency=currency,
            total_cents=self._optional_cents(first, "Total", currency),
            lines=tuple(self._line(row, currency) for row in group.rows if row.get("Lineitem name")),
            state=shopify_state(
                payment=first.get("Financial Status"),
                fulfilment=first.get("Fulfillment Status"),
                cancelled=bool(cancelled_at),
            ),
            goods_cents=self._optional_cents(first, "Subtotal", currency),
            discount_cents=self._optional_cents(first, "Discount Amount", currency),
            delivery_cents=self._optional_cents(first, "Shipping", currency),
            tax_cents=self._optional_cents(first, "Taxes", currency),
            payment=first.get("Financial Status"),
            cancelled_at=self._times.read(cancelled_at, column="Cancelled at") if cancelled_at else None,
            refunds=(Refund(f"{order_id}/refunded", refunded),) if refunded else (),
            codes=tuple(code.strip() for code in codes.split(",") if code.strip()),
            email_hash=hashed,
            postcode_hash=postcode_hash(first.get("Shipping Zip").lstrip("'"), number=group.key),
        )

    def _line(self, row: Row, currency: str) -> ShopOrderLine:
        quantity = whole(row.get("Lineitem quantity"), column="Lineitem quantity")
        piece = cents(row.get("Lineitem price"), currency, column="Lineitem price", machine=True)
        discount = self._optional_cents(row, "Lineitem discount", currency)
        sku = row.get("Lineitem sku").lstrip("'")
        return ShopOrderLine(
            title=plain_text(row.get("Lineitem name")),
            quantity=quantity,
            line_cents=max(piece * quantity - discount, 0),
            variant_id=sku or None,
            sku=sku,
            discount_cents=discount,
        )

    @staticmethod
    def _optional_cents(row: Row, column: str, currency: str) -> int:
        return cents(row.get(column), currency, column=column, machine=True) if row.get(column) else 0
