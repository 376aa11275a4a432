"""Pages in a real browser whose every complaint fails the test, and admins who sign in on them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tools.once import ROOT
from tools.stack import Stack

PASSWORD = "correct-horse-battery"
SCREENSHOTS = ROOT / "var" / "screenshots"
MONEY_OFF = re.compile(r"% off|[$€£][\d.]+ off|for the price of")
"""In the title of an offer that lowers a price. Points and gifts save no money in the basket."""
MANY_PIECES = 40
"""More than any offer of the demo asks for: twelve tins of cat food, or beef for $25."""
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def watched_page(browser: Browser, url: str, *, complaints_of: str = "(?!)", **settings: Any) -> Iterator[Page]:
    """A page of a new browser context. Errors, warnings and violations of the security policy fail at its end.

    They may be of the pages that it opens, too. `complaints_of` is a regular expression of those that are expected.
    """
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.text} {message.location.get('url', '')}")

    usual = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **settings})
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
    )
    context.set_default_timeout(60_000)
    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()
    page.goto(url)
    yield page
    assert page.evaluate("window.broken") is None
    context.close()
    unexpected = [text for text in complaints if not re.search(complaints_of, text)]
    assert not unexpected, unexpected


def make_admin(stack: Stack, name: str, *, role: str = "admin") -> None:
    """As the person does who sets the shop up: with the command."""
    command = [
        sys.executable,
        "-m",
        "promo_engine.cli.main",
        "admin",
        "create",
        name,
        "--role",
        role,
        "--password-stdin",
    ]
    subprocess.run(command, input=PASSWORD + "\n", env=stack.environment(), text=True, check=True, timeout=120)


def sign_in(page: Page, name: str) -> None:
    """On the console's first page."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Conversations")).to_be_visible()


def say(page: Page, text: str) -> None:
    """As the shopper, and wait for the whole answer."""
    answers = page.locator(".from-bot").count()
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".from-bot").nth(answers)).to_be_visible(timeout=60_000)
    expect(page.locator(".typing")).to_have_count(0, timeout=60_000)


def open_chat(page: Page) -> None:
    """And wait until it is connected."""
    page.get_by_role("button", name="Open the chat").click()
    expect(page.locator(".link-state.online")).to_be_visible(timeout=60_000)


def offer_on_products(page: Page) -> Locator:
    """The newest offer that lowers the price of products it shows; none of the policy's other draws."""
    return page.locator(".offer", has=page.locator(".product"), has_text=MONEY_OFF).last


def ask_until_products_are_offered(page: Page, households: Iterable[int], *, service: str) -> str:
    """Shoppers ask a service question, then for an offer, until one is made an offer on products; its household.

    What the policy draws is left open: it may make no offer, or one on the whole order, or points. `households` are
    places in the page's list; each of them has two draws.
    """
    for number in households:
        household = page.get_by_label("Customer", exact=True).select_option(index=number)[0]
        expect(page.locator(".link-state.online")).to_contain_text(household, timeout=60_000)
        for text in (service, "do you have an offer for me?"):
            say(page, text)
            if offer_on_products(page).count():
                return household
    raise AssertionError("no household was made an offer on products")


def buy_until_it_saves(page: Page) -> None:
    """Add pieces until the code in the basket saves money: an offer may ask for three pieces, or for $25."""
    basket = page.locator("#basket-content")
    saved = basket.locator(".row.saved")
    expect(basket.locator(".held .applied, .held .refused")).to_be_visible(timeout=60_000)  # a quote is there
    if saved.count() == 0:
        more = basket.get_by_role("button", name=re.compile("^One more: ")).last
        for _ in range(MANY_PIECES):
            more.click()
    expect(saved).to_be_visible(timeout=60_000)


def axe_finds(page: Page) -> list[str]:
    """What axe has to say of the page, by rule."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{item['id']}: {node['target']} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"]
    ]


def picture(page: Page, name: str) -> None:
    """What the page shows now, as var/screenshots/name.png."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
