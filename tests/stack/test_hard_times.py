"""A shopper's bad days in a real browser, against the whole bot: nothing is lost and nothing happens twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.stack.pages import make_admin, open_chat, picture, say, sign_in, watched_page
from tools.stack import Stack

REFUSED = r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED"
"""What a browser says of a server that is gone."""
HOUSEHOLDS_TO_TRY = 12
"""The policy may stay silent; then the next household asks."""
MANY = 10_000


@contextmanager
def stopped(stack: Stack, process: str) -> Iterator[None]:
    """The process is there and answers nothing."""
    pid = stack.process_ids()[process]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def kill_gateway(stack: Stack) -> None:
    """Without a word. The supervisor starts it again if it has run for a while; one that dies at once it gives up."""
    stack.wait_until_running("gateway", timeout_s=60)
    os.kill(stack.process_ids()["gateway"], signal.SIGKILL)


def send(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def bubbles(page: Page, sender: str) -> Locator:
    return page.locator(f".from-{sender} .bubble")


def ask_until_offered(page: Page) -> None:
    for number in range(1, HOUSEHOLDS_TO_TRY + 1):
        household = page.get_by_label("Customer").select_option(index=number)[0]
        expect(page.locator(".link-state.online")).to_contain_text(household, timeout=60_000)
        say(page, "do you have an offer for me?")
        if page.get_by_role("button", name="Yes, please").count():
            return
    raise AssertionError("no household was shown an offer")


def test_a_gateway_killed_in_the_middle_of_a_message_loses_nothing(stack: Stack, browser: Browser) -> None:
    with watched_page(browser, stack.url("gateway"), complaints_of=REFUSED) as page:
        open_chat(page)
        say(page, "hello")
        answers = bubbles(page, "bot").count()
        with stopped(stack, "rasa"):
            send(page, "how can I pay?")
            expect(page.locator(".typing")).to_be_visible()  # the gateway has it and waits for the bot
            kill_gateway(stack)
            expect(page.locator(".link-state.offline")).to_be_visible()
            send(page, "and when is it delivered?")
        expect(bubbles(page, "bot").nth(answers + 1)).to_be_visible(timeout=60_000)
        expect(page.locator(".link-state.online")).to_be_visible()
        expect(page.locator(".typing")).to_have_count(0, timeout=60_000)
        expect(bubbles(page, "shopper")).to_have_text(["hello", "how can I pay?", "and when is it delivered?"])
        expect(page.get_by_text("Waits for the connection")).to_have_count(0)
        page.reload()
        expect(bubbles(page, "shopper")).to_have_text(["hello", "how can I pay?", "and when is it delivered?"])
        expect(bubbles(page, "bot")).to_have_count(answers + 2)


def test_what_is_written_without_a_network_is_said_once_it_is_back(stack: Stack, browser: Browser) -> None:
    with watched_page(browser, stack.url("gateway"), complaints_of=REFUSED) as page:
        open_chat(page)
        say(page, "hello")
        answers = bubbles(page, "bot").count()
        page.context.set_offline(True)
        kill_gateway(stack)  # what a browser that is offline keeps open ends as well
        expect(page.locator(".link-state.offline")).to_be_visible()
        send(page, "how can I pay?")
        expect(page.get_by_text("Waits for the connection")).to_be_visible()
        page.context.set_offline(False)
        expect(bubbles(page, "bot").nth(answers)).to_be_visible(timeout=60_000)
        expect(bubbles(page, "shopper")).to_have_text(["hello", "how can I pay?"])
        expect(page.get_by_text("Waits for the connection")).to_have_count(0)


def test_two_tabs_that_accept_at_once_get_one_code(stack: Stack, browser: Browser) -> None:
    with watched_page(browser, stack.url("gateway")) as page:
        open_chat(page)
        ask_until_offered(page)
        with page.context.expect_page() as opening:
            page.evaluate("window.open(location.href)")  # as the same household
        second = opening.value
        yes = [tab.get_by_role("button", name="Yes, please").last for tab in (page, second)]
        for button in yes:
            expect(button).to_be_enabled()
        with stopped(stack, "gateway"):  # so that both are on their way before either is heard
            yes[0].click()
            yes[1].click()
        codes = [tab.get_by_role("group", name="Your code").locator("code") for tab in (page, second)]
        for code in codes:
            expect(code).to_have_count(1, timeout=60_000)
        assert codes[0].inner_text() == codes[1].inner_text()
        page.reload()
        expect(codes[0]).to_have_count(1)
        expect(page.locator(".from-shopper .bubble", has_text="Yes, please")).to_have_count(1)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_ten_minutes_off_changes_no_times(stack: Stack, browser: Browser, minutes: int) -> None:
    with watched_page(browser, "about:blank") as page:
        before = datetime.now(UTC).replace(microsecond=0)  # the log counts in seconds
        page.clock.install(time=before + timedelta(minutes=minutes))
        page.goto(stack.url("gateway"))
        open_chat(page)
        say(page, "hello")
        times = [item.get_attribute("datetime") or "" for item in page.locator("[data-key] time").all()]
        assert len(times) >= 2
        for time in times:
            assert before <= datetime.fromisoformat(time) <= datetime.now(UTC) + timedelta(seconds=1), time
        page.reload()  # the token is still good, whatever this clock says of its end
        expect(bubbles(page, "shopper")).to_have_text(["hello"])
        say(page, "how can I pay?")


def test_a_pasted_megabyte_is_refused_with_its_length_and_the_chat_goes_on(stack: Stack, browser: Browser) -> None:
    with watched_page(browser, stack.url("gateway")) as page:
        open_chat(page)
        page.get_by_label("Your message").evaluate(
            "area => { area.value = 'word '.repeat(200000); area.dispatchEvent(new Event('input', {bubbles: true})); }"
        )
        expect(page.get_by_role("alert").filter(has_text="998,000 characters too many")).to_be_visible()
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        say(page, "hello")
        expect(bubbles(page, "shopper")).to_have_text(["hello"])


def write_lines(stack: Stack, conversation_id: str, *, count: int) -> None:
    """So many more messages of both sides, as the gateway would have written them."""
    with sqlite3.connect(stack.files / "gateway.db", timeout=60) as log:
        (last,) = log.execute("SELECT max(seq) FROM messages WHERE conversation_id = ?", (conversation_id,)).fetchone()
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        log.executemany(
            "INSERT INTO messages (message_id, conversation_id, seq, sender, text, created_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    f"m-{conversation_id}-{number}",
                    conversation_id,
                    last + 1 + number,
                    "bot" if number % 2 else "shopper",
                    f"line {number}",
                    now,
                    None if number % 2 else "answered",
                )
                for number in range(count)
            ],
        )


def test_ten_thousand_messages_of_one_conversation_can_be_read_by_the_shopper_and_by_an_admin(
    stack: Stack, browser: Browser
) -> None:
    with watched_page(browser, stack.url("gateway")) as page:
        open_chat(page)
        say(page, "hello")
        known = page.evaluate("Object.entries(localStorage)")
        (conversation_id,) = [
            found["conversationId"] for _, text in known if isinstance(found := json.loads(text), dict)
        ]
        write_lines(stack, conversation_id, count=MANY)
        page.reload()
        log = page.get_by_role("log")
        expect(log.get_by_text(f"line {MANY - 1}", exact=True)).to_be_in_viewport()
        drawn = log.locator("[data-key]")
        assert drawn.count() < 150
        scroll = "log => { window.up = setInterval(() => { log.scrollTop = 0; }, 20); }"
        log.evaluate(scroll)
        expect(log.get_by_text("hello", exact=True)).to_be_attached(timeout=120_000)
        page.evaluate("clearInterval(up)")
        assert drawn.count() < 150
        say(page, "how can I pay?")
        expect(bubbles(page, "bot").last).not_to_contain_text("line ")
        expect(drawn.last).to_be_in_viewport()  # the answer, or an offer that follows it
        at_its_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
        page.wait_for_function(at_its_end, arg=log.element_handle())
    make_admin(stack, "eve")
    with watched_page(browser, f"{stack.url('gateway')}/admin") as page:
        sign_in(page, "eve")
        page.goto(f"{stack.url('gateway')}/admin/conversations/{conversation_id}")
        turns = page.locator(".turn")
        expect(turns.filter(has_text=f"line {MANY - 1}")).to_have_count(1)
        assert turns.count() < 500
        first = int(turns.first.get_attribute("data-seq") or "0")
        page.get_by_role("log", name="Messages").evaluate("box => { box.scrollTop = 0; }")
        expect(turns.first).not_to_have_attribute("data-seq", str(first))
        picture(page, "console-long-conversation")
