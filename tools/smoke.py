"""Play three conversations against the running bot, as a browser would, and check every step of them.

    python -m tools.smoke                          the bot that `make demo` runs, whichever shop it is
    python -m tools.smoke --gateway URL --engine URL

An accepted offer's code is used at the demo shop's checkout. Prints the transcripts with decision id, propensity,
policy version before and after, reward and what was saved. Exits 1 with one line when any of it is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
import uuid
from typing import Any

import aiohttp
from rich.console import Console
from rich.markup import escape

from tools.stack import StackError, ports_of_the_person
from tools.testbed.chat_client import ChatError, Shopper, Turn

LEARNED_WITHIN_S = 2.0
CUSTOMERS_TO_TRY = 12
"""The policy may stay silent or a customer may be in the holdout; then the next one is asked."""
WHOLE_ORDER_CENTS = 20_000
"""What an order is to be worth that an offer on the whole order applies to."""

console = Console(soft_wrap=True, highlight=False)


class SmokeError(Exception):
    """A step of a conversation did not bring what it must."""


class Engine:
    """The engine's own record, to compare with what the shopper saw."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def get(self, path: str) -> dict[str, Any]:
        """One JSON body; anything but 200 fails the smoke run."""
        async with self._http.get(self._url + path) as reply:
            body: dict[str, Any] = await reply.json()
            if reply.status != 200:
                raise SmokeError(f"GET {path}: {reply.status} {body}")
            return body

    async def policy_version(self) -> int:
        """The version that the next decision will use."""
        return int((await self.get("/v1/policy"))["policy_version"])

    async def learned(self, decision_id: str, *, within_s: float) -> tuple[dict[str, Any], float]:
        """Wait until a policy version has learned from the outcome; returns the record and the seconds it took."""
        started = time.monotonic()
        while True:
            record = await self.get(f"/v1/decisions/{decision_id}")
            took = time.monotonic() - started
            if record["outcome"] and record["outcome"]["learned_in_version"] is not None:
                return record, took
            if took > within_s:
                raise SmokeError(f"the reward of {decision_id} was not learned within {within_s:.0f} s")
            await asyncio.sleep(0.05)


def show(turn: Turn) -> None:
    """Print one turn of a transcript."""
    console.print(f"  [bold]shopper[/bold]  {escape(turn.text)}")
    for reply in turn.replies:
        buttons = "  ".join(f"<{button['title']}>" for button in reply.get("buttons", []))
        console.print(f"  [bold]bot[/bold]      {escape(reply['text'] or '')}  [dim]{escape(buttons)}[/dim]")


def need(condition: object, message: str) -> None:
    """Fail the smoke run unless the condition holds."""
    if not condition:
        raise SmokeError(message)


async def conversation_with_offer(
    http: aiohttp.ClientSession,
    gateway: str,
    engine: Engine,
    *,
    answer: str,
    outcome: str,
    reward: float,
    skip: int,
    learned_within_s: float,
) -> int:
    """A service question, the offer after it, and its answer by button; returns how many customers were asked."""
    async with http.get(f"{gateway}/api/demo/customers") as reply:
        customers = (await reply.json())["customers"]
    for tried, customer in enumerate(customers[skip : skip + CUSTOMERS_TO_TRY], start=skip + 1):
        async with await Shopper.enter(http, gateway, customer["customer_id"]) as shopper:
            question = await shopper.say(f"hi, where is my order {customer['last_order_number']}?")
            offer = question.offer()
            if offer is None:
                console.print(f"  [dim]customer {customer['customer_id']}: no offer this time, asking the next[/dim]")
                continue
            console.rule(f"{outcome}: customer {customer['customer_id']}, {shopper.conversation_id}", align="left")
            show(question)
            number = customer["last_order_number"].lstrip("#")
            need(number in (question.replies[0]["text"] or ""), "the order's state was not told")
            before = await engine.policy_version()
            show(await shopper.say("why do I get this offer?"))
            answered = await shopper.press(answer)
            show(answered)
            block = answered.outcome()
            need(block and block["outcome"] == outcome, f"the {outcome} offer was not confirmed to the shopper")
            record, took = await engine.learned(offer["decision_id"], within_s=learned_within_s)
            after = await engine.policy_version()
            check_record(record, shopper=shopper, outcome=outcome, reward=reward, code=block["code"] if block else None)
            need(after > before, f"the policy did not move: version {before} before and {after} after")
            console.print(
                f"  decision {record['decision_id']}  offer {record['offer_id']}\n"
                f"  propensity {record['propensity']:.4f} of {len(record['propensities'])} choices  reward "
                f"{record['outcome']['reward']}  policy version {before} before, {after} after ({took:.2f} s)"
            )
            if block and block["code"]:
                await use_code(http, gateway, engine, offer_id=record["offer_id"], code=block["code"], shopper=shopper)
            return tried
    raise SmokeError(f"none of {CUSTOMERS_TO_TRY} customers was shown an offer")


