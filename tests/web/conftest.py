"""A browser, the built pages, and a server that speaks the widget's contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.web.chromium import launch_chromium
from tests.web.contract_server import DIST, ContractServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Once a module and not once a run: Playwright's loop runs in this thread until it ends, and no other can."""
    with sync_playwright() as playwright:
        try:
            browser = launch_chromium(playwright)
        except FileNotFoundError as error:
            pytest.fail(str(error))
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[ContractServer]:
    if not (DIST / "widget.js").exists() or not (DIST / "index.html").exists():
        pytest.fail("web/dist is missing: run make setup")
    server = ContractServer(DIST)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def expected_complaints() -> list[str]:
    """Regular expressions of what the browser may complain about in this test, such as a connection it is refused."""
    return []


@pytest.fixture
def open_page(
    browser: Browser, server: ContractServer, expected_complaints: list[str]
) -> Iterator[Callable[..., Page]]:
    """Opens the shop page. Any complaint in the console and any request to another host fails the test at its end."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def open_page(path: str = "/", **settings: Any) -> Page:
        shown: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
        context = browser.new_context(**shown | settings)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: hosts.add(re.sub(r"^\w+://([^/]+).*", r"\1", request.url)))
        page.goto(server.url + path)
        page.get_by_role("button", name="Do you have any offers for me?").wait_for()
        return page

    hosts: set[str] = set()
    yield open_page
    for context in contexts:
        context.close()
    unexpected = [text for text in complaints if not any(re.search(known, text) for known in expected_complaints)]
    assert unexpected == []
    assert hosts <= {server.url.removeprefix("http://")}


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
