"""The shop system on the other side: it takes changes by signed webhook, does them or refuses them, and keeps a list.

Its rules are those of `../shared/shops/README.md`: a pending order is cancelled for one of two reasons, its address and
payment change, its items change once and to other options of the same product; a delivered order is returned or
exchanged once. Ways to pay come in the customer's words and are looked up among those of the account.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tools.service_tasks.retail_shop import RetailShop
from tools.stack import free_port

_REASONS = ("no longer needed", "ordered by mistake")
_ORIGINAL = re.compile(r"way (?:it was|you|i) paid|original", re.IGNORECASE)


@dataclass(frozen=True)
class Executed:
    """A change that the shop made: what the tasks' changes are compared with."""

    kind: str
    number: str
    customer_id: str
    swaps: tuple[tuple[str, str], ...] = ()
    payment_id: str = ""
    address: str = ""
    reason: str = ""
    difference_cents: int | None = None


class RefusedError(Exception):
    """The shop says no; the message is its reason."""


@dataclass
class StandInRetail:
    """One shop with all its orders; `reset` forgets what was done to one customer's."""

    shop: RetailShop
    done: list[Executed] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    talking: set[str] = field(default_factory=set)
    """Customers whose conversations are going on."""
    foreign: int = 0
    """Requests for an order of somebody else than asks, or of a customer who talks to nobody."""

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_post("/changes", self._answer)
        port = free_port()  # the bot is told the address before the shop listens there
        self.url = f"http://127.0.0.1:{port}"
        self._server = TestServer(app, host="127.0.0.1", port=port)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen within the block."""
        await self._server.start_server()
        try:
            yield
        finally:
            await self._server.close()

    def reset(self, user_id: str) -> None:
        """Forget what was done to this customer's orders."""
        self.done = [change for change in self.done if change.customer_id != user_id]

    def of_customer(self, user_id: str) -> list[Executed]:
        """What was done for a customer."""
        return [change for change in self.done if change.customer_id == user_id]

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        try:
            self.done.append(self.carry_out(body))
        except RefusedError as error:
            self.refused.append((body["number"], str(error)))
            return web.json_response({"state": "refused", "reason": str(error)})
        return web.json_response({"state": "confirmed", "reference": f"R-{len(self.done)}"})

    def carry_out(self, body: Mapping[str, Any]) -> Executed:
        """Do a change, or raise RefusedError."""
        order = self.shop.orders.get(body["number"])
        if order is None or order["user_id"] != body["customer_id"] or body["customer_id"] not in self.talking:
            self.foreign += 1
            raise RefusedError("That is not an order of this customer.")
        before = [change.kind for change in self.done if change.number == body["number"]]
        kind, pending = body["kind"], order["status"].startswith("pending")
        late = {"cancel", "address", "payment", "items"}
        if (kind in late) != pending or (kind not in late and order["status"] != "delivered"):
            raise RefusedError(f"An order that is {order['status']} cannot have that.")
        if "cancel" in before or (kind in ("items", "return", "exchange", "cancel") and kind in before):
            raise RefusedError("That was done already.")
        if kind == "cancel" and body["reason"] not in _REASONS:
            raise RefusedError(f"A reason is needed: {' or '.join(_REASONS)}.")
        return Executed(
            kind,
            body["number"],
            body["customer_id"],
            swaps=self._swaps(body, order),
            payment_id=self._payment(body, order),
            address=body["new_address"],
            reason=body["reason"],
            difference_cents=body["difference_cents"],
        )

    def _swaps(self, body: Mapping[str, Any], order: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        held = [item["item_id"] for item in order["items"]]
        if body["kind"] == "return" and not body["lines"]:
            return tuple((item_id, "") for item_id in held)
        pairs = [
            (line["variant_id"], line["new_variant_id"]) for line in body["lines"] for _ in range(line["quantity"])
        ]
        for old, new in pairs:
            if old not in held:
                raise RefusedError("That is not in the order.")
            held.remove(old)
            if new and self.shop.variant(new)["product_id"] != self.shop.variant(old)["product_id"]:
                raise RefusedError("Items change to other options of the same product.")
        return tuple(pairs)

    def _payment(self, body: Mapping[str, Any], order: Mapping[str, Any]) -> str:
        """The account's way to pay that the customer's words name."""
        words = body["payment"]
        if not words:
            return ""
        if _ORIGINAL.search(words):
            return str(order["payment_history"][0]["payment_method_id"])
        methods = self.shop.users[order["user_id"]]["payment_methods"].values()
        found = [method["id"] for method in methods if _is_meant(method, words)]
        if len(found) != 1:
            raise RefusedError(f"The account has {len(found)} ways to pay that are called {words!r}.")
        return str(found[0])


def _is_meant(method: Mapping[str, Any], words: str) -> bool:
    said = words.lower()
    if method["source"] != "credit_card":
        return method["source"].replace("_", " ") in said
    digits = re.search(r"\d{4}", said)
    if digits is not None:
        return bool(digits.group() == method["last_four"])
    return "credit card" in said or method["brand"].lower() in said