async def use_code(
    http: aiohttp.ClientSession, gateway: str, engine: Engine, *, offer_id: str, code: str, shopper: Shopper
) -> None:
    """Buy something that the offer applies to at the demo shop's checkout, which has to take the code and once only."""
    offer = next(row for row in (await engine.get("/v1/offers"))["offers"] if row["offer_id"] == offer_id)
    fits = (await engine.get(f"/v1/offers/{offer_id}/products?limit=1"))["products"]
    if pieces := offer["benefit"].get("pieces"):  # a bundle, which no single product sets off
        lines = [{name: piece[name] for name in ("product_id", "quantity")} for piece in pieces]
    elif fits:
        lines = [{name: fits[0][name] for name in ("product_id", "quantity")}]
    else:  # an offer on the whole order: enough of what sells best
        async with http.get(f"{gateway}/api/demo/products") as reply:
            best = next(product for product in (await reply.json())["products"] if product["price_cents"])
        pieces_needed = min(99, math.ceil(WHOLE_ORDER_CENTS / best["price_cents"]))
        lines = [{"product_id": best["product_id"], "quantity": pieces_needed}]
    async with http.post(f"{gateway}/api/session", json={"household_id": shopper.customer_id}) as reply:
        token = (await reply.json())["token"]

    async def buy() -> tuple[int, dict[str, Any]]:
        order = {"token": token, "lines": lines, "codes": [code], "order_id": f"smoke-{uuid.uuid4()}"}
        async with http.post(f"{gateway}/api/demo/orders", json=order) as reply:
            return reply.status, await reply.json()

    status, bought = await buy()
    need(status == 200 and bought["redemption_id"], f"the checkout did not take the code: {status} {bought}")
    quote = bought["quote"]
    need([use["code"] for use in quote["applied"]] == [code], "the code was redeemed and not applied")
    need((await buy())[0] == 409, "the code could be used a second time")
    console.print(
        f"  order {bought['order_id']}  paid {quote['total_cents']} cents in {quote['currency']}, "
        f"saved {quote['discount_cents']} cents with {code}"
    )


def check_record(record: dict[str, Any], *, shopper: Shopper, outcome: str, reward: float, code: str | None) -> None:
    """The engine's record must say what the shopper saw."""
    need(record["conversation_id"] == shopper.conversation_id, "the decision belongs to another conversation")
    need(record["customer_id"] == shopper.customer_id, "the decision belongs to another customer")
    need(0 < record["propensity"] <= 1, f"impossible propensity {record['propensity']}")
    chosen = record["propensities"][record["offer_id"]]
    need(abs(chosen - record["propensity"]) < 1e-9, "the logged propensity is not the distribution's")
    need(abs(sum(record["propensities"].values()) - 1) < 1e-6, "the logged distribution does not sum to 1")
    need(record["exposed_at"], "the exposure was not reported")
    need(record["outcome"]["outcome"] == outcome, f"the record says {record['outcome']['outcome']}, not {outcome}")
    need(record["outcome"]["reward"] == reward, f"the reward is {record['outcome']['reward']}, not {reward}")
    need((code is not None) == (outcome == "accepted"), "a code belongs to an acceptance and to nothing else")
    need(record["outcome"]["code"] == code, "the shopper's code is not the one on record")


async def conversation_of_nobody_known(http: aiohttp.ClientSession, gateway: str) -> None:
    """An anonymous shopper asks something out of scope: an honest answer and no offer."""
    async with await Shopper.enter(http, gateway) as shopper:
        console.rule(f"out of scope: an anonymous customer, {shopper.conversation_id}", align="left")
        for text in ("hello", "who will win the football world cup?"):
            turn = await shopper.say(text)
            show(turn)
            need(turn.replies and turn.replies[0]["text"], f"no answer to {text!r}")
            need(turn.offer() is None, "an out-of-scope question must not be answered with an offer")
        need(shopper.customer_id is None, "whoever did not sign in must stay anonymous")


async def play(gateway: str, engine_url: str, *, learned_within_s: float = LEARNED_WITHIN_S) -> None:
    """All three conversations. Raises SmokeError or ChatError at the first step that fails."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        engine = Engine(http, engine_url)
        tried = 0
        for answer, outcome, reward in (("Yes, please", "accepted", 1.0), ("No, thanks", "declined", 0.0)):
            tried = await conversation_with_offer(
                http,
                gateway,
                engine,
                answer=answer,
                outcome=outcome,
                reward=reward,
                skip=tried,
                learned_within_s=learned_within_s,
            )
        await conversation_of_nobody_known(http, gateway)


def main() -> int:
    """Run against a bot that is already up."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.smoke",
        description="Play three conversations against the running bot and check every step.",
        epilog="example: python -m tools.smoke --gateway http://127.0.0.1:8080 --engine http://127.0.0.1:8090",
    )
    try:
        ports = ports_of_the_person()
    except StackError as error:
        console.print(f"smoke: {error}", markup=False)
        return 1
    parser.add_argument("--gateway", default=f"http://127.0.0.1:{ports['gateway']}", help="default: %(default)s")
    parser.add_argument("--engine", default=f"http://127.0.0.1:{ports['engine']}", help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        asyncio.run(play(arguments.gateway, arguments.engine))
    except aiohttp.ClientConnectionError as error:
        console.print(f"smoke: the bot does not answer ({error}); start it with: make demo", markup=False)
        return 1
    except (SmokeError, ChatError) as error:
        console.print(f"smoke: {error}", markup=False)
        return 1
    console.print("\nsmoke: all three conversations went as they must")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
