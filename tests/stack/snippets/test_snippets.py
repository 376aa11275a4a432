"""The snippets of docs/connect on pages of other servers, in a real browser, against the whole bot."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack.pages import open_chat, say, watched_page
from tests.stack.snippets.shop_pages import NO_SUCH_CODE, SHOPS, CartLine, ShopPage
from tools.stack import Stack

LINES = [CartLine("1095275", quantity=2, cents=479), CartLine("1029743", quantity=1, cents=263)]
"""Of what Larder & Lane sells; the cart of every shop here."""
WORTH_CENTS = 2 * 479 + 263
ASKED_AT_MOST = 8
"""Customers who ask for an offer, until the policy makes one that has a code."""


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest, stack: Stack, tmp_path: Path) -> Iterator[ShopPage]:
    secret = stack.environment()["PROMOBOT_TOKEN_SECRET"]
    served = SHOPS[request.param]
    with served(list(LINES), gateway=stack.url("gateway"), secret=secret, folder=tmp_path) as opened:
        yield opened


def customers(stack: Stack) -> list[str]:
    """Who may see offers, in the demo's order."""
    with urlopen(f"{stack.url('gateway')}/api/demo/customers") as reply:
        found = json.loads(reply.read())["customers"]
    return [customer["customer_id"] for customer in found if not customer["holdout"]]


def decisions_of(stack: Stack, customer_id: str) -> list[dict[str, Any]]:
    """The contexts that the engine decided in, the newest last."""
    with closing(sqlite3.connect(stack.files / "engine.db")) as database:
        query = "SELECT decision_context FROM decisions WHERE customer_id = ? ORDER BY decided_at"
        return [json.loads(context) for (context,) in database.execute(query, (customer_id,))]


def asks_for_an_offer(page: Page) -> bool:
    """Whether one was made."""
    open_chat(page)
    for _ in range(2):  # the policy may keep silent
        say(page, "do you have an offer for me?")
        if page.locator(".offer").count() > 0:
            return True
    return False


def test_a_signed_in_customer_is_known_the_context_is_decided_with_and_the_code_goes_to_the_cart(
    shop: ShopPage, stack: Stack, browser: Browser
) -> None:
    for customer_id in customers(stack)[:ASKED_AT_MOST]:
        cookies = [{"name": "shopper", "value": customer_id, "url": shop.url}]
        with watched_page(browser, shop.url) as page:
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
            page.reload()
            if not asks_for_an_offer(page):
                continue
            expect(page.locator(".link-state.online")).to_contain_text(customer_id)
            page.get_by_role("button", name="Yes, please").last.click()
            code = page.get_by_role("group", name="Your code").locator("code")
            expect(code).to_be_visible(timeout=60_000)
            expect(page.get_by_text("Added to your basket")).to_be_visible()
            assert shop.codes() == [code.inner_text()]
            context = decisions_of(stack, customer_id)[-1]
            of_page = {name: context[name] for name in ("currency", "country", "channel", "basket_cents")}
            assert of_page == {"currency": "USD", "country": "US", "channel": "web", "basket_cents": WORTH_CENTS}
            break
    else:
        raise AssertionError("nobody was made an offer")
    if shop.says_no:
        with pytest.raises(HTTPError) as refused:
            urlopen(shop.url + shop.code_path.replace("{code}", quote(NO_SUCH_CODE)))
        assert refused.value.code == 409


def test_a_theme_that_changes_the_cart_without_a_new_page_is_noticed(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    secret = stack.environment()["PROMOBOT_TOKEN_SECRET"]
    with (
        SHOPS["shopify"](list(LINES), gateway=stack.url("gateway"), secret=secret, folder=tmp_path) as shop,
        watched_page(browser, shop.url) as page,
    ):
        page.wait_for_function("window.promobot !== undefined")
        page.evaluate("promobot.context = (context) => { window.told = context; }")
        page.evaluate("fetch('/cart/add.js')")
        page.wait_for_function("window.told?.basket.length === 3")
        assert page.evaluate("told") == {
            "currency": "USD",
            "country": "US",
            "channel": "web",
            "basket": [
                {"variant_id": line.variant_id, "quantity": line.quantity, "unit_price_cents": line.cents}
                for line in (*LINES, LINES[0])
            ],
        }
