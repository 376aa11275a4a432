"""The console in a real browser, against the whole running bot and a log that has been in use."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from gateway.conversations.database import open_database
from gateway.conversations.index.index_updates import catch_up
from tests.stack.pages import PASSWORD, make_admin, picture, sign_in, watched_page
from tools.stack import Stack
from tools.testbed.chat_client import Shopper
from tools.testbed.filled_log import fill

Result = TypeVar("Result")
CUSTOMER = "1228"
"""Not in the holdout."""
TRIES = 10
"""The policy may choose silence; asked again, it draws again."""
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


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """The coroutine's result. In a thread of its own, since Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="module", autouse=True)
def filled_log(stack: Stack) -> None:
    """Conversations of the last days, written beside the running gateway."""

    async def run() -> None:
        database = open_database(f"sqlite+aiosqlite:///{stack.files / 'gateway.db'}")
        until = datetime.now(UTC) - timedelta(minutes=1)
        # 375 conversations in 29 days
        await database.write(partial(fill, message_count=3000, seed=11, until=until, apart=timedelta(minutes=111)))
        while await database.write(catch_up):
            pass
        await database.close()

    finish(run())


def chat(stack: Stack, sentences: list[str], *, until_offered: bool = False) -> str:
    """A shopper says all of these to the real bot, and asks for an offer until there is one; the conversation's id."""

    async def run() -> str:
        timeout = aiohttp.ClientTimeout(total=300)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            await Shopper.enter(http, stack.url("gateway"), CUSTOMER) as shopper,
        ):
            for text in sentences:
                await shopper.say(text)
            if until_offered:
                for _ in range(TRIES):
                    if (await shopper.say("do you have any offers for me?")).offer():
                        break
                else:
                    raise AssertionError(f"no offer in {TRIES} tries")
            return shopper.conversation_id

    return finish(run())


@pytest.fixture
def page(stack: Stack, browser: Browser) -> Iterator[Page]:
    """A console that nobody is signed in to. Any complaint of the browser, the policy's too, fails the test."""
    with watched_page(browser, f"{stack.url('gateway')}/admin", accept_downloads=True) as page:
        yield page


def test_an_admin_finds_reads_tags_exports_and_takes_over(stack: Stack, page: Page, tmp_path: Path) -> None:
    conversation_id = chat(stack, INJECTIONS, until_offered=True)
    make_admin(stack, "abe")

    page.get_by_label("Name").fill("abe")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    picture(page, "console-1-sign-in")
    page.get_by_role("button", name="Sign in").click()

    # Finds the conversation by filter and search.
    rows = page.locator(".row")
    expect(rows.first).to_contain_text("Customer 1228")
    picture(page, "console-2-list")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Customer", exact=True).fill("1228")
    page.get_by_label("Search in messages").fill("constructor broken")
    expect(page).to_have_url(re.compile(r"customer=1228"))
    expect(page).to_have_url(re.compile(r"q=constructor"))
    expect(rows.locator("mark").first).to_be_visible()  # the search's own rows, no longer those before it
    expect(rows).to_have_count(1)

    # Opens it by keyboard; every injected string is text, and the offer has its decision beside it.
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(conversation_id))
    page.get_by_role("log", name="Messages").evaluate("box => { box.scrollTop = 0; }")  # what lies before the hit comes
    expect(page.locator(".earlier")).to_have_count(0)
    for injected in INJECTIONS:
        expect(page.locator(".bubble").filter(has_text=injected).first).to_be_visible()
    expect(page.locator(".ranked").first).to_be_visible()
    decision = page.get_by_label("Behind the offer")
    expect(decision.last).to_contain_text("Propensity")
    picture(page, "console-3-transcript")

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
    page.get_by_label("Answer the shopper").fill("Hello, this is Abe.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn[data-from=agent]")).to_contain_text("Hello, this is Abe.")
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(page.get_by_role("button", name="Take over")).to_be_visible()

    # A new message shows up by itself.
    page.get_by_role("button", name="Clear all").click()
    chat(stack, ["is anybody there right now?"])
    expect(rows.first).to_contain_text("is anybody there right now?")

    page.get_by_role("link", name="Offers").click()
    expect(page.locator("table.offers tbody tr").first).to_contain_text("live")
    picture(page, "console-4-offers")
    page.get_by_role("button", name=re.compile("^Pause ")).first.click()
    resume = page.get_by_role("button", name=re.compile("^Go live "))
    expect(resume).to_have_count(1)
    resume.click()
    expect(resume).to_have_count(0)

    page.get_by_role("link", name="System").click()
    expect(page.locator(".card[data-state=ok]")).to_have_count(5)
    expect(page.locator("table.offers").first).to_contain_text("live")
    picture(page, "console-5-system")
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("Take over", exact=True)).to_be_visible()
    picture(page, "console-7-people")
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("link", name="Conversations").click()
    page.locator(".row").first.click()
    page.locator(".turn").first.wait_for()
    picture(page, "console-6-dark")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def download(page: Page, name: str, file: Path) -> str:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    started.value.save_as(file)
    return file.read_text()


