"""Bodies of Shopify's webhooks as canonical items and changes.

Products and variants are called what Shopify's own exports call them, a handle and a SKU, so that files and webhooks
speak of the same things. Of people only the hashes of e-mail address and postcode are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
    need_currency,
)
from promo_engine.domain.catalogue.shop_changes import (
    CustomerDataRequested,
    CustomerDeleted,
    CustomerNamed,
    CustomerRedacted,
    OrderRefund,
    OrderShipment,
    ProductDeleted,
    ShopChange,
    ShopRedacted,
    SourceDisconnected,
)
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
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
from promo_engine.shops.shopify.shopify_orders_csv import shopify_state
from promo_engine.shops.text.cell_values import ImageLinks, plain_text
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

Body = JsonObject
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
    currency = needed(order, "currency")
    need_currency("currency", currency)
    hashed = email_hash(text(order, "email") or text(child(order, "customer"), "email"))
    cancelled_at = time_or_none(order, "cancelled_at")
    number = text(order, "name") or needed(order, "order_number")
    codes = [code for code in children(order, "discount_codes") if text(code, "code")]
    yield ShopOrder(
        order_id=needed(order, "id"),
        number=number,
        customer_id=email_customer_id(hashed) or text(child(order, "customer"), "id") or None,
        placed_at=time(order, "created_at"),
        currency=currency,
        total_cents=money(order, "total_price", currency),
        lines=tuple(_line(line, currency) for line in children(order, "line_items")),
        state=shopify_state(
            payment=text(order, "financial_status"),
            fulfilment=text(order, "fulfillment_status"),
            cancelled=cancelled_at is not None,
        ),
        goods_cents=money(order, "subtotal_price", currency),
        discount_cents=money(order, "total_discounts", currency),
        delivery_cents=sum(money(line, "price", currency) for line in children(order, "shipping_lines")),
        tax_cents=money(order, "total_tax", currency),
        payment=text(order, "financial_status"),
        cancelled_at=cancelled_at,
        shop_updated_at=time(order, "updated_at"),
        shipments=tuple(_shipment(parcel) for parcel in children(order, "fulfillments")),
        refunds=tuple(_refund(refund, currency) for refund in children(order, "refunds")),
        codes=tuple(text(code, "code") for code in codes),
        code_cents={text(code, "code"): money(code, "amount", currency) for code in codes if text(code, "amount")},
        email_hash=hashed,
        postcode_hash=postcode_hash(text(child(order, "shipping_address"), "zip"), number=number),
    )
    customer = child(order, "customer")
    # The account's own address, not the one that was typed at the checkout.
    named = email_customer_id(email_hash(text(customer, "email")))
    if named is not None and text(customer, "id"):
        yield CustomerNamed(named, text(customer, "id"))


def _line(line: Body, currency: str) -> ShopOrderLine:
    quantity = whole_number(line, "quantity")
    discount = money(line, "total_discount", currency)
    sku = text(line, "sku")
    variant = sku or (f"variant:{text(line, 'variant_id')}" if text(line, "variant_id") else "")
    return ShopOrderLine(
        title=plain_text(text(line, "name") or text(line, "title")),
        quantity=quantity,
        line_cents=max(money(line, "price", currency) * quantity - discount, 0),
        variant_id=variant or None,
        sku=sku,
        discount_cents=discount,
    )


def _fulfilment(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    parcel = _inner(body, "fulfillment")
    yield OrderShipment(needed(parcel, "order_id"), _shipment(parcel), time(parcel, "updated_at"))


def _shipment(parcel: Body) -> Shipment:
    carrier_word, shop_word = text(parcel, "shipment_status"), text(parcel, "status")
    states, word = (_BY_SHIPMENT, carrier_word) if carrier_word else (_BY_FULFILMENT, shop_word)
    company, number, link = (text(parcel, f"tracking_{name}") for name in ("company", "number", "url"))
    state = states.get(word, ShopOrderState.UNKNOWN)
    return Shipment(
        shipment_id=needed(parcel, "id"),
        carrier="" if company in _NO_COMPANY else company,
        tracking_number=number,
        tracking_url=link if link.startswith(("https://", "http://")) else "",
        state=state,
        shipped_at=time(parcel, "created_at"),
        promised_until=time_or_none(parcel, "estimated_delivery_at"),
        delivered_at=time(parcel, "updated_at") if state is ShopOrderState.DELIVERED else None,
    )


def _refund_created(body: Body, currency: str) -> Iterator[ShopItem | ShopChange]:
    refund = _inner(body, "refund")
    yield OrderRefund(needed(refund, "order_id"), _refund(refund, currency), time(refund, "created_at"))


def _refund(refund: Body, currency: str) -> Refund:
    paid_back = [
        payment
        for payment in children(refund, "transactions")
        if text(payment, "kind") == "refund" and text(payment, "status") == "success"
    ]
    amount = sum(money(payment, "amount", text(payment, "currency") or currency) for payment in paid_back)
    return Refund(needed(refund, "id"), amount, time(refund, "created_at"))


def _product(body: Body, currency: str) -> Iterator[ShopItem | ShopChange]:
    product = _inner(body, "product")
    category_id = CategoryPaths.id_of(text(product, "product_type"))
    yield from CategoryPaths().new_nodes(category_id)
    handle = needed(product, "handle")
    names = [text(option, "name") for option in children(product, "options")]
    images = ImageLinks()
    pictures = list(children(product, "images"))
    word = text(product, "status") or "active"
    yield ShopProduct(
        product_id=handle,
        title=plain_text(text(product, "title")),
        variants=tuple(_variant(variant, handle, names, currency) for variant in children(product, "variants")),
        brand=plain_text(text(product, "vendor")),
        image_url=images.read(text(pictures[0], "src")) if pictures else "",
        category_ids=(category_id,) if category_id else (),
        attributes={"tags": text(product, "tags")} if text(product, "tags") else {},
        status=ListingStatus(word) if word in set(ListingStatus) else ListingStatus.DRAFT,
        updated_at=time(product, "updated_at"),
        external_id=text(product, "id"),
    )


def _variant(variant: Body, handle: str, names: list[str], currency: str) -> ShopVariant:
    values = [text(variant, f"option{number}") for number in (1, 2, 3)]
    options = {
        name.lower(): value
        for name, value in zip(names, values, strict=False)
        if name and value and (name, value) != ("Title", "Default Title")
    }
    price = money(variant, "price", currency)
    before = money(variant, "compare_at_price", currency)
    pieces = whole_number(variant, "inventory_quantity") if text(variant, "inventory_quantity") else None
    counted = text(variant, "inventory_management") != ""
    return ShopVariant(
        variant_id=text(variant, "sku") or "/".join([handle, *options.values()]),
        sku=text(variant, "sku"),
        gtin=text(variant, "barcode"),
        options=options,
        prices=(ShopPrice(currency, before, price) if before > price else ShopPrice(currency, price),),
        stock=None
        if pieces is None
        else ShopStock(max(pieces, 0) if counted else None, text(variant, "inventory_policy") == "continue"),
        external_ids=tuple(
            f"{kind}:{number}"
            for kind, number in (("variant", text(variant, "id")), ("inventory", text(variant, "inventory_item_id")))
            if number
        ),
    )


def _product_deleted(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    yield ProductDeleted(text(body, "handle") or needed(body, "id"))


def _customer(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    customer = _inner(body, "customer")
    hashed = email_hash(text(customer, "email"))
    shop_id = needed(customer, "id")
    consent = child(customer, "email_marketing_consent")
    accepts = customer.get("accepts_marketing")
    yield ShopCustomer(
        customer_id=email_customer_id(hashed) or shop_id,
        email_hash=hashed,
        country=text(child(customer, "default_address"), "country_code"),
        currency=text(customer, "currency"),
        guest=text(customer, "state") != "enabled",
        marketing_consent=text(consent, "state") == "subscribed" if consent else accepts,
        segments=tuple(tag.strip() for tag in text(customer, "tags").split(",") if tag.strip()),
        aliases={"": shop_id},
        created_at=time(customer, "created_at"),
    )


def _customer_deleted(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    yield CustomerDeleted((needed(body, "id"),))


def _data_request(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    hashed, aliases = _person(body)
    yield CustomerDataRequested(hashed, aliases, _order_ids(body, "orders_requested"))


def _redact(body: Body, _currency: str) -> Iterator[ShopItem | ShopChange]:
    hashed, aliases = _person(body)
    yield CustomerRedacted(hashed, aliases, _order_ids(body, "orders_to_redact"))


def _order_ids(body: Body, name: str) -> tuple[str, ...]:
    value = body.get(name)
    return tuple(str(order) for order in value) if isinstance(value, list) else ()


def _person(body: Body) -> tuple[str, tuple[str, ...]]:
    customer = child(body, "customer")
    shop_id = text(customer, "id")
    return email_hash(text(customer, "email")), (shop_id,) if shop_id else ()


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
    return child(body, name) or body
