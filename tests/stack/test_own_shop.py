"""A shop of one's own on the whole bot, from an empty database to what its shop says of a cancelled order.

Commands and processes run as in an installation without the demo's data set. The shop system is a stand-in on this
machine: its webhooks are signed as Shopify signs, and it answers changes of orders as it is told to.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from common.clock import utc_now
from tests.support.hosted_checkout import HostedShop, Mood
from tests.support.own_shop import CUSTOMER, ORDER, SECRET, claim, connect_berlin, own_stack, promobot, send
from tests.support.standin_shop import StandInShop
from tests.support.waiting import PATIENCE_S
from tools.stack import Stack, running
from tools.testbed.chat_client import Shopper, Turn

PROMISES_MONEY = re.compile(r"charge|refund|money|your bank|paid back", re.IGNORECASE)
ASKS_FOR_A_PERSON = "I can't see this shop's orders from here, so a person looks into it."


@dataclass
class OwnShop:
    """The running bot of a shop that had nothing when it began."""

    stack: Stack
    asked_while_empty: list[str]
    """What the bot said to "where is my order" before there was any order."""
    handed_over: set[str]
    """Conversations that then waited for a person."""
    conversation_id: str


def text_of(turn: Turn) -> str:
    return "\n".join(reply["text"] or "" for reply in turn.replies)


@pytest.fixture(scope="module")
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnShop]:
    files = tmp_path_factory.mktemp("own-shop")
    stack = own_stack(files)
    promobot(stack, "migrate")
    assert "level 0 serves" in promobot(stack, "train")

    async def ask() -> tuple[Turn, str]:
        async with aiohttp.ClientSession() as http, await Shopper.enter(http, stack.url("gateway")) as shopper:
            return await shopper.say("where is my order"), shopper.conversation_id

    with running(stack):
        turn, conversation_id = asyncio.run(ask())
        with closing(sqlite3.connect(files / "gateway.db")) as database:
            waiting = {name for (name,) in database.execute("SELECT conversation_id FROM waiting")}
        yield OwnShop(stack, [reply["text"] for reply in turn.replies], waiting, conversation_id)


@pytest_asyncio.fixture
async def shop_system() -> AsyncIterator[StandInShop]:
    """What the bot asks for changes of orders."""
    shop = StandInShop()
    await shop.server.start_server()
    yield shop
    shop.hold.set()
    await shop.server.close()


def test_without_any_order_a_person_is_called(own_shop: OwnShop) -> None:
    assert own_shop.asked_while_empty[0] == ASKS_FOR_A_PERSON
    assert own_shop.conversation_id in own_shop.handed_over


PARCEL: dict[str, Any] = {
    "id": 255858046,
    "order_id": 450789469,
    "status": "success",
    "created_at": "2026-11-12T16:06:08-05:00",
    "updated_at": "2026-11-12T16:06:08-05:00",
    "tracking_company": "UPS",
    "tracking_number": "1Z2345",
    "tracking_url": "https://ups.example/1Z2345",
}


FULFILLED = {
    "fulfillment_status": "fulfilled",
    "updated_at": "2026-11-12T16:06:09-05:00",
    "fulfillments": [PARCEL],
}


async def answered(shopper: Shopper, words: str, *, until: str) -> str:
    """What the bot says to these words, once it says `until`: a message of the shop is worked off a moment later."""
    async with asyncio.timeout(PATIENCE_S):
        while until not in (said := text_of(await shopper.say(words))):
            pass
    return said


async def test_an_order_is_found_in_the_chat_as_its_webhook_came(
    http: aiohttp.ClientSession, own_shop: OwnShop, tmp_path: Path
) -> None:
    stack, gateway = own_shop.stack, own_shop.stack.url("gateway")
    connect_berlin(stack, tmp_path)
    assert await send(http, stack, "customers/create", CUSTOMER) == 200
    assert await send(http, stack, "orders/create", ORDER, flip=1) == 401
    assert await send(http, stack, "orders/create", ORDER) == 200
    assert await send(http, stack, "orders/create", ORDER) == 200
    async with await Shopper.enter(http, gateway, token=claim(own_shop.stack, "207119551")) as customer:
        await answered(customer, "where is order #1001", until="Order #1001 is paid and will be packed")
        for words in ("where is order 1001", "where is order # 1001"):
            assert "Order #1001 is paid and will be packed" in text_of(await customer.say(words)), words
        # What this shop's numbers look like is learned a moment after its first order.
        await answered(customer, "1001", until="Order #1001 is paid and will be packed")
        assert await send(http, stack, "fulfillments/create", PARCEL) == 200
        said = await answered(customer, "where is order #1001", until="is partly on its way")
        assert "UPS has it under 1Z2345: https://ups.example/1Z2345" in said
        assert await send(http, stack, "orders/fulfilled", ORDER | FULFILLED) == 200
        said = await answered(customer, "where is order #1001", until="is on its way")
        assert "UPS has it under 1Z2345: https://ups.example/1Z2345" in said
    async with await Shopper.enter(http, gateway) as guest:
        question = text_of(await guest.say("where is order #1001"))
        assert "which e-mail address did you order with" in question
        assert "on its way" not in question
        assert "Order #1001 is on its way" in text_of(await guest.say("customer@example.com"))
    async with await Shopper.enter(http, gateway) as stranger:
        await stranger.say("where is order #1001")
        wrong = text_of(await stranger.say("somebody@example.com"))
        assert "I can't find an order with that number" in wrong
    with closing(sqlite3.connect(stack.files / "engine.db")) as database:
        assert database.execute("SELECT count(*) FROM orders WHERE number = '#1001'").fetchone() == (1,)


async def report_order(http: aiohttp.ClientSession, own_shop: OwnShop, token: str, number: str) -> None:
    """Let the shop report an order of Ada's."""
    now = utc_now().isoformat()
    order = {
        "number": number,
        "customer_id": "ada",
        "placed_at": now,
        "currency": "USD",
        "total_cents": 2500,
        "lines": [{"title": "Tea pot", "quantity": 1, "line_cents": 2500}],
        "state": "paid",
        "shop_updated_at": now,
    }
    url = f"{own_shop.stack.url('gateway')}/shop/v1/orders/{number}"
    async with http.put(url, json=order, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200, await answer.text()


async def cancelled(shopper: Shopper, number: str) -> str:
    """What the bot says once the customer wants an order cancelled and says yes."""
    question = text_of(await shopper.say(f"please cancel order {number}"))
    assert f"Shall I ask the shop to cancel order {number}?" in question
    return text_of(await shopper.press("Yes"))


async def test_a_cancelled_order_is_what_the_shop_says_of_it(
    http: aiohttp.ClientSession, own_shop: OwnShop, shop_system: StandInShop
) -> None:
    service = ("service", "--kind", "generic", "--write-back", "webhook", "--webhook-url", f"{shop_system.url}/changes")
    token = promobot(own_shop.stack, "shop", "source", "add", *service).splitlines()[2].strip()
    numbers = ("20001", "20002", "20003")
    for number in numbers:
        await report_order(http, own_shop, token, number)
    said: list[str] = []
    async with await Shopper.enter(http, own_shop.stack.url("gateway"), token=claim(own_shop.stack, "ada")) as ada:
        await answered(ada, f"where is order {numbers[0]}", until="is paid and will be packed")

        shop_system.plan("POST /changes", {"state": "refused", "reason": "It is on the van."})
        said.append(await cancelled(ada, "20001"))
        assert "The shop won't cancel order 20001. It says: It is on the van." in said[-1]

        shop_system.forget()
        shop_system.plan("POST /changes", None, status=0)  # it takes the request and says nothing
        said.append(await cancelled(ada, "20002"))
        assert "I've asked the shop to cancel 20002; you'll get an e-mail." in said[-1]
        said.append(text_of(await ada.say("where is order 20002")))
        assert "The shop has been asked to cancel it and hasn't answered yet." in said[-1]
        assert not [text for text in said if PROMISES_MONEY.search(text)], said

        shop_system.forget()
        shop_system.plan("POST /changes", {"state": "confirmed", "reference": "R-3"})
        said.append(await cancelled(ada, "20003"))
        assert "The shop has cancelled order 20003." in said[-1]

        # The one that timed out is sent again under the same key, until the shop answers.
        said.append(await answered(ada, "please cancel order 20002", until="The shop has cancelled order 20002."))
        assert not [text for text in said if PROMISES_MONEY.search(text)], said
    keys = [heard.headers["Idempotency-Key"] for heard in shop_system.asked_for("POST /changes")]
    tried = [heard.body["number"] for heard in shop_system.asked_for("POST /changes")]
    assert set(tried) == set(numbers)
    assert tried.count("20002") > 1, "a shop that says nothing is asked again"
    assert len(set(keys)) == len(numbers)


OFFERS = """
promotions:
  - {id: start, name: Start, starts: -1d, ends: +90d, offers: [
      {id: all-10, title: 10 % off everything, terms: Once per customer., unit_cost_cents: 100,
       benefit: {kind: percentage, percent_basis_points: 1000}}]}
"""


async def test_a_code_that_the_shop_makes_late_is_told_without_being_asked_for(
    http: aiohttp.ClientSession, own_shop: OwnShop, tmp_path: Path
) -> None:
    stack, shop = own_shop.stack, HostedShop()
    await shop.server.start_server()
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "token").write_text("shh")
    (tmp_path / "offers.yml").write_text(OFFERS)
    files = ("--secret-file", str(tmp_path / "secret"), "--access-token-file", str(tmp_path / "token"))
    paris = ("paris", "--kind", "shopify", "--shop-domain", "paris.myshopify.com", "--base-url", shop.url)
    # In threads: the stand-in shop answers on this loop.
    await asyncio.to_thread(promobot, stack, "shop", "source", "add", *paris, *files, "--hosted-codes")
    await asyncio.to_thread(promobot, stack, "load-offers", str(tmp_path / "offers.yml"))
    shop.mood = Mood.DOWN
    try:
        for number in range(60):  # the policy may make no offer, and one customer in twenty is held out
            token = claim(stack, f"late-{number}")
            async with await Shopper.enter(http, stack.url("gateway"), token=token) as shopper:
                if (await shopper.say("do you have an offer for me?")).offer() is None:
                    continue
                assert "couldn't create your code just now" in text_of(await shopper.press("Yes, please"))
                shop.wake()
                news = await shopper.next_message(patience_s=PATIENCE_S)
                assert news["text"].startswith("Good news: your code is")
                assert news["outcome"]["code"] in shop.discounts
                assert text_of(await shopper.say("thanks")), "the talk goes on"
                break
        else:
            pytest.fail("nobody was made an offer")
    finally:
        await shop.server.close()
