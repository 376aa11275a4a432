"""Medusa's Admin API (version 2) as canonical items. Amounts are decimals of their currency.

https://docs.medusajs.com/api/admin. Of people only the hashes of e-mail address and postcode are kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopCategory,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
)
from promo_engine.domain.catalogue.shop_changes import ShopChange
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
from promo_engine.domain.customers.shop_orders import Shipment, ShopOrder, ShopOrderLine, ShopOrderState
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.text.cell_values import plain_text
from promo_engine.shops.text.json_values import (
    JsonObject,
    child,
    children,
    money,
    needed,
    text,
    time,
    time_or_none,
    whole_number,
)

_BY_FULFILMENT = {
    "partially_fulfilled": ShopOrderState.PACKING,
    "fulfilled": ShopOrderState.PACKING,
    "partially_shipped": ShopOrderState.PARTLY_SHIPPED,
    "shipped": ShopOrderState.SHIPPED,
    "partially_delivered": ShopOrderState.SHIPPED,
    "delivered": ShopOrderState.DELIVERED,
    "canceled": ShopOrderState.CANCELLED,
}
_BY_PAYMENT = {
    "captured": ShopOrderState.PAID,
    "partially_captured": ShopOrderState.RECEIVED,
    "authorized": ShopOrderState.RECEIVED,
    "partially_authorized": ShopOrderState.RECEIVED,
    "not_paid": ShopOrderState.RECEIVED,
    "awaiting": ShopOrderState.RECEIVED,
    "refunded": ShopOrderState.REFUNDED,
    "partially_refunded": ShopOrderState.PARTLY_REFUNDED,
}
_GIVEN_BACK = {ShopOrderState.REFUNDED, ShopOrderState.PARTLY_REFUNDED}


def read_order(order: JsonObject) -> Iterator[ShopItem | ShopChange]:
    """An order. Raises ShopItemError."""
    yield order_of(order)


def order_of(order: JsonObject) -> ShopOrder:
    """An order, as webhooks, pulls and questions of the chat tell it. Raises ShopItemError."""
    currency = needed(order, "currency_code").upper()
    hashed = email_hash(text(order, "email"))
    order_id = needed(order, "id")
    number = text(order, "display_id") or order_id
    return ShopOrder(
        order_id=order_id,
        number=number,
        customer_id=email_customer_id(hashed) or text(order, "customer_id") or None,
        placed_at=time(order, "created_at"),
        currency=currency,
        total_cents=money(order, "total", currency),
        lines=tuple(_line(line, currency) for line in children(order, "items") if whole_number(line, "quantity") > 0),
        state=_state(order),
        goods_cents=money(order, "item_subtotal", currency),
        discount_cents=money(order, "discount_total", currency),
        delivery_cents=money(order, "shipping_total", currency),
        tax_cents=money(order, "tax_total", currency),
        payment=text(order, "payment_status"),
        cancelled_at=time_or_none(order, "canceled_at"),
        shop_updated_at=time(order, "updated_at"),
        shipments=tuple(parcel for found in children(order, "fulfillments") for parcel in _parcels(found)),
        codes=tuple(text(code, "code") for code in children(order, "promotions") if text(code, "code")),
        email_hash=hashed,
        postcode_hash=postcode_hash(text(child(order, "shipping_address"), "postal_code"), number=number),
    )


def _state(order: JsonObject) -> ShopOrderState:
    if text(order, "canceled_at") or text(order, "status") == "canceled":
        return ShopOrderState.CANCELLED
    paid = _BY_PAYMENT.get(text(order, "payment_status"), ShopOrderState.UNKNOWN)
    if paid in _GIVEN_BACK:
        return paid
    fulfilled = text(order, "fulfillment_status")
    return paid if fulfilled in {"", "not_fulfilled"} else _BY_FULFILMENT.get(fulfilled, ShopOrderState.UNKNOWN)


def _line(line: JsonObject, currency: str) -> ShopOrderLine:
    sku, variant = text(line, "variant_sku"), text(line, "variant_id")
    quantity = whole_number(line, "quantity")
    total = money(line, "total", currency) if text(line, "total") else money(line, "unit_price", currency) * quantity
    title, of_variant = text(line, "product_title") or text(line, "title"), text(line, "variant_title")
    return ShopOrderLine(
        title=plain_text(f"{title} - {of_variant}" if of_variant else title),
        quantity=quantity,
        line_cents=total,
        variant_id=variant or sku or None,
        sku=sku,
        discount_cents=money(line, "discount_total", currency),
    )


def _parcels(fulfilment: JsonObject) -> Iterator[Shipment]:
    if text(fulfilment, "canceled_at") or not text(fulfilment, "shipped_at"):
        return  # packed, perhaps; nothing has left the shop
    delivered_at = time_or_none(fulfilment, "delivered_at")
    state = ShopOrderState.DELIVERED if delivered_at is not None else ShopOrderState.SHIPPED
    labels = list(children(fulfilment, "labels")) or [{}]
    for position, label in enumerate(labels):
        number, link = text(label, "tracking_number"), text(label, "tracking_url")
        yield Shipment(
            shipment_id=f"{needed(fulfilment, 'id')}{f':{position}' if position else ''}"[:64],
            tracking_number=number,
            tracking_url=link if link.startswith(("https://", "http://")) else "",
            state=state,
            shipped_at=time(fulfilment, "shipped_at"),
            delivered_at=delivered_at,
        )


def read_product(product: JsonObject) -> Iterator[ShopItem | ShopChange]:
    """A product with its categories. Raises ShopItemError."""
    category_ids = []
    for category in children(product, "categories"):
        category_id = needed(category, "id")
        category_ids.append(category_id)
        yield ShopCategory(category_id, {"en": plain_text(text(category, "name")) or category_id})
    yield ShopProduct(
        product_id=needed(product, "id"),
        title=plain_text(needed(product, "title")),
        variants=tuple(_variant(variant) for variant in children(product, "variants")),
        brand=text(child(product, "collection"), "title"),
        image_url=text(product, "thumbnail"),
        category_ids=tuple(dict.fromkeys(category_ids)),
        status=ListingStatus.ACTIVE if text(product, "status") == "published" else ListingStatus.DRAFT,
        updated_at=time_or_none(product, "updated_at"),
    )


def _variant(variant: JsonObject) -> ShopVariant:
    prices: dict[str, ShopPrice] = {}
    for price in children(variant, "prices"):
        currency = needed(price, "currency_code").upper()
        # Prices with rules are those of a region or a group; the first without any is what everybody pays.
        if not price.get("price_rules") and not price.get("min_quantity") and currency not in prices:
            prices[currency] = ShopPrice(currency, money(price, "amount", currency))
    counted, pieces = variant.get("manage_inventory") is not False, text(variant, "inventory_quantity")
    stock = None
    if pieces or not counted:
        most = max(whole_number(variant, "inventory_quantity"), 0) if counted else None
        stock = ShopStock(most, variant.get("allow_backorder") is True)
    return ShopVariant(
        variant_id=needed(variant, "id"),
        sku=text(variant, "sku"),
        gtin=text(variant, "barcode") or text(variant, "ean"),
        options={
            text(child(option, "option"), "title").lower(): text(option, "value")
            for option in children(variant, "options")
            if text(child(option, "option"), "title") and text(option, "value")
        },
        prices=tuple(prices.values()),
        stock=stock,
    )
