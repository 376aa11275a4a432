"""A shopper in a real browser against the whole bot: asks about a refund, takes the offer, and buys with its code."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.stack.injections import INJECTIONS
from tools.stack import Stack

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))
from chromium import launch_chromium

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
HOUSEHOLDS_TO_TRY = 12
"""The policy may stay silent, or an offer be about the whole order; then the next household is asked."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    """The shop's page. Any complaint of the browser, the content security policy's too, fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB", reduced_motion="reduce")
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(stack.url("gateway"))
    page.locator(".tile").first.wait_for()
    yield page
    assert page.evaluate("window.broken") is None
    context.close()
    assert complaints == []


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"shop-{name}.png")


def say(page: Page, text: str) -> None:
    answers = page.locator(".from-bot").count()
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".from-bot").nth(answers)).to_be_visible(timeout=60_000)
    expect(page.locator(".typing")).to_have_count(0, timeout=60_000)


def ask_until_offered(page: Page) -> None:
    """Households ask where their refund is until one is shown an offer on products."""
    page.get_by_role("button", name="Open the chat").click()
    for number in range(1, HOUSEHOLDS_TO_TRY + 1):
        household = page.get_by_label("Household").select_option(index=number)[0]
        expect(page.locator(".link-state.online")).to_contain_text(household, timeout=60_000)
        say(page, "where is my refund?")
        if page.locator(".offer .product").count():
            return
        say(page, "do you have an offer for me?")
        if page.locator(".offer .product").count():
            return
    raise AssertionError("no household was shown an offer on products")


def test_a_shopper_asks_for_a_refund_takes_the_offer_and_buys_with_its_code(page: Page) -> None:
    page.locator(".tile .add").first.click()
    expect(page.locator(".row.total")).to_be_visible()
    picture(page, "1-page")
    ask_until_offered(page)
    offer = page.locator(".offer").first
    expect(offer.locator(".product").first).to_contain_text("$")
    picture(page, "2-offer")
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
    expect(basket.locator(".row.saved")).to_be_visible(timeout=60_000)
    picture(page, "3-accepted")
    page.get_by_role("button", name="Helpful", exact=True).last.click()

    page.get_by_role("dialog").get_by_role("button", name="Close the chat").click()
    picture(page, "4-checkout")
    page.get_by_role("button", name="Buy now").click()
    expect(basket).to_contain_text(re.compile(r"You paid .* and saved "), timeout=60_000)
    picture(page, "5-bought")

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
