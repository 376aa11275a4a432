"""The console shows what shoppers and colleagues wrote as text, is accessible, and fits small windows."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack.injections import INJECTIONS
from tests.stack.pages import axe_finds, make_admin, picture, sign_in, watched_page
from tools.stack import Stack
from tools.testbed.chat_client import Shopper

A_MESSAGE = 25
"""Injected strings in one message, each on a line of its own."""
CHUNKS = [INJECTIONS[start : start + A_MESSAGE] for start in range(0, len(INJECTIONS), A_MESSAGE)]
PAGES = ("conversations", "results", "offers", "triggers", "language", "studio", "system", "people", "password")
ELEMENTS = "document.querySelectorAll('#root :is(script, iframe, object, embed, video, audio, form[action], base)')"


@pytest.fixture(scope="module")
def conversation_id(stack: Stack) -> str:
    """A stranger has sent every injected string, and asked for an offer."""

    async def run() -> str:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http,
            await Shopper.enter(http, stack.url("gateway")) as shopper,
        ):
            for chunk in CHUNKS:
                await shopper.say("\n".join(("Look:", *chunk)))
            await shopper.say("do you have any offers for me?")
            return shopper.conversation_id

    with ThreadPoolExecutor(1) as thread:  # Playwright keeps a loop in this one
        return thread.submit(asyncio.run, run()).result()


@pytest.fixture(scope="module")
def admin(stack: Stack) -> str:
    make_admin(stack, "dee")
    return "dee"


def nothing_was_made_of_it(page: Page) -> None:
    assert page.evaluate(f"[...{ELEMENTS}].map(one => one.outerHTML)") == []
    assert page.evaluate("[...document.querySelectorAll('#root img')].every(one => one.alt === '')")
    assert page.evaluate("window.broken") is None
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


def shows_all(text: str) -> None:
    for injected in INJECTIONS:
        assert unicodedata.normalize("NFKC", injected) in text, injected


def test_150_injected_strings_are_text_wherever_the_console_shows_them(
    stack: Stack, browser: Browser, conversation_id: str, admin: str
) -> None:
    with watched_page(browser, f"{stack.url('gateway')}/admin") as page:
        sign_in(page, admin)
        # In the list, found by a search that is an injection itself, and in the transcript, with the words marked.
        page.get_by_label("Search in messages").fill(INJECTIONS[0])
        found = page.locator(".row").first
        expect(found.locator("mark").first).to_be_visible()  # the search's own rows, no longer those before it
        found.click()
        expect(page).to_have_url(re.compile(conversation_id))
        expect(page.locator(".turn mark").first).to_be_visible()
        shows_all("\n".join(page.locator(".turn[data-from=shopper] .bubble").all_text_contents()))
        nothing_was_made_of_it(page)

        # As notes, tags, the name of a view, and a correction with its intent.
        for chunk in CHUNKS:
            page.get_by_label("Write a note for your colleagues").fill(" ".join(chunk))
            page.get_by_label("Write a note for your colleagues").press("Enter")
            expect(page.locator(".note", has_text=chunk[-1].split("\n")[0]).first).to_be_visible()
        for injected in [item for item in INJECTIONS if len(item) <= 40 and not set(item) & set("/,\n\t")][:10]:
            page.get_by_label("Add a tag").fill(injected)
            page.get_by_label("Add a tag").press("Enter")
            expect(page.locator(".tags")).to_contain_text(injected)
        page.get_by_role("button", name="Save this view").click()
        page.get_by_label("Name of the view").fill(INJECTIONS[0])
        page.get_by_label("Name of the view").press("Enter")
        expect(page.locator(".views")).to_contain_text(INJECTIONS[0])
        nothing_was_made_of_it(page)

        # Among the texts to be taught, in the audit log, and as an offer of a colleague's.
        for name in ("language", "people"):
            page.goto(f"{stack.url('gateway')}/admin/{name}")
            expect(page.locator(".sheet")).to_be_visible()
            page.wait_for_load_state("networkidle")
            nothing_was_made_of_it(page)
        page.goto(f"{stack.url('gateway')}/admin/offers")
        page.get_by_role("button", name="Add an offer").first.click()
        form = page.get_by_role("form", name="A new offer")
        form.get_by_label("Title").fill(INJECTIONS[0])
        form.get_by_label("Terms").fill("\n".join(INJECTIONS)[:2000])
        expect(form.get_by_label("Preview")).to_contain_text(INJECTIONS[0])
        form.get_by_label("Identifier").fill("injected")
        form.get_by_role("button", name="Create draft").click()
        expect(page.locator("table.offers tr", has_text="injected")).to_contain_text(INJECTIONS[0])
        nothing_was_made_of_it(page)


@pytest.mark.usefixtures("conversation_id")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(stack: Stack, browser: Browser, admin: str, scheme: str) -> None:
    with watched_page(browser, f"{stack.url('gateway')}/admin", color_scheme=scheme) as page:
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert axe_finds(page) == []
        sign_in(page, admin)
        for name in PAGES:
            page.goto(f"{stack.url('gateway')}/admin/{name}")
            page.wait_for_load_state("networkidle")
            if name == "conversations":
                page.locator(".row").first.click()
                expect(page.locator(".turn").first).to_be_visible()
                page.get_by_role("button", name="More filters").click()
            assert axe_finds(page) == [], name
            picture(page, f"console-{scheme}-{name}")
            if name == "language":
                for tab in ("Confusions", "New phrases", "Training data"):
                    page.get_by_role("tab", name=tab).click()
                    page.wait_for_load_state("networkidle")
                    assert axe_finds(page) == [], tab


@pytest.mark.usefixtures("conversation_id")
@pytest.mark.parametrize(("width", "height"), [(360, 740), (720, 450)], ids=["phone", "200 % of 1440 by 900"])
def test_nothing_is_out_of_reach_in_a_small_window(
    stack: Stack, browser: Browser, admin: str, width: int, height: int
) -> None:
    with watched_page(browser, f"{stack.url('gateway')}/admin", viewport={"width": width, "height": height}) as page:
        sign_in(page, admin)
        for name in PAGES:
            page.goto(f"{stack.url('gateway')}/admin/{name}")
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            picture(page, f"console-{width}-{name}")
        # The list, one conversation of it with the decision, and back.
        page.get_by_role("link", name="Conversations").click()
        page.locator(".row").first.click()
        expect(page.locator(".turn").last).to_be_visible()
        expect(page.locator(".inbox-list")).to_be_hidden()
        page.get_by_role("button", name="Take over").scroll_into_view_if_needed()
        expect(page.get_by_role("button", name="Take over")).to_be_in_viewport(ratio=0.9)
        picture(page, f"console-{width}-transcript")
        page.get_by_role("link", name="All conversations").click()
        expect(page.locator(".row").first).to_be_visible()
