"""Canonical shop items as JSON and back: bodies of the write API, and the hash by which an import knows what is new.

The shapes are the dataclasses of `domain/catalogue/shop_catalogue.py` and `domain/customers/shop_orders.py`, field by
field; keys that are not known are refused.
"""

from __future__ import annotations

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
from promo_engine.domain.customers.shop_orders import Refund, Shipment, ShopCustomer, ShopOrder, ShopOrderLine

Item = TypeVar("Item", bound=ShopCategory | ShopProduct | ShopOrder | ShopCustomer)

_PARTS = (ShopPrice, ShopStock, ShopVariant, Shipment, Refund, ShopOrderLine)
_ITEMS = (ShopCategory, ShopProduct, ShopOrder, ShopCustomer)
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
    return item


def item_to_json(item: ShopCategory | ShopProduct | ShopOrder | ShopCustomer) -> dict[str, Any]:
    """An item as JSON; `item_from_json` gives it back equal."""
    content: dict[str, Any] = _ADAPTERS[type(item)].dump_python(item, mode="json")
    return content


def content_hash(item: ShopCategory | ShopProduct | ShopOrder | ShopCustomer) -> str:
    """Equal for equal items, and for no others."""
    return sha256(_ADAPTERS[type(item)].dump_json(item)).hexdigest()


def item_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of an item, for the OpenAPI document."""
    return _ADAPTERS[kind].json_schema(ref_template="#/components/schemas/{model}")
