"""WooCommerce's JSON, of webhooks and of its REST API alike, as canonical items.

https://woocommerce.github.io/woocommerce-rest-api-docs/. Products and variants are called what its CSV export calls
them: the SKU, else the number. Of people only the hashes of e-mail address and postcode are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopItemError,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
)
from promo_engine.domain.catalogue.shop_changes import OrderDeleted, ShopChange
from promo_engine.domain.connections.shop_sources import ConnectedSource
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
from promo_engine.shops.text.cell_values import cents, plain_text
from promo_engine.shops.text.json_values import (
    JsonObject,
    child,
    children,
    money,
    needed,
    text,
    time_or_none,
    whole_number,
)

_STATES = {
    "pending": ShopOrderState.RECEIVED,
    "on-hold": ShopOrderState.RECEIVED,
    "processing": ShopOrderState.PAID,
    "completed": ShopOrderState.SHIPPED,
    "cancelled": ShopOrderState.CANCELLED,
    "refunded": ShopOrderState.REFUNDED,
}
"""`completed` says that the order is fulfilled, not that it has arrived."""
_GONE = {"trash", "auto-draft", "checkout-draft"}
_TRACKING_ITEMS = "_wc_shipment_tracking_items"
"""Meta data of the extension Shipment Tracking."""
VARIABLE = {"variable", "variable-subscription"}


def name_of(source_id: str, number: str) -> str:
    """What a product or variant is called in messages: numbers are the shop's own, two shops have the same ones."""
    return f"{source_id}:{number}"


def read_order(order: JsonObject, source: ConnectedSource) -> Iterator[ShopItem | ShopChange]:
    """An order, or its deletion. Raises ShopItemError."""
    if text(order, "status") in _GONE:
        yield OrderDeleted(needed(order, "id"))
    else:
        yield order_of(order, source_id=source.source_id, tracking_field=source.settings.tracking_field)


def order_of(order: JsonObject, *, source_id: str, tracking_field: str) -> ShopOrder:
    """An order that is there, as webhooks, pulls and questions of the chat tell it. Raises ShopItemError."""
    order_id, status = needed(order, "id"), text(order, "status")
    currency = needed(order, "currency").upper()
    billing, shipping = child(order, "billing"), child(order, "shipping")
    hashed, number = email_hash(text(billing, "email")), text(order, "customer_id")
    shown = text(order, "number") or order_id
    state = _STATES.get(status, ShopOrderState.UNKNOWN)
    updated_at = time_or_none(order, "date_modified_gmt", utc=True)
    placed_at = time_or_none(order, "date_created_gmt", utc=True)
    if placed_at is None:
        raise ShopItemError("date_created_gmt", "is missing")
    coupons = [coupon for coupon in children(order, "coupon_lines") if text(coupon, "code")]
    lines = [line for line in children(order, "line_items") if whole_number(line, "quantity") > 0]
    return ShopOrder(
        order_id=order_id,
        number=shown,
        customer_id=email_customer_id(hashed) or (name_of(source_id, number) if number not in {"", "0"} else None),
        placed_at=placed_at,
        currency=currency,
        total_cents=money(order, "total", currency),
        lines=tuple(_line(line, currency, source_id) for line in lines),
        state=state,
        goods_cents=sum(money(line, "total", currency) for line in lines),
        discount_cents=money(order, "discount_total", currency),
        delivery_cents=money(order, "shipping_total", currency),
        tax_cents=money(order, "total_tax", currency),
        payment="paid" if text(order, "date_paid_gmt") else "",
        cancelled_at=updated_at if state is ShopOrderState.CANCELLED else None,
        shop_updated_at=updated_at,
        shipments=tuple(_shipments(order, tracking_field)),
        refunds=tuple(
            Refund(needed(refund, "id"), _refunded(refund, currency)) for refund in children(order, "refunds")
        ),
        codes=tuple(text(coupon, "code") for coupon in coupons),
        # What the customer saved: the shop keeps the tax of it apart.
        code_cents={
            text(coupon, "code"): money(coupon, "discount", currency) + money(coupon, "discount_tax", currency)
            for coupon in coupons
            if text(coupon, "discount")
        },
        email_hash=hashed,
        postcode_hash=postcode_hash(text(shipping, "postcode") or text(billing, "postcode"), number=shown),
    )


def _refunded(refund: JsonObject, currency: str) -> int:
    """Refunds stand as negative amounts, without a time."""
    amount = text(refund, "total").lstrip("-") or "0"
    return cents(amount, currency, column="refunds.total", machine=True)


