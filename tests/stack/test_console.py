"""The console in a real browser, against the whole running bot and a log that has been in use."""

from __future__ import annotations

import asyncio
import csv
import re
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from benchmarks.filled_log import fill
from gateway.log.database import open_database
from gateway.log.digests import catch_up
from tests.web.chromium import launch_chromium
from tools.once import ROOT
from tools.stack import Stack

Result = TypeVar("Result")
PASSWORD = "correct-horse-battery"
SCREENSHOTS = ROOT / "var" / "screenshots"
INJECTIONS = [
    "<script>window.broken=1</script>",
    "<img src=x onerror=window.broken=1>",
    "<svg onload=window.broken=1>",
    "<b onmouseover=window.broken=1>bold</b>",
    '"><script>window.broken=1</script>',
    "'><img src=x onerror=window.broken=1>",
    "javascript:window.broken=1",
    "<a href=javascript:window.broken=1>click</a>",
    "<iframe srcdoc='<script>parent.broken=1</script>'></iframe>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input name=q></form>",
    "<object data=javascript:window.broken=1></object>",
    "{{constructor.constructor('window.broken=1')()}}",
    "${window.broken=1}",
    "<details open ontoggle=window.broken=1>",
    "&lt;script&gt;window.broken=1&lt;/script&gt;",
    "<math><mtext></mtext><script>window.broken=1</script></math>",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """The coroutine's result. In a thread of its own, since Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def fill_log(stack: Stack) -> None:
    """Conversations of the last days, written beside the running gateway."""

    async def run() -> None:
        database = open_database(f"sqlite+aiosqlite:///{stack.files / 'gateway.db'}")
        until = datetime.now(UTC) - timedelta(minutes=1)
        await database.write(partial(fill, message_count=3000, seed=11, until=until))
        while await database.write(catch_up):
            pass
        await database.close()

    finish(run())


def chat(stack: Stack, sentences: list[str]) -> str:
    """A shopper says all of these to the real bot; the conversation's id."""

    async def run() -> str:
        async with aiohttp.ClientSession() as http:
            async with http.post(f"{stack.url('gateway')}/api/session", json={"household_id": "1228"}) as response:
                token = (await response.json())["token"]
            async with http.ws_connect(f"{stack.url('gateway')}/ws") as socket:
                await socket.send_json({"type": "hello", "token": token})
                welcome = await socket.receive_json(timeout=20)
                for number, text in enumerate(sentences):
                    await socket.send_json({"type": "message", "client_message_id": f"x-{number}", "text": text})
                    while (await socket.receive_json(timeout=60))["type"] != "turn_end":
                        pass
                conversation_id: str = welcome["conversation_id"]
                return conversation_id

    return finish(run())


def make_admin(stack: Stack, name: str) -> None:
    command = [sys.executable, "-m", "promo_engine.cli", "admin", "create", name, "--password-stdin"]
    subprocess.run(command, input=PASSWORD + "\n", env=stack.environment(), text=True, check=True, timeout=120)


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    """A console that nobody is signed in to. Any complaint of the browser, the policy's too, fails the test."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", accept_downloads=True)
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{stack.url('gateway')}/admin")
    yield page
    assert page.evaluate("window.broken") is None
    context.close()
    assert complaints == []


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"console-{name}.png")


def test_an_admin_finds_reads_tags_exports_and_takes_over(stack: Stack, page: Page, tmp_path: Path) -> None:
    fill_log(stack)
    conversation_id = chat(stack, [*INJECTIONS, "do you have any offers for me?"])
    make_admin(stack, "ada")

    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    picture(page, "1-sign-in")
    page.get_by_role("button", name="Sign in").click()

    # Finds the conversation by filter and search.
    rows = page.locator(".row")
    expect(rows.first).to_contain_text("Customer 1228")
    picture(page, "2-list")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Customer", exact=True).fill("1228")
    page.get_by_label("Search in messages").fill("constructor broken")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"customer=1228"))
    expect(page).to_have_url(re.compile(r"q=constructor"))

    # Opens it by keyboard; every injected string is text, and the offer has its decision beside it.
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(conversation_id))
    for injected in INJECTIONS:
        expect(page.locator(".bubble").filter(has_text=injected).first).to_be_visible()
    expect(page.locator(".ranked").first).to_be_visible()
    decision = page.get_by_label("Behind the offer")
    expect(decision.last).to_contain_text("Propensity")
    picture(page, "3-transcript")

    # Tags it and writes a note; both come from the server again.
    page.get_by_label("Add a tag").fill("<b>vip</b>".replace("/", ""))
    page.get_by_label("Add a tag").press("Enter")
    expect(page.locator(".tags")).to_contain_text("<b>vip<b>")
    page.get_by_label("Write a note for your colleagues").fill(INJECTIONS[0])
    page.get_by_label("Write a note for your colleagues").press("Enter")
    expect(page.locator(".note")).to_contain_text(INJECTIONS[0])

    # Exports what the filters leave.
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    download.value.save_as(tmp_path / "export.csv")
    with (tmp_path / "export.csv").open(newline="") as file:
        exported = list(csv.DictReader(file))
    assert [(row["conversation_id"], row["tag"]) for row in exported] == [(conversation_id, "<b>vip<b>")]

    # Takes it over, answers, hands back.
    page.get_by_role("button", name="Take over").click()
    page.get_by_label("Answer the shopper").fill("Hello, this is Ada.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn[data-from=agent]")).to_contain_text("Hello, this is Ada.")
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(page.get_by_role("button", name="Take over")).to_be_visible()

    # A new message shows up by itself.
    page.get_by_role("button", name="Clear all").click()
    chat(stack, ["is anybody there right now?"])
    expect(rows.first).to_contain_text("is anybody there right now?")

    page.get_by_role("link", name="Offers").click()
    expect(page.locator("table.offers tbody tr").first).to_contain_text("live")
    picture(page, "4-offers")
    page.get_by_role("button", name=re.compile("^Pause ")).first.click()
    resume = page.get_by_role("button", name=re.compile("^Go live "))
    expect(resume).to_have_count(1)
    resume.click()
    expect(resume).to_have_count(0)

    page.get_by_role("link", name="System").click()
    expect(page.locator(".card[data-state=ok]")).to_have_count(4)
    expect(page.get_by_text("Take over", exact=True)).to_be_visible()
    picture(page, "5-system")
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("link", name="Conversations").click()
    page.locator(".row").first.click()
    page.locator(".turn").first.wait_for()
    picture(page, "6-dark")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
