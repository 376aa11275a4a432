"""The shop of an acceptance run: gives each conversation a customer of its own, with the orders that it needs."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from tools.acceptance.acceptance_set import Owns

AGES = {
    "old": timedelta(days=70),
    "returnable": timedelta(days=9),
    "shipped": timedelta(hours=40),
    "cancellable": timedelta(minutes=40),
}
"""How long ago an order was placed that is now in this state; the oldest is placed first."""
LINES = 3


class WorldError(Exception):
    """The engine did not do what the run needs."""


@dataclass
class ShopWorld:
    """The engine of a running demo. `goods`: the words by which products are chosen and known again."""

    http: aiohttp.ClientSession
    engine_url: str
    goods: Sequence[str]
    seed: int
    _random: random.Random = field(init=False)
    _customers: list[str] = field(default_factory=list)
    _products: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    async def prepare(self) -> None:
        """Find customers with a history, and one product for each word."""
        listed = (await self._call("GET", "/v1/customers?limit=200"))["customers"]
        self._customers = [customer["customer_id"] for customer in listed if not customer["holdout"]]
        self._random.shuffle(self._customers)
        shown = (await self._call("GET", "/v1/products?limit=200&per_category=12"))["products"]
        for product in (product for product in shown if product.get("price_cents")):
            name = product["name"].lower()
            word = next((word for word in self.goods if word in name), None)
            if word is not None:
                self._products.setdefault(word, product)
        if len(self._products) < LINES:
            raise WorldError(f"fewer than {LINES} products are called after {', '.join(self.goods)}")

    async def customer(self, wanted: str | Owns, facts: dict[str, str]) -> str | None:
        """The customer of a conversation, None for an anonymous one; facts about their orders are added."""
        await self.buy(self._customers[0], AGES["shipped"], ["other_customer"], facts)
        facts["order.unknown"] = str(self._random.randrange(90_000_000_000, 100_000_000_000))
        if wanted == "any":
            return self._customers.pop()
        if isinstance(wanted, str):
            return None if wanted == "anonymous" else wanted
        customer_id = f"talk{uuid.UUID(int=self._random.getrandbits(128)).hex[:12]}"
        await self._call("PUT", f"/v1/customers/{customer_id}", {})
        for kind in (kind for kind in AGES if kind in wanted.orders()):
            await self.buy(customer_id, AGES[kind], [kind, "latest"], facts)
        return customer_id

    async def buy(self, customer_id: str, age: timedelta, names: Sequence[str], facts: dict[str, str]) -> None:
        """Buy three things as a checkout reports it; the order goes by these names in `facts`."""
        order_id = str(self._random.randrange(50_000_000_000, 60_000_000_000))
        words = self._random.sample(sorted(self._products), LINES)
        goods = [self._products[word] for word in words]
        purchase = {
            "kind": "purchase",
            "event_id": f"talk-{order_id}",
            "customer_id": customer_id,
            "order_id": order_id,
            "occurred_at": (datetime.now(UTC) - age).isoformat(),
            "lines": [
                {"product_id": product["product_id"], "quantity": 1, "sales_cents": product["price_cents"]}
                for product in goods
            ],
        }
        await self._call("POST", "/v1/events", {"events": [purchase]})
        order = await self._call("GET", f"/v1/orders/{order_id}")
        facts |= facts_of(order, words, names, total_cents=sum(product["price_cents"] for product in goods))

    async def state_of(self, order_id: str) -> str:
        """Where an order is, as the engine says it."""
        return str((await self._call("GET", f"/v1/orders/{order_id}"))["state"])

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        async with self.http.request(method, self.engine_url + path, json=body) as reply:
            answer: dict[str, Any] = await reply.json()
            if reply.status >= 300:
                raise WorldError(f"{method} {path}: {reply.status} {answer.get('message', answer)}")
            return answer


def facts_of(
    order: Mapping[str, Any], words: Sequence[str], names: Sequence[str], *, total_cents: int
) -> dict[str, str]:
    """What a conversation may say or expect of an order: its number, and patterns of its contents, sum and day."""
    due = datetime.fromisoformat(order["expected_at"])
    day = (
        rf"\b{due.day}(?:st|nd|rd|th)?(?: of)? {due:%b}|{due:%b}[a-z]* {due.day}\b|{due:%A}|{due:%Y-%m-%d}"
        r"|\btomorrow|\btoday|in \w+ days?"
    )
    facts: dict[str, str] = {}
    for name in names:
        facts[f"order.{name}"] = str(order["order_id"])
        facts[f"order.{name}.items"] = f"(?:{'|'.join(re.escape(word) for word in words)})"
        facts[f"order.{name}.total"] = rf"{total_cents // 100}[.,]{total_cents % 100:02d}"
        facts[f"order.{name}.day"] = f"(?:{day})"
    return facts