def _line(line: JsonObject, currency: str, source_id: str) -> ShopOrderLine:
    variation, product = text(line, "variation_id"), text(line, "product_id")
    number = variation if variation not in {"", "0"} else product
    sku, total = text(line, "sku"), money(line, "total", currency)
    return ShopOrderLine(
        title=plain_text(text(line, "name")),
        quantity=whole_number(line, "quantity"),
        line_cents=total,
        variant_id=sku or (name_of(source_id, number) if number not in {"", "0"} else None),
        sku=sku,
        discount_cents=max(money(line, "subtotal", currency) - total, 0),
    )


def _shipments(order: JsonObject, field: str) -> Iterator[Shipment]:
    for position, meta in enumerate(children(order, "meta_data")):
        key = text(meta, "key")
        if key == _TRACKING_ITEMS:
            for parcel in children(meta, "value"):
                link = text(parcel, "custom_tracking_link")
                yield Shipment(
                    shipment_id=text(parcel, "tracking_id") or f"{position}:{text(parcel, 'tracking_number')}"[:64],
                    carrier=text(parcel, "tracking_provider") or text(parcel, "custom_tracking_provider"),
                    tracking_number=text(parcel, "tracking_number"),
                    tracking_url=link if link.startswith(("https://", "http://")) else "",
                )
        elif key == field and text(meta, "value"):
            yield Shipment(shipment_id=(text(meta, "id") or key)[:64], tracking_number=text(meta, "value")[:128])


def read_product(
    product: JsonObject, source: ConnectedSource, variations: Sequence[JsonObject]
) -> Iterator[ShopItem | ShopChange]:
    """A product with its categories; a variable one has its variations beside it. Raises ShopItemError."""
    number, currency = needed(product, "id"), source.settings.currency
    names = [CategoryPaths.id_of(text(category, "name")) for category in children(product, "categories")]
    category_ids = tuple(dict.fromkeys(name for name in names if name))
    paths = CategoryPaths()
    for category_id in category_ids:
        yield from paths.new_nodes(category_id)
    kind = text(product, "type")
    sold = variations if kind in VARIABLE else (() if kind in {"grouped", "external"} else (product,))
    pictures = list(children(product, "images"))
    yield ShopProduct(
        product_id=text(product, "sku") or number,
        title=plain_text(needed(product, "name")),
        variants=tuple(_variant(variant, currency, source) for variant in sold),
        url=text(product, "permalink"),
        image_url=text(pictures[0], "src") if pictures else "",
        category_ids=category_ids,
        status=ListingStatus.ACTIVE if text(product, "status") == "publish" else ListingStatus.DRAFT,
        updated_at=time_or_none(product, "date_modified_gmt", utc=True),
        external_id=name_of(source.source_id, number),
    )


def _variant(variant: JsonObject, currency: str, source: ConnectedSource) -> ShopVariant:
    number, sku = needed(variant, "id"), text(variant, "sku")
    return ShopVariant(
        variant_id=sku or number,
        sku=sku,
        gtin=text(variant, "global_unique_id"),
        options={
            text(option, "name").lower(): text(option, "option")
            for option in children(variant, "attributes")
            if text(option, "name") and text(option, "option")
        },
        prices=tuple(_prices(variant, currency)),
        stock=_stock(variant),
        external_ids=(name_of(source.source_id, number),),
    )


def _prices(variant: JsonObject, currency: str) -> Iterator[ShopPrice]:
    regular = text(variant, "regular_price") or text(variant, "price")
    if not regular:
        return
    list_cents = cents(regular, currency, column="regular_price", machine=True)
    if not text(variant, "sale_price"):
        yield ShopPrice(currency, list_cents)
        return
    yield ShopPrice(
        currency,
        list_cents,
        money(variant, "sale_price", currency),
        sale_from=time_or_none(variant, "date_on_sale_from_gmt", utc=True),
        sale_until=time_or_none(variant, "date_on_sale_to_gmt", utc=True),
    )


def _stock(variant: JsonObject) -> ShopStock | None:
    backorder = text(variant, "backorders") in {"yes", "notify"}
    if variant.get("manage_stock") is True and text(variant, "stock_quantity"):
        return ShopStock(max(whole_number(variant, "stock_quantity"), 0), backorder)
    word = text(variant, "stock_status")
    if not word:
        return None
    return ShopStock(None if word == "instock" else 0, backorder or word == "onbackorder")


def read_customer(customer: JsonObject, source: ConnectedSource) -> Iterator[ShopItem | ShopChange]:
    """A customer. Raises ShopItemError."""
    number, hashed = needed(customer, "id"), email_hash(text(customer, "email"))
    yield ShopCustomer(
        customer_id=email_customer_id(hashed) or name_of(source.source_id, number),
        email_hash=hashed,
        country=text(child(customer, "billing"), "country"),
        aliases={"": number},
        created_at=time_or_none(customer, "date_created_gmt", utc=True),
    )
