"""The simulated shop, small: everything of it is made here, with the same steps as `make demo`, and then played."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import aiohttp

from tools.smoke import play
from tools.stack import Stack
from tools.testbed.chat_client import Shopper, Turn

COUNTRIES = ("DE", "AT", "FR", "NL", "IE", "GB")
SAID_OF = {
    "paid": "is paid and will be packed",
    "packing": "is being packed",
    "shipped": "is on its way",
    "out_for_delivery": "is out for delivery",
    "delivered": "was delivered",
    "delivery_failed": "could not be delivered",
    "refunded": "was refunded",
    "partly_refunded": "was partly refunded",
}
"""What the bot says of an order in each of the states that the simulated shop reports."""


def text_of(turn: Turn) -> str:
    """Everything that the bot said in a turn."""
    return "\n".join(reply["text"] or "" for reply in turn.replies)


async def customers(http: aiohttp.ClientSession, stack: Stack) -> list[dict[str, Any]]:
    async with http.get(f"{stack.url('gateway')}/api/demo/customers") as reply:
        found: list[dict[str, Any]] = (await reply.json())["customers"]
        return found


def shop_state_of(stack: Stack, number: str) -> str:
    """What the shop reported of an order."""
    with closing(sqlite3.connect(stack.files / "engine.db")) as database:
        state: str = database.execute("SELECT shop_state FROM orders WHERE number = ?", (number,)).fetchone()[0]
        return state


async def test_the_page_is_that_of_the_simulated_shop(http: aiohttp.ClientSession, trail: Stack) -> None:
    gateway = trail.url("gateway")
    async with http.get(f"{gateway}/api/demo/shop") as reply:
        shop = await reply.json()
    countries = [{"code": code, "currency": "GBP" if code == "GB" else "EUR"} for code in COUNTRIES]
    assert shop == {
        "name": "Trail & Tarn",
        "demo": "simulated",
        "currencies": ["EUR", "GBP"],
        "countries": countries,
    }
    listed = {}
    for currency in shop["currencies"]:
        async with http.get(f"{gateway}/api/demo/products?currency={currency}") as reply:
            body = await reply.json()
        assert body["currency"] == currency
        listed[currency] = {product["product_id"]: product for product in body["products"]}
    product_id, euros = next(iter(listed["EUR"].items()))
    assert euros["price_cents"] != listed["GBP"][product_id]["price_cents"]
    async with http.get(gateway + euros["image_url"]) as picture:
        assert picture.status == 200
        assert f"{euros['name']} (simulated product)" in await picture.text()


async def test_an_order_is_found_by_the_shops_own_number(http: aiohttp.ClientSession, trail: Stack) -> None:
    customer = (await customers(http, trail))[0]
    number = customer["last_order_number"]
    assert number.startswith("#1")
    async with await Shopper.enter(http, trail.url("gateway"), customer["customer_id"]) as shopper:
        for words in (f"where is my order {number}?", f"where is order {number.lstrip('#')}"):
            answer = text_of(await shopper.say(words))
            assert answer.startswith(f"Order {number} {SAID_OF[shop_state_of(trail, number)]}"), (words, answer)


async def an_order_that_can_go_back(http: aiohttp.ClientSession, trail: Stack) -> tuple[str, str]:
    """A customer and the number of an order of theirs that the shop's rules let them return."""
    query = "SELECT customer_id, number FROM orders WHERE shop_state = 'delivered' ORDER BY placed_at DESC LIMIT 40"
    with closing(sqlite3.connect(trail.files / "engine.db")) as database:
        newest = database.execute(query).fetchall()
    for customer_id, number in newest:
        wanted = {"number": number, "conversation_id": "looking", "customer_id": customer_id}
        async with http.post(f"{trail.url('engine')}/v1/order-lookups", json=wanted) as reply:
            if "return" not in (await reply.json())["refused_changes"]:
                return customer_id, number
    raise AssertionError("none of the newest orders can be returned")


async def test_a_simulated_order_is_taken_back_and_said_to_be_simulated(
    http: aiohttp.ClientSession, trail: Stack
) -> None:
    customer_id, number = await an_order_that_can_go_back(http, trail)
    async with await Shopper.enter(http, trail.url("gateway"), customer_id) as shopper:
        await shopper.say(f"I want to return order {number}")
        answer = text_of(await shopper.press("Yes"))
        assert answer.startswith("The shop has registered the return of order "), answer
        assert "It says: This shop is a demo, so nothing real has changed." in answer
        assert f"Order {number} is registered for return" in text_of(await shopper.say(f"where is order {number}?"))


async def test_the_shops_file_answers_and_its_goods_are_known(http: aiohttp.ClientSession, trail: Stack) -> None:
    async with await Shopper.enter(http, trail.url("gateway")) as shopper:
        delivery = text_of(await shopper.say("how long does delivery take?"))
        assert "2 to 5 working days" in delivery
        await shopper.say("do you have tents?")
    with closing(sqlite3.connect(trail.files / "gateway.db")) as database:
        ((stored,),) = database.execute("SELECT parse FROM messages WHERE text = 'do you have tents?'").fetchall()
    entities = json.loads(stored)["entities"]
    assert entities == [{"entity": "category", "value": "tents"}]


async def test_offers_are_accepted_and_redeemed_and_declined(trail: Stack) -> None:
    await play(trail.url("gateway"), trail.url("engine"), learned_within_s=60)
    with closing(sqlite3.connect(trail.files / "engine.db")) as database:
        ((order_id, quote),) = database.execute("SELECT order_id, quote FROM redemptions").fetchall()
        ((code, cost_cents),) = database.execute("SELECT code, cost_cents FROM redeemed_codes").fetchall()
        outcomes = database.execute("SELECT outcome, reward FROM outcomes ORDER BY outcome").fetchall()
    assert order_id.startswith("smoke-")
    assert [(use["code"], use["discount_cents"]) for use in json.loads(quote)["applied"]] == [(code, cost_cents)]
    assert outcomes == [("accepted", 1.0), ("declined", 0.0)]
