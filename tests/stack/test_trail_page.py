"""The simulated shop's page in a real browser: what the chat shows of the shop, in the currency that the page has."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack.pages import open_chat, say, watched_page
from tools.stack import Stack

QUESTIONS = {
    "got any sleeping bags in stock?": "sleeping bag",
    "which rope is the best?": "rope",
    "show me your jackets": "jacket",
    "tents?": "tent",
}
"""Each with a word of the shop's catalogue, and what the products that answer it are called."""


def shown(page: Page, words: str) -> list[tuple[str, str]]:
    """Names and prices of the products with which the bot answers."""
    say(page, words)
    # An offer that follows has a card of its own.
    answers = page.locator(".from-bot", has=page.locator(".products"), has_not=page.locator(".offer"))
    products = answers.last.locator(".product")
    expect(products.first).to_be_visible()
    names, prices = products.locator(".name").all_inner_texts(), products.locator(".price").all_inner_texts()
    return list(zip(names, prices, strict=True))


def test_the_chat_shows_products_in_the_currency_that_the_page_has(trail: Stack, browser: Browser) -> None:
    with watched_page(browser, f"{trail.url('gateway')}/?currency=GBP") as page:
        page.locator(".tile").first.wait_for()
        expect(page.get_by_label("Deliver to")).to_have_value("GB")
        open_chat(page)
        in_pounds = shown(page, "do you have tents?")
        assert len(in_pounds) == 3 and all("£" in price for _, price in in_pounds), in_pounds
        page.get_by_label("Prices in").select_option("EUR")
        expect(page.locator(".tile", has_text="€").first).to_be_visible()
        in_euros = shown(page, "do you have tents?")
        assert [name for name, _ in in_euros] == [name for name, _ in in_pounds]
        assert all("€" in price for _, price in in_euros), in_euros


@pytest.mark.parametrize(("words", "kind"), list(QUESTIONS.items()))
def test_a_word_of_the_catalogue_in_a_question_shows_products(
    trail: Stack, browser: Browser, words: str, kind: str
) -> None:
    with watched_page(browser, trail.url("gateway")) as page:
        page.locator(".tile").first.wait_for()
        open_chat(page)
        found = shown(page, words)
        assert len(found) == 3
        assert all(kind in name.lower() and "€" in price for name, price in found), found
        card = page.locator(".from-bot .products").first.locator(".product").first
        expect(card.locator(".name a")).to_have_attribute("href", re.compile(r"^/products/tt\d+$"))
        expect(card.locator("img")).to_have_js_property("complete", True)
        assert card.locator("img").evaluate("image => image.naturalWidth") > 0


def test_delivery_costs_what_the_shop_promises(trail: Stack, browser: Browser) -> None:
    with watched_page(browser, trail.url("gateway")) as page:
        page.locator(".tile .add").first.click()
        delivery = page.locator("#basket-content .row", has_text="Delivery")
        expect(delivery).to_contain_text("€")
        assert delivery.inner_text().split()[-1] in {"€4.95", "€0.00"}
        page.get_by_label("Deliver to").select_option("United Kingdom")
        expect(delivery).to_contain_text("£")
        assert delivery.inner_text().split()[-1] in {"£5.95", "£0.00"}
