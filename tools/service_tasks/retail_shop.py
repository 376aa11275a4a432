"""A shop as a folder of JSON holds it: products.json, users.json, orders.json; tasks.json with what customers want.

The shape is that of the retail domain of tau-bench (MIT). A task names a customer and the changes that have to stand at
the end: `cancel_pending_order`, `return_delivered_order_items`, `modify_pending_order_items` and so on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.clock import utc_now

KINDS = {
    "cancel_pending_order": "cancel",
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
    "modify_pending_order_items": "items",
    "modify_pending_order_address": "address",
    "modify_pending_order_payment": "payment",
}
"""Our kinds of change requests."""
STATES = {"pending": "paid", "processed": "shipped", "delivered": "delivered", "cancelled": "cancelled"}
ADDRESS_PARTS = ("address1", "address2", "city", "state", "zip", "country")


class RetailShopError(Exception):
    """The folder cannot be used; one line says why."""


@dataclass(frozen=True)
class RetailChange:
    """One change that has to stand at the end."""

    kind: str
    number: str
    swaps: tuple[tuple[str, str], ...] = ()
    """Each item, and the one for it; empty text where nothing comes instead."""
    payment_id: str = ""
    address: tuple[str, ...] = ()
    """Its parts, in the order of ADDRESS_PARTS."""
    reason: str = ""


@dataclass(frozen=True)
class RetailTask:
    """A customer and what they want."""

    task_id: str
    user_id: str
    changes: tuple[RetailChange, ...]


@dataclass(frozen=True)
class RetailShop:
    """The folder's content."""

    products: Mapping[str, Any]
    users: Mapping[str, Any]
    orders: Mapping[str, Any]
    tasks: tuple[RetailTask, ...]

    def variant(self, item_id: str) -> dict[str, Any]:
        """A variant by its id, with the product's name and id."""
        for product in self.products.values():
            if item_id in product["variants"]:
                found: dict[str, Any] = product["variants"][item_id]
                return {**found, "name": product["name"], "product_id": product["product_id"]}
        raise RetailShopError(f"there is no item {item_id}")


def read_retail_shop(folder: Path) -> RetailShop:
    """Read the four files. Raises RetailShopError."""
    try:
        files = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("products", "users", "orders")}
        tasks = json.loads((folder / "tasks.json").read_text())
        read = tuple(_task(number, task) for number, task in enumerate(tasks))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RetailShopError(f"{folder}: {' '.join(str(error).split())}") from error
    return RetailShop(files["products"], files["users"], files["orders"], read)


def _task(number: int, task: Mapping[str, Any]) -> RetailTask:
    changes = tuple(_change(action["name"], action["arguments"]) for action in task["actions"])
    # To swap an item of an order that has not left for itself changes nothing: neither is it asked for nor expected.
    return RetailTask(
        f"{number:03d}", task["user_id"], tuple(change for change in changes if _changes_something(change))
    )


def _changes_something(change: RetailChange) -> bool:
    return change.kind != "items" or bool(change.swaps)


def _change(name: str, said: Mapping[str, Any]) -> RetailChange:
    kind = KINDS[name]
    items, instead = said.get("item_ids", []), said.get("new_item_ids", [])
    swaps = tuple(zip(items, instead or [""] * len(items), strict=True))
    return RetailChange(
        kind=kind,
        number=said["order_id"],
        swaps=tuple(pair for pair in swaps if kind != "items" or pair[0] != pair[1]),
        payment_id=said.get("payment_method_id", ""),
        address=tuple(said.get(part, "") for part in ADDRESS_PARTS) if kind == "address" else (),
        reason=said.get("reason", ""),
    )


def catalogue_of(shop: RetailShop) -> list[dict[str, Any]]:
    """The products as the write API takes them."""
    return [
        {
            "product_id": product["product_id"],
            "title": product["name"],
            "variants": [
                {
                    "variant_id": item["item_id"],
                    "options": item["options"],
                    "prices": [{"currency": "USD", "list_cents": _cents(item["price"])}],
                    "stock": {"pieces": None if item["available"] else 0},
                }
                for item in product["variants"].values()
            ],
        }
        for product in shop.products.values()
    ]


def customer_of(user: Mapping[str, Any]) -> dict[str, Any]:
    """A customer as the write API takes one."""
    name = user["name"]
    return {
        "email": user["email"],
        "name": f"{name['first_name']} {name['last_name']}",
        "postcode": user["address"]["zip"],
    }


def order_of(order: Mapping[str, Any]) -> dict[str, Any]:
    """An order as the write API takes one. The files name no times, so that all were placed when they are read."""
    now = utc_now().isoformat()
    total = sum(_cents(item["price"]) for item in order["items"])
    return {
        "number": order["order_id"],
        "customer_id": order["user_id"],
        "placed_at": now,
        "shop_updated_at": now,
        "currency": "USD",
        "total_cents": total,
        "state": STATES[order["status"].split(" ")[0]],
        "lines": [
            {
                "title": item["name"],
                "quantity": 1,
                "line_cents": _cents(item["price"]),
                "variant_id": item["item_id"],
            }
            for item in order["items"]
        ],
    }


def _cents(amount: float) -> int:
    return round(amount * 100)
