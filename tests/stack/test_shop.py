"""A shopper in a real browser against the whole bot: asks about a refund, takes the offer, and buys with its code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack.injections import INJECTIONS
from tests.stack.pages import (
    ask_until_products_are_offered,
    buy_until_it_saves,
    offer_on_products,
    picture,
    say,
    watched_page,
)
from tools.stack import Stack

HOUSEHOLDS = range(1, 13)
"""By their place in the page's list."""


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    """The shop's page. Any complaint of the browser, the content security policy's too, fails the test."""
    with watched_page(browser, stack.url("gateway")) as page:
        page.locator(".tile").first.wait_for()
        yield page


def test_a_shopper_asks_for_a_refund_takes_the_offer_and_buys_with_its_code(page: Page) -> None:
    page.locator(".tile .add").first.click()
    expect(page.locator(".row.total")).to_be_visible()
    picture(page, "shop-1-page")
    page.get_by_role("button", name="Open the chat").click()
    ask_until_products_are_offered(page, HOUSEHOLDS, service="where is my refund?")
    offer = offer_on_products(page)
    expect(offer.locator(".product").first).to_contain_text("$")
    picture(page, "shop-2-offer")
    offer.get_by_role("button", name="Add to basket").first.click()
    expect(offer.get_by_role("button", name="In your basket").first).to_be_visible()
    offer.get_by_role("button", name="Why this offer?").click()
    expect(page.locator(".from-bot .bubble").last).to_contain_text("That is why")
    offer.get_by_role("button", name="Yes, please").click()
    code = page.get_by_role("group", name="Your code").locator("code")
    expect(code).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Added to your basket")).to_be_visible()
    basket = page.locator("#basket-content")
    used = code.inner_text()
    expect(basket.locator(".held code")).to_have_text(used)
    buy_until_it_saves(page)
    picture(page, "shop-3-accepted")
    page.get_by_role("button", name="Helpful", exact=True).last.click()

    page.get_by_role("dialog").get_by_role("button", name="Close the chat").click()
    picture(page, "shop-4-checkout")
    page.get_by_role("button", name="Buy now").click()
    expect(basket).to_contain_text(re.compile(r"You paid .* and saved "), timeout=60_000)
    picture(page, "shop-5-bought")

    # The code is used up: it buys nothing a second time.
    page.locator(".tile .add").first.click()
    page.get_by_label("Code", exact=True).fill(used)
    page.get_by_role("button", name="Apply").click()
    expect(basket.locator(".refused")).to_be_visible(timeout=60_000)


def test_150_injected_strings_are_shown_as_text(page: Page) -> None:
    page.get_by_role("button", name="Open the chat").click()
    expect(page.locator(".link-state.online")).to_be_visible(timeout=60_000)
    # All in a few messages, since the bot is not what is tried here: each string on a line of its own.
    for start in range(0, len(INJECTIONS), 25):
        say(page, "\n".join(("Look:", *INJECTIONS[start : start + 25])))
    shown = "\n".join(page.locator(".from-shopper .bubble").all_inner_texts())
    for injected in INJECTIONS:
        assert unicodedata.normalize("NFKC", injected) in shown, injected
    page.reload()  # once more as history
    expect(page.locator(".from-shopper .bubble")).to_have_count(6)
    inside = "document.querySelector('promobot-chat').shadowRoot.querySelectorAll('.log {}').length"
    for name in ("script", "img", "iframe", "a", "style", "form", "object", "video", "input"):
        assert page.evaluate(inside.replace("{}", name)) == 0, name
