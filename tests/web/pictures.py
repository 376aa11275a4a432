"""Takes the pictures of the page: python -m tests.web.pictures [--url http://127.0.0.1:8080].

Without --url the page talks to the contract server of the tests. Writes var/screenshots/*.png.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.web.chromium import launch_chromium
from tests.web.contract_server import DIST, ContractServer

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 360, "height": 740},
    "tall": {"width": 420, "height": 1080},  # a whole conversation
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the shop page and the chat.")
    parser.add_argument("--url", help="a running stack; by default the contract server of the tests")
    arguments = parser.parse_args()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with shop(arguments.url) as url, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for size in SIZES:
            for scheme in ("light", "dark"):
                photograph(browser, url=url, size=size, scheme=scheme)
        browser.close()


@contextmanager
def shop(url: str | None) -> Iterator[str]:
    """The address of the shop page; the contract server runs only while it is needed."""
    if url is not None:
        yield url
        return
    server = ContractServer(DIST)
    server.start()
    yield server.url
    server.stop()


def photograph(browser: Browser, *, url: str, size: str, scheme: str) -> None:
    """One shopper's way from the page to the code, in three pictures."""
    context = browser.new_context(
        viewport=SIZES[size],
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(20_000)

    def take(name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{size}-{scheme}-{name}.png")

    page.goto(url)
    page.get_by_role("button", name="Do you have any offers for me?").wait_for()
    household = page.locator("#customer option:not([value=''])").first.get_attribute("value")
    page.get_by_label("Customer", exact=True).select_option(household)
    take("1-page")
    page.get_by_role("button", name="Where is my order").click()
    expect(page.locator(".offer")).to_be_visible()
    take("2-offer")
    page.get_by_role("button", name="Yes, please").click()
    expect(page.get_by_role("group", name="Your code")).to_be_visible()
    take("3-accepted")
    context.close()


if __name__ == "__main__":
    main()
