"""Bodies of Shopify's webhooks as canonical items and changes.

Products and variants are called what Shopify's own exports call them, a handle and a SKU, so that files and webhooks
speak of the same things. Of people only the hash of the e-mail address is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopItemError,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
    need_currency,
)
from promo_engine.domain.catalogue.shop_changes import (
    CustomerDataRequested,
    CustomerDeleted,
    CustomerRedacted,
    OrderRefund,
    OrderShipment,
    ProductDeleted,
    ShopChange,
    ShopRedacted,
    SourceDisconnected,
)
from promo_engine.domain.customers.shop_orders import (
    Refund,
    Shipment,
    ShopCustomer,
    ShopOrder,
    ShopOrderLine,
    ShopOrderState,
)
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.category_paths import CategoryPaths
from promo_engine.shops.email_hash import email_customer_id, email_hash
from promo_engine.shops.shopify.shopify_orders_csv import shopify_state
from promo_engine.shops.text.cell_values import ImageLinks, TimeReader, cents, plain_text

Body = Mapping[str, Any]
_BY_SHIPMENT = {
    "label_printed": ShopOrderState.PACKING,
    "label_purchased": ShopOrderState.PACKING,
    "confirmed": ShopOrderState.PACKING,
    "in_transit": ShopOrderState.SHIPPED,
    "out_for_delivery": ShopOrderState.OUT_FOR_DELIVERY,
    "ready_for_pickup": ShopOrderState.READY_FOR_PICKUP,
    "delivered": ShopOrderState.DELIVERED,
    "attempted_delivery": ShopOrderState.DELIVERY_FAILED,
    "failure": ShopOrderState.DELIVERY_FAILED,
}
"""By what the carrier reported."""
_BY_FULFILMENT = {
    "pending": ShopOrderState.SHIPPED,
    "open": ShopOrderState.SHIPPED,
    "success": ShopOrderState.SHIPPED,
    "cancelled": ShopOrderState.CANCELLED,
}
"""By what the shop did, where no carrier reported anything."""
_NO_COMPANY = {"", "null-company", "Other"}


def read_webhook(topic: str, body: Body, *, currency: str) -> Iterator[ShopItem | ShopChange]:
    """What a webhook says; nothing for a topic that is not read. `currency` is the shop's, for products.

    Raises ShopItemError for a body that lacks what the topic needs.
    """
    reader = _TOPICS.get(topic)
    if reader is not None:
        yield from reader(body, currency)


def _order(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    order = _inner(body, "order")
    currency = _text(order, "currency")
    need_currency("currency", currency)
    hashed = email_hash(_text(order, "email") or _text(_object(order, "customer"), "email"))
    cancelled = _text(order, "cancelled_at")
    yield ShopOrder(
        order_id=_needed(order, "id"),
        number=_text(order, "name") or _needed(order, "order_number"),
        customer_id=email_customer_id(hashed),
        placed_at=_time(order, "created_at"),
        currency=currency,
        total_cents=_cents(order, "total_price", currency),
        lines=tuple(_line(line, currency) for line in order.get("line_items") or ()),
        state=shopify_state(
            payment=_text(order, "financial_status"),
            fulfilment=_text(order, "fulfillment_status"),
            cancelled=bool(cancelled),
        ),
        goods_cents=_cents(order, "subtotal_price", currency),
        discount_cents=_cents(order, "total_discounts", currency),
        delivery_cents=sum(_cents(line, "price", currency) for line in order.get("shipping_lines") or ()),
        tax_cents=_cents(order, "total_tax", currency),
        payment=_text(order, "financial_status"),
        cancelled_at=_time(order, "cancelled_at") if cancelled else None,
        shop_updated_at=_time(order, "updated_at"),
        shipments=tuple(_shipment(parcel) for parcel in order.get("fulfillments") or ()),
        refunds=tuple(_refund(refund, currency) for refund in order.get("refunds") or ()),
        codes=tuple(_text(code, "code") for code in order.get("discount_codes") or () if _text(code, "code")),
    )


def _line(line: Body, currency: str) -> ShopOrderLine:
    quantity = int(_needed(line, "quantity"))
    discount = _cents(line, "total_discount", currency)
    sku = _text(line, "sku")
    variant = sku or (f"variant:{_text(line, 'variant_id')}" if _text(line, "variant_id") else "")
    return ShopOrderLine(
        title=plain_text(_text(line, "name") or _text(line, "title")),
        quantity=quantity,
        line_cents=max(_cents(line, "price", currency) * quantity - discount, 0),
        variant_id=variant or None,
        sku=sku,
        discount_cents=discount,
    )


def _fulfilment(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    parcel = _inner(body, "fulfillment")
    yield OrderShipment(_needed(parcel, "order_id"), _shipment(parcel), _time(parcel, "updated_at"))


def _shipment(parcel: Body) -> Shipment:
    carrier_word, shop_word = _text(parcel, "shipment_status"), _text(parcel, "status")
    states, word = (_BY_SHIPMENT, carrier_word) if carrier_word else (_BY_FULFILMENT, shop_word)
    company, number, link = (_text(parcel, f"tracking_{name}") for name in ("company", "number", "url"))
    state = states.get(word, ShopOrderState.UNKNOWN)
    promised = _text(parcel, "estimated_delivery_at")
    return Shipment(
        shipment_id=_needed(parcel, "id"),
        carrier="" if company in _NO_COMPANY else company,
        tracking_number=number,
        tracking_url=link if link.startswith(("https://", "http://")) else "",
        state=state,
        shipped_at=_time(parcel, "created_at"),
        promised_until=_time(parcel, "estimated_delivery_at") if promised else None,
        delivered_at=_time(parcel, "updated_at") if state is ShopOrderState.DELIVERED else None,
    )


def _refund_created(body: Body, currency: str) -> Iterator[ShopItem | ShopChange]:
    refund = _inner(body, "refund")
    yield OrderRefund(_needed(refund, "order_id"), _refund(refund, currency), _time(refund, "created_at"))


def _refund(refund: Body, currency: str) -> Refund:
    paid_back = [
        payment
        for payment in refund.get("transactions") or ()
        if _text(payment, "kind") == "refund" and _text(payment, "status") == "success"
    ]
    amount = sum(_cents(payment, "amount", _text(payment, "currency") or currency) for payment in paid_back)
    return Refund(_needed(refund, "id"), amount, _time(refund, "created_at"))


def _product(body: Body, currency: str) -> Iterator[ShopItem | ShopChange]:
    product = _inner(body, "product")
    category_id = CategoryPaths.id_of(_text(product, "product_type"))
    yield from CategoryPaths().new_nodes(category_id)
    handle = _needed(product, "handle")
    names = [_text(option, "name") for option in product.get("options") or ()]
    images = ImageLinks()
    pictures = product.get("images") or ()
    word = _text(product, "status") or "active"
    yield ShopProduct(
        product_id=handle,
        title=plain_text(_text(product, "title")),
        variants=tuple(_variant(variant, handle, names, currency) for variant in product.get("variants") or ()),
        brand=plain_text(_text(product, "vendor")),
        image_url=images.read(_text(pictures[0], "src")) if pictures else "",
        category_ids=(category_id,) if category_id else (),
        attributes={"tags": _text(product, "tags")} if _text(product, "tags") else {},
        status=ListingStatus(word) if word in set(ListingStatus) else ListingStatus.DRAFT,
        updated_at=_time(product, "updated_at"),
    )


def _variant(variant: Body, handle: str, names: list[str], currency: str) -> ShopVariant:
    values = [_text(variant, f"option{number}") for number in (1, 2, 3)]
    options = {
        name.lower(): value
        for name, value in zip(names, values, strict=False)
        if name and value and (name, value) != ("Title", "Default Title")
    }
    price = _cents(variant, "price", currency)
    before = _cents(variant, "compare_at_price", currency)
    pieces = variant.get("inventory_quantity")
    counted = _text(variant, "inventory_management") != ""
    return ShopVariant(
        variant_id=_text(variant, "sku") or "/".join([handle, *options.values()]),
        sku=_text(variant, "sku"),
        gtin=_text(variant, "barcode"),
        options=options,
        prices=(ShopPrice(currency, before, price) if before > price else ShopPrice(currency, price),),
        stock=None
        if pieces is None
        else ShopStock(max(int(pieces), 0) if counted else None, _text(variant, "inventory_policy") == "continue"),
    )


def _product_deleted(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    yield ProductDeleted(_text(body, "handle") or _needed(body, "id"))


def _customer(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    customer = _inner(body, "customer")
    hashed = email_hash(_text(customer, "email"))
    shop_id = _needed(customer, "id")
    consent = _object(customer, "email_marketing_consent")
    accepts = customer.get("accepts_marketing")
    yield ShopCustomer(
        customer_id=email_customer_id(hashed) or shop_id,
        email_hash=hashed,
        country=_text(_object(customer, "default_address"), "country_code"),
        currency=_text(customer, "currency"),
        guest=_text(customer, "state") != "enabled",
        marketing_consent=_text(consent, "state") == "subscribed" if consent else accepts,
        segments=tuple(tag.strip() for tag in _text(customer, "tags").split(",") if tag.strip()),
        aliases={"shopify": shop_id},
        created_at=_time(customer, "created_at"),
    )


def _customer_deleted(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    yield CustomerDeleted(_needed(body, "id"))


def _data_request(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    hashed, aliases = _person(body)
    yield CustomerDataRequested(hashed, aliases, tuple(str(order) for order in body.get("orders_requested") or ()))


def _redact(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    hashed, aliases = _person(body)
    yield CustomerRedacted(hashed, aliases, tuple(str(order) for order in body.get("orders_to_redact") or ()))


def _person(body: Body) -> tuple[str, tuple[str, ...]]:
    customer = _object(body, "customer")
    shop_id = _text(customer, "id")
    return email_hash(_text(customer, "email")), (shop_id,) if shop_id else ()


_Reader = Callable[[Body, str], Iterator[ShopItem | ShopChange]]
_TOPICS: Mapping[str, _Reader] = {
    **dict.fromkeys(("orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/fulfilled"), _order),
    "fulfillments/create": _fulfilment,
    "fulfillments/update": _fulfilment,
    "refunds/create": _refund_created,
    "products/create": _product,
    "products/update": _product,
    "products/delete": _product_deleted,
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/delete": _customer_deleted,
    "customers/data_request": _data_request,
    "customers/redact": _redact,
    "shop/redact": lambda _body, _currency: iter((ShopRedacted(),)),
    "app/uninstalled": lambda _body, _currency: iter((SourceDisconnected(),)),
}
TOPICS = frozenset(_TOPICS)
"""Topics to subscribe to."""


def _inner(body: Body, name: str) -> Body:
    """The object itself: the REST interface wraps it in its name, webhooks do not."""
    return _object(body, name) or body


def _object(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return "" if value is None else str(value).strip()


def _needed(body: Body, name: str) -> str:
    if not (text := _text(body, name)):
        raise ShopItemError(name, "is missing")
    return text


def _cents(body: Body, name: str, currency: str) -> int:
    text = _text(body, name)
    return cents(text, currency, column=name, machine=True) if text else 0


def _time(body: Body, name: str) -> datetime:
    return TimeReader(None).read(_needed(body, name), column=name)
