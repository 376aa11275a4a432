"""Canonical shop items as JSON and back: bodies of the write API, and the hash by which an import knows what is new.

The shapes are the dataclasses of `domain/catalogue/shop_catalogue.py` and `domain/customers/shop_orders.py`, field by
field; keys that are not known are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from promo_engine.domain.catalogue.shop_catalogue import (
    ShopCategory,
    ShopItemError,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
)
from promo_engine.domain.catalogue.shop_changes import VariantPrice, VariantStock
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
from promo_engine.domain.customers.shop_orders import Refund, Shipment, ShopCustomer, ShopOrder, ShopOrderLine

CatalogueItem = ShopCategory | ShopProduct | VariantPrice | VariantStock
Item = TypeVar("Item", bound=CatalogueItem | ShopOrder | ShopCustomer)

Part = TypeVar("Part", ShopProduct, ShopVariant)

_PARTS = (ShopPrice, ShopStock, ShopVariant, Shipment, Refund, ShopOrderLine)
_ITEMS = (ShopCategory, ShopProduct, ShopOrder, ShopCustomer, VariantPrice, VariantStock)
for _kind in (*_PARTS, *_ITEMS):
    setattr(_kind, "__pydantic_config__", ConfigDict(extra="forbid"))  # noqa: B010 - the classes know nothing of it
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in _ITEMS}


def item_from_json(kind: type[Item], content: object) -> Item:
    """An item from its JSON. Raises ShopItemError with the path of the first field that is wrong."""
    try:
        item: Item = _ADAPTERS[kind].validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, ShopItemError):
            raise ShopItemError(".".join(filter(None, (path, cause.field))), cause.reason) from error
        raise ShopItemError(path, str(first["msg"])) from error
    if (nul_at := _path_of_nul(content)) is not None:
        raise ShopItemError(nul_at, "holds the character NUL, which no database keeps")
    return item


def order_from_json(content: object) -> ShopOrder:
    """A shop's order; beside its fields it may say `email` and `postcode`, of which only hashes are kept.

    Raises ShopItemError as `item_from_json` does.
    """
    if not isinstance(content, Mapping):
        return item_from_json(ShopOrder, content)
    said = {name: content[name] for name in ("email", "postcode") if content.get(name) is not None}
    order = item_from_json(
        ShopOrder, {name: part for name, part in content.items() if name not in {"email", "postcode"}}
    )
    for name, part in said.items():
        if not isinstance(part, str) or len(part) > 320:
            raise ShopItemError(name, "is no text of 320 characters at most")
    email, postcode = email_hash(said.get("email", "")), postcode_hash(said.get("postcode", ""), number=order.number)
    return replace(
        order,
        customer_id=order.customer_id or email_customer_id(email),
        email_hash=email or order.email_hash,
        postcode_hash=postcode or order.postcode_hash,
    )


CATALOGUE: dict[str, type[Any]] = {
    "categories": ShopCategory,
    "products": ShopProduct,
    "prices": VariantPrice,
    "stock": VariantStock,
}
"""Lists of a catalogue message, in the order in which they are stored."""


def catalogue_from_json(content: Mapping[str, object]) -> list[CatalogueItem]:
    """All items of `{"categories": […], "products": […], "prices": […], "stock": […]}`. Raises ShopItemError."""
    unknown = sorted(set(content) - set(CATALOGUE))
    if unknown:
        raise ShopItemError(unknown[0], f"is none of {', '.join(CATALOGUE)}")
    items: list[CatalogueItem] = []
    for name, kind in CATALOGUE.items():
        listed = content.get(name, [])
        if not isinstance(listed, list):
            raise ShopItemError(name, "is no list")
        for position, part in enumerate(listed):
            try:
                items.append(item_from_json(kind, part))
            except ShopItemError as error:
                raise ShopItemError(f"{name}.{position}.{error.field}", error.reason) from error
    return items


def _path_of_nul(content: object) -> str | None:
    """Where a text or a key holds NUL; None if none does."""
    if isinstance(content, str):
        return "" if "\0" in content else None
    pairs: list[tuple[object, object]] = []
    if isinstance(content, Mapping):
        pairs = list(content.items())
    elif isinstance(content, list | tuple):
        pairs = list(enumerate(content))
    for key, part in pairs:
        path = "" if isinstance(key, str) and "\0" in key else _path_of_nul(part)
        if path is not None:
            return ".".join(filter(None, (str(key), path)))
    return None


def item_to_json(item: ShopCategory | ShopProduct | ShopOrder | ShopCustomer) -> dict[str, Any]:
    """An item as JSON; `item_from_json` gives it back equal."""
    content: dict[str, Any] = _ADAPTERS[type(item)].dump_python(item, mode="json")
    return content


def content_hash(item: ShopCategory | ShopProduct | ShopOrder | ShopCustomer) -> str:
    """Equal for equal items, and for no others."""
    return sha256(_ADAPTERS[type(item)].dump_json(item)).hexdigest()


def hash_without_prices(item: ShopProduct) -> str:
    """Equal for products that differ in their prices alone: a feed in another currency changes no more than those."""
    return content_hash(_changed(item, variants=tuple(_changed(variant, prices=()) for variant in item.variants)))


def _changed(item: Part, **values: Any) -> Part:
    """A copy with other values that nobody has to check again: `replace` would, for every row of a file."""
    copy = object.__new__(type(item))
    copy.__dict__.update(item.__dict__, **values)
    return copy


def adapter_of(kind: type[Any]) -> TypeAdapter[Any]:
    """What reads and describes a kind of item."""
    return _ADAPTERS[kind]


def item_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of an item, for the OpenAPI document."""
    return _ADAPTERS[kind].json_schema(ref_template="#/components/schemas/{model}")
