"""Takes the README's pictures anew, on Trail & Tarn as `make demo` runs it: python -m tests.stack.readme_pictures.

One customer asks for offers in the chat and accepts one; an admin reads the decision behind it and the results. The
conversations that the results count are simulated. `make train` comes before; `make pictures` does both.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from gateway.conversations.database import open_database
from gateway.conversations.index.index_updates import catch_up
from tests.stack.databases import forget_decisions
from tests.stack.pages import (
    ask_until_products_are_offered,
    make_admin,
    offer_on_products,
    open_chat,
    sign_in,
    watched_page,
)
from tests.web.chromium import launch_chromium
from tools.demo_shops import TRAIL
from tools.once import ROOT
from tools.stack import Stack, StackError, running
from tools.testbed.filled_log import fill

PICTURES = ROOT / "docs" / "pictures"
CUSTOMERS = range(1, 13)
"""By their place in the page's list."""
CONVERSATIONS_APART = timedelta(minutes=111)
MESSAGES = 3_000
"""With these, 375 conversations in 29 days."""


def main() -> int:
    """Take all three; 1 with one line where the shop is not trained."""
    database = TRAIL.folder / "engine.db"
    if not database.exists():
        print(f"pictures: {database} is missing; run: make train", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="promobot-pictures-") as folder:
        files = Path(folder)
        forget_decisions(database, files / "engine.db")
        try:
            with running(Stack.on_free_ports(files, shop=TRAIL)) as stack, sync_playwright() as playwright:
                # In a thread of its own, since Playwright keeps a loop in this one.
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(asyncio.run, fill_log(stack)).result()
                browser = launch_chromium(playwright)
                customer = show_the_chat(stack, browser)
                show_the_console(stack, browser, customer=customer)
                browser.close()
        except StackError as error:
            print(f"pictures: {error}", file=sys.stderr)
            return 1
    return 0


async def fill_log(stack: Stack) -> None:
    """Simulated conversations of the last days, written beside the running gateway."""
    database = open_database(f"sqlite+aiosqlite:///{stack.files / 'gateway.db'}")
    until = datetime.now(UTC) - timedelta(minutes=1)
    await database.write(partial(fill, message_count=MESSAGES, seed=11, until=until, apart=CONVERSATIONS_APART))
    while await database.write(catch_up):
        pass
    await database.close()


def show_the_chat(stack: Stack, browser: Browser) -> str:
    """The page with an offer on products in the chat, which is then accepted; returns the customer."""
    with watched_page(browser, stack.url("gateway")) as page:
        page.locator(".tile .add").first.click()
        open_chat(page)
        customer = ask_until_products_are_offered(page, CUSTOMERS, service="how long does delivery take?")
        offer = offer_on_products(page)
        offer.evaluate("card => card.scrollIntoView({block: 'end'})")
        take(page, "chat")
        offer.get_by_role("button", name="Yes, please").click()
        expect(page.get_by_role("group", name="Your code")).to_be_visible(timeout=60_000)
    return customer


def show_the_console(stack: Stack, browser: Browser, *, customer: str) -> None:
    """The conversation with the decision behind its offer, then the results."""
    make_admin(stack, "ada")
    with watched_page(browser, f"{stack.url('gateway')}/admin") as page:
        sign_in(page, "ada")
        page.get_by_role("button", name="More filters").click()
        page.get_by_label("Customer", exact=True).fill(customer)
        page.get_by_label("Outcome").select_option("accepted")
        expect(page.locator(".row").first).to_contain_text(f"Customer {customer}", timeout=40_000)
        page.locator(".row").first.click()
        page.get_by_role("button", name="Fewer filters").click()
        behind = page.get_by_label("Behind the offer").last
        expect(behind).to_contain_text("learned in policy", timeout=60_000)
        behind.evaluate("block => block.scrollIntoView({block: 'start'})")
        take(page, "console")
        page.get_by_role("link", name="Results").click()
        expect(page.locator(".funnel li")).to_have_count(5)
        expect(page.locator(".plot canvas").first).to_be_visible()
        take(page, "results")


def take(page: Page, name: str) -> None:
    """What the page shows now, as the README's picture of that name."""
    page.mouse.move(0, 0)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    raise SystemExit(main())