def test_an_admin_corrects_an_intent_exports_it_and_takes_another_over(
    stack: Stack, page: Page, tmp_path: Path
) -> None:
    corrected_id = chat(stack, ["hello", "the zorgle flumph of my blender went [kaput](city)"])
    other_id = chat(stack, ["i want to talk to a person about the wombat"])
    make_admin(stack, "bea")
    sign_in(page, "bea")

    # Finds the conversation by search, and keeps the search as a view.
    page.get_by_label("Search in messages").fill("zorgle")
    rows = page.locator(".row")
    expect(rows.locator("mark")).to_have_text("zorgle")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_label("Name of the view").fill("Blenders")
    page.get_by_label("Name of the view").press("Enter")
    expect(page.get_by_role("button", name="Blenders")).to_have_attribute("aria-pressed", "true")

    # Opens it, says what the message means and which of its words are an entity.
    rows.first.click()
    expect(page).to_have_url(re.compile(corrected_id))
    page.get_by_role("button", name="Correct", exact=True).last.click()
    form = page.get_by_label("Correction", exact=True)
    form.get_by_label("Intent").fill("complain")
    words = form.get_by_label("Select the words of an entity here")
    words.evaluate("field => { const at = field.value.indexOf('blender'); field.setSelectionRange(at, at + 7); }")
    form.get_by_label("Name of the entity").fill("category")
    form.get_by_role("button", name="Mark").click()
    expect(form.get_by_text("blender → category")).to_be_visible()
    picture(page, "console-8-correction")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("means Complain, says bea")).to_be_visible()

    # The corrected conversation as a test story, and assigned to a colleague.
    story = yaml.safe_load(download(page, "Save as test story", tmp_path / "story.yml"))
    (given,) = story["stories"]
    meant = [step for step in given["steps"] if "user" in step][-1]
    assert (meant["intent"], meant["user"].strip()) == (
        "complain",
        "the zorgle flumph of my [blender](category) went (kaput)(city)",
    )
    page.get_by_label("Assigned to").last.select_option("bea")
    expect(rows.first).to_contain_text("for bea")

    # Takes a second conversation over and hands it back.
    page.get_by_label("Search in messages").fill("wombat")
    expect(rows.locator("mark")).to_have_text("wombat")
    rows.first.click()
    expect(page).to_have_url(re.compile(other_id))
    page.get_by_role("button", name="Take over").click()
    page.get_by_label("Answer the shopper").fill("Bea here: which wombat?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn[data-from=agent]")).to_contain_text("Bea here: which wombat?")
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(page.get_by_role("button", name="Take over")).to_be_visible()

    # The correction stands on the language page, and in the file for Rasa.
    page.get_by_role("link", name="Language").click()
    page.get_by_role("button", name="Group now").click()
    suggestion = page.locator("article.card").first
    expect(suggestion).to_be_visible(timeout=60_000)  # scikit-learn is imported first
    suggestion.get_by_role("button", name="Dismiss").click()
    page.get_by_label("State", exact=True).select_option("dismissed")
    expect(page.locator("article.card")).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Nothing was dismissed yet")).to_be_visible()
    page.get_by_role("tab", name="Inbox").click()
    expect(page.get_by_text("Set the intent").first).to_be_visible()
    picture(page, "console-9-inbox")
    page.get_by_role("tab", name="New phrases").click()
    expect(page.get_by_text("more like it").first).to_be_visible(timeout=60_000)  # scikit-learn is imported first
    page.get_by_role("tab", name="Training data").click()
    page.get_by_role("button", name=re.compile("^complain ")).click()
    expect(page.locator(".examples li").first).to_contain_text("zorgle")
    picture(page, "console-10-training-data")
    page.get_by_role("tab", name="Confusions").click()
    expect(page.locator(".matrix").first).to_contain_text("Complain")
    picture(page, "console-11-confusions")
    learnt = yaml.safe_load(download(page, "Export for Rasa", tmp_path / "nlu.yml"))
    lines = [(item["intent"], line) for item in learnt["nlu"] for line in item["examples"].splitlines()]
    assert [(intent, line) for intent, line in lines if "zorgle" in line] == [
        ("complain", "- the zorgle flumph of my [blender](category) went (kaput)(city)")
    ]


