"""Shoppers who use an engine over HTTP, send again what got no answer, and write down every answer they got."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

from tests.soak.soak_shop import PRODUCT_ID

_PATIENCE = aiohttp.ClientTimeout(total=30)


@dataclass
class Ledger:
    """What the engine has said, and so has to know for ever."""

    decided: set[str] = field(default_factory=set)
    accepted: dict[str, str] = field(default_factory=dict)
    """Codes by decision_id."""
    redeemed: dict[str, str] = field(default_factory=dict)
    """Codes by redemption_id."""
    cancelled: set[str] = field(default_factory=set)
    answers: int = 0
    resent: int = 0
    """Requests that got no answer and were sent again."""
    doubled: list[str] = field(default_factory=list)
    """Where the same request got two different answers."""
    broken: list[str] = field(default_factory=list)
    """Any other answer that nobody should get."""

    def accept(self, decision_id: str, code: str) -> None:
        """Note the code of an acceptance."""
        if self.accepted.setdefault(decision_id, code) != code:
            self.doubled.append(f"decision {decision_id} got {self.accepted[decision_id]}, then {code}")


class Line:
    """The way to the engine, which is cut and mended again."""

    def __init__(self, http: aiohttp.ClientSession, url: str, ledger: Ledger) -> None:
        self._http = http
        self._url = url
        self.ledger = ledger
        self.up = asyncio.Event()
        self._answered = asyncio.Condition()

    async def wait_for_answers(self, count: int) -> None:
        """Return when so many more answers have come."""
        async with self._answered:
            target = self.ledger.answers + count
            await self._answered.wait_for(lambda: self.ledger.answers >= target)

    async def ask(self, path: str, body: Mapping[str, Any], *, key: str | None = None, refusal: str = "") -> Any:
        """Send a request until it is answered; return the answer, or None for the one refusal that is in order."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        while True:
            await self.up.wait()
            try:
                async with self._http.post(
                    f"{self._url}{path}", data=json.dumps(body), headers=headers, timeout=_PATIENCE
                ) as response:
                    answer = await response.json()
                    status = response.status
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                self.ledger.resent += 1
                await asyncio.sleep(0)
                continue
            if status != 503:
                break
            self.ledger.resent += 1
        async with self._answered:
            self.ledger.answers += 1
            self._answered.notify_all()
        if status == 200:
            return answer
        if answer.get("code") != refusal:
            self.ledger.broken.append(f"{path} was answered {status} {answer}")
        return None


async def shop_for_ever(
    line: Line, *, name: str, customers: Iterator[str], chance: Random, closing: asyncio.Event
) -> None:
    """Visit the shop again and again, until it closes; the last visit ends in order."""
    number = 0
    while not closing.is_set():
        number += 1
        customer = next(customers) if chance.random() < 0.5 else None
        await _visit(line, conversation_id=f"{name}-{number}", customer_id=customer, chance=chance)


async def _visit(line: Line, *, conversation_id: str, customer_id: str | None, chance: Random) -> None:
    request = {
        "conversation_id": conversation_id,
        "request_id": "m-1",
        "customer_id": customer_id,
        "conversation_context": {"trigger": "asked_for_offers"},
    }
    decision = await line.ask("/v1/decisions", request)
    if decision is None:
        return
    decision_id = decision["decision_id"]
    line.ledger.decided.add(decision_id)
    if chance.random() < 0.2:
        again = await line.ask("/v1/decisions", request)
        if again != decision:
            line.ledger.doubled.append(f"decision {decision_id} was {decision}, then {again}")
    if decision["offer"] is None:
        return
    if chance.random() < 0.5:
        await line.ask(f"/v1/decisions/{decision_id}/exposure", {"conversation_id": conversation_id})
    code = await _answer(line, decision_id, conversation_id, chance)
    if code is not None and chance.random() < 0.7:
        await _check_out(line, code, customer_id, chance)


async def _answer(line: Line, decision_id: str, conversation_id: str, chance: Random) -> str | None:
    """Accept, or now and then decline; return the code."""
    path = f"/v1/decisions/{decision_id}/outcome"
    wanted = "accepted" if chance.random() < 0.85 else "declined"
    body = {"conversation_id": conversation_id, "outcome": wanted}
    key = f"answer-{decision_id}" if chance.random() < 0.5 else None
    outcome = await line.ask(path, body, key=key, refusal="offer_sold_out")
    if outcome is None or outcome["code"] is None:
        return None
    line.ledger.accept(decision_id, outcome["code"])
    if chance.random() < 0.25:
        again = await line.ask(path, body)
        line.ledger.accept(decision_id, "nothing" if again is None else again["code"])
    return str(outcome["code"])


async def _check_out(line: Line, code: str, customer_id: str | None, chance: Random) -> None:
    basket = {
        "customer_id": customer_id,
        "currency": "EUR",
        "codes": [code],
        "lines": [
            {"line_id": "1", "product_id": PRODUCT_ID, "quantity": 1, "unit_price_cents": chance.randrange(100, 2000)}
        ],
    }
    quote = await line.ask("/v1/baskets/quote", basket)
    order = basket | {"order_id": f"order-{code}"}
    redemption = await line.ask("/v1/redemptions", order)
    if redemption is None or quote is None:
        return
    redemption_id = redemption["redemption_id"]
    line.ledger.redeemed[redemption_id] = code
    if redemption["quote"] != quote:
        line.ledger.broken.append(f"redemption {redemption_id} is {redemption['quote']}, the quote was {quote}")
    if chance.random() < 0.4:
        cancelled = await line.ask(f"/v1/redemptions/{redemption_id}/cancel", {})
        if cancelled is not None:
            line.ledger.cancelled.add(redemption_id)