def test_somebody_changes_their_own_password(stack: Stack, page: Page) -> None:
    make_admin(stack, "fay", role="viewer")
    sign_in(page, "fay")
    page.get_by_role("link", name="Password").click()
    new = "another-battery-staple"
    for label in ("New password, 12 characters or more", "Repeat the new password"):
        page.get_by_label(label).fill(new)
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status").filter(has_text="Your password is changed.")).to_be_visible()
    page.get_by_role("link", name="Results").click()  # still signed in
    expect(page.locator(".funnel li")).to_have_count(5)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("fay")
    page.get_by_label("Password", exact=True).fill(new)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Conversations")).to_be_visible()


def test_a_marketer_reads_results_and_makes_an_offer(stack: Stack, page: Page) -> None:
    make_admin(stack, "cid")
    sign_in(page, "cid")
    page.get_by_role("link", name="Results").click()
    expect(page.locator(".funnel li")).to_have_count(5)
    expect(page.locator(".plot canvas").first).to_be_visible()
    picture(page, "console-12-results")
    page.locator(".page").evaluate("one => one.scrollTo(0, 900)")
    picture(page, "console-13-results-below")
    # A step of the funnel opens its conversations, as many as it counts.
    page.locator(".funnel a", has_text="Accepted").click()
    expect(page).to_have_url(re.compile("outcome=accepted"))
    expect(page.locator(".row").first).to_contain_text("Offer accepted")

    page.get_by_role("link", name="Offers").click()
    page.get_by_role("button", name="New promotion").click()
    form = page.get_by_label("A new promotion")
    form.get_by_label("Identifier of the promotion").fill("spring")
    form.get_by_label("Name of the promotion").fill("Spring")
    form.get_by_label("Budget of the promotion").fill("250")
    form.get_by_role("button", name="Create draft").click()
    card = page.locator(".card", has_text="spring ·")
    expect(card).to_contain_text("draft")
    card.get_by_role("button", name="Add an offer").click()
    form = page.get_by_label("A new offer")
    form.get_by_label("Identifier").fill("spring-cheese")
    form.get_by_label("Title").fill("A quarter off cheese")
    form.get_by_label("Terms").fill("Once per customer.")
    form.get_by_label("Percentage").fill("25")
    form.get_by_text("More terms").click()
    form.get_by_label("Brands").fill("Private; National")
    form.get_by_label("Priority").fill("5")
    form.get_by_label("Margin floor").fill("12.5")
    form.get_by_label("Condition").fill('{"not": {"first_order": true}}')
    expect(form.get_by_label("Preview")).to_contain_text("A quarter off cheese")
    page.locator(".page").evaluate("one => one.scrollTo(0, 0)")
    picture(page, "console-14-offer-editor")
    form.get_by_role("button", name="Create draft").click()
    row = page.locator("table.offers tr", has_text="spring-cheese")
    expect(row).to_contain_text("draft")
    row.get_by_role("button", name="Schedule A quarter off cheese").click()
    card.get_by_role("button", name="Schedule", exact=True).click()
    expect(row).to_contain_text("live")
    promotions = page.request.get(f"{stack.url('gateway')}/admin/api/offers?days=30").json()["promotions"]
    (stored,) = [offer for known in promotions for offer in known["offers"] if offer["offer_id"] == "spring-cheese"]
    assert (sorted(stored["brands"]), stored["priority"], stored["exclusive_group"]) == (
        ["National", "Private"],
        5,
        None,
    )
    assert (stored["margin_floor_basis_points"], stored["condition"]) == (1250, {"not": {"first_order": True}})

    # A rule of proactive messages reaches the shop's page.
    page.get_by_role("link", name="Proactive messages").click()
    page.get_by_role("button", name="New rule").click()
    form = page.get_by_label("A new rule")
    form.get_by_label("Identifier of the rule").fill("left-basket")
    form.get_by_label("Page", exact=True).fill("/basket*")
    form.get_by_label("Seconds without activity, with a basket").fill("90")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("table.offers tr", has_text="left-basket")).to_contain_text("without activity for 90 s")
    picture(page, "console-15-proactive")
    known = page.request.get(f"{stack.url('gateway')}/api/widget").json()["triggers"]
    assert {"trigger_id": "left-basket", "url": "/basket*", "basket_left_s": 90, "per_day": 1} in known
