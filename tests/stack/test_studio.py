"""The studio in a real browser: every tab over documents of real commands, and a plan from a click to live offers.

The plan is made by the command that the page starts, from a point of the front that was clicked, and what it puts live
is asked of the engine itself.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.sync_api import Browser, Page, expect

from studio.commands.insight.response_command import read_response
from studio.jobs.sources import read_history
from tests.stack.pages import axe_finds, make_admin, picture, sign_in, watched_page
from tests.stack.studio_documents import make_documents
from tools.stack import Stack

TABS = {
    "customers": ("Segments", "Customer card"),
    "demand": ("Basket lines by week", "Weights of the models"),
    "response": ("All categories", "By category"),
    "proposals": ("Best strategies for revenue", "Comparison of the generators"),
    "front": ("Pareto front", "Searches"),
    "plans": ("A new plan",),
    "measurement": ("All campaigns",),
    "prices": ("Margin lost so far (simulated)", "What to order, in pieces", "Agents by hour of the week"),
    "data": ("Privacy",),
}
UNMADE = {"products": "products", "live": "replay"}
"""Tabs of which no document was made, by the command that makes it."""


@pytest.fixture(scope="module")
def documents(stack: Stack) -> Path:
    """The folder that the engine reads, filled. The plan's command wants the response of all sales."""
    folder = stack.files / "reports"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROMOBOT_ENGINE_DATABASE_URL", f"sqlite+aiosqlite:///{stack.files / 'engine.db'}")
        whole = read_history()
        read_response(whole)
        make_documents(folder, patch, whole=whole)
    return folder


def open_tab(page: Page, stack: Stack, tab: str) -> None:
    page.goto(f"{stack.url('gateway')}/admin/studio/{tab}")
    page.wait_for_load_state("networkidle")


def decide(stack: Stack, customer_id: str) -> dict[str, Any]:
    """The engine's record of a decision for a customer who asks the bot for offers."""

    async def ask() -> dict[str, Any]:
        body = {
            "conversation_id": f"studio-{customer_id}",
            "request_id": "1",
            "customer_id": customer_id,
            "conversation_context": {"trigger": "asked_for_offers"},
        }
        async with aiohttp.ClientSession(stack.url("engine")) as http:
            async with http.post("/v1/decisions", json=body) as response:
                assert response.status == 200, await response.text()
                decided = await response.json()
            async with http.get(f"/v1/decisions/{decided['decision_id']}") as response:
                found: dict[str, Any] = await response.json()
                return found

    with ThreadPoolExecutor(1) as thread:  # Playwright keeps a loop in this one
        return thread.submit(asyncio.run, ask()).result()


def decide_for_one_of(stack: Stack, customers: list[str]) -> dict[str, Any]:
    """For the first whom the engine itself does not hold out, which it does to one in twenty."""
    for customer_id in customers[:10]:
        record = decide(stack, customer_id)
        if not record["holdout"]:
            return record
    raise AssertionError("ten customers in the engine's holdout")


def body_of(stack: Stack, plan_id: str) -> dict[str, Any]:
    """The plan with its customers, whom the API only counts."""
    with closing(sqlite3.connect(stack.files / "engine.db")) as database:
        (body,) = database.execute("SELECT body FROM strategy_plans WHERE plan_id = ?", [plan_id]).fetchone()
    found: dict[str, Any] = json.loads(body)
    return found


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_shows_its_document_and_a_missing_one_says_what_makes_it(
    stack: Stack, browser: Browser, scheme: str
) -> None:
    make_admin(stack, f"mia-{scheme}", role="marketer")
    settings: dict[str, Any] = {"color_scheme": scheme}
    if scheme == "dark":
        settings["viewport"] = {"width": 360, "height": 740}
    with watched_page(browser, f"{stack.url('gateway')}/admin", **settings) as page:
        sign_in(page, f"mia-{scheme}")
        for tab, headings in TABS.items():
            open_tab(page, stack, tab)
            for heading in headings:
                expect(page.get_by_role("heading", name=heading).first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
            assert axe_finds(page) == [], tab
            picture(page, f"studio-{scheme}-{tab}")
        for tab, command in UNMADE.items():
            open_tab(page, stack, tab)
            expect(page.get_by_text("No results yet")).to_be_visible()
            expect(page.get_by_text(f"promobot strategy {command}")).to_be_visible()
            expect(page.get_by_role("button", name="Run now")).to_be_enabled()


def choose_a_point(page: Page) -> None:
    """With a click into the picture, and from there along the front with the keyboard."""
    chosen = page.get_by_role("region", name="The chosen portfolio")
    before = chosen.inner_text()
    picture_of_goals = page.get_by_role("img", name="Portfolios by revenue and satisfaction")
    box = picture_of_goals.bounding_box()
    assert box is not None
    picture_of_goals.click(position={"x": box["width"] * 0.7, "y": box["height"] * 0.15})
    expect(chosen).not_to_have_text(before)
    clicked = chosen.inner_text()
    slider = page.get_by_role("slider")
    slider.press("Home")
    expect(chosen).not_to_have_text(clicked)
    expect(chosen.get_by_label("Discounts by category").locator("li").first).to_be_visible()
    picture(page, "studio-point")


def test_a_plan_of_a_chosen_point_is_made_approved_offered_and_stopped(
    stack: Stack, browser: Browser, documents: Path
) -> None:
    make_admin(stack, "max", role="marketer")
    with watched_page(browser, f"{stack.url('gateway')}/admin") as page:
        sign_in(page, "max")
        page.get_by_role("link", name="Studio").click()
        page.get_by_role("link", name="Trade-offs", exact=True).click()
        choose_a_point(page)

        # The command runs beside the engine, and the page shows how far it is.
        page.get_by_role("button", name="Make a plan").click()
        expect(page.get_by_role("status", name="Plan runs")).to_be_visible()
        made = page.get_by_role("link", name=re.compile("Open plan-"))
        made.click(timeout=120_000)
        plan_id = page.url.rsplit("/", 1)[1]
        expect(page.get_by_role("heading", name=f"Plan {plan_id}")).to_be_visible()
        expect(page.get_by_text("Expected revenue (simulated)")).to_be_visible()
        expect(page.get_by_text("of the Pareto front", exact=False).first).to_be_visible()
        for heading in ("Offers", "Why", "Pacing", "Stop rule", "Holdout"):
            expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert axe_finds(page) == []
        body = body_of(stack, plan_id)
        offers = {offer["offer_id"] for offer in body["offers"]}
        reached = sorted({customer for customers in body["audiences"].values() for customer in customers})
        held_out = body["holdout"]["customer_ids"]
        assert not set(reached) & set(held_out)

        # Nothing happens without a second word; then all of it is live.
        page.get_by_role("button", name="Approve").click()
        page.get_by_role("button", name="No", exact=True).click()
        expect(page.get_by_text("not live").first).to_be_visible()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("alertdialog")).to_contain_text("go live at once")
        picture(page, "studio-approval")
        page.get_by_role("button", name="Yes, go live").click()
        expect(page.get_by_label("Offers of the plan").get_by_text("live", exact=True)).to_have_count(len(offers))
        page.get_by_role("button", name="Check stop rules").click()
        expect(page.get_by_text("No stop rule applies to any offer.")).to_be_visible()
        picture(page, "studio-plan")
        page.get_by_role("link", name="Offers", exact=True).first.click()
        for offer_id in offers:
            expect(page.locator("table.offers tr", has_text=offer_id)).to_contain_text("live")

        # The bot's next decision considers them for the audience, and not for those held out.
        considered = decide_for_one_of(stack, reached)
        assert offers & considered["propensities"].keys(), considered
        others = decide_for_one_of(stack, held_out)
        assert not offers & others["propensities"].keys()
        assert offers <= others["ineligible_offers"].keys()

        page.goto(f"{stack.url('gateway')}/admin/studio/plans/{plan_id}")
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("button", name="Yes, end the offers").click()
        expect(page.get_by_label("Offers of the plan").get_by_text("ended", exact=True)).to_have_count(len(offers))
        page.get_by_role("link", name="All plans").click()
        expect(page.locator("tr", has_text=plan_id)).to_contain_text("stopped")


@pytest.mark.usefixtures("documents")
def test_a_viewer_reads_and_starts_nothing(stack: Stack, browser: Browser) -> None:
    make_admin(stack, "vic", role="viewer")
    with watched_page(browser, f"{stack.url('gateway')}/admin") as page:
        sign_in(page, "vic")
        open_tab(page, stack, "customers")
        expect(page.get_by_role("heading", name="Segments", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Run again")).to_have_count(0)
        page.get_by_label("Customer id").fill("1")
        page.get_by_role("button", name="Show the card").click()
        expect(page.get_by_role("region", name="Customer 1")).to_contain_text("Churn risk")
        expect(page.get_by_label("Why this segment").locator("li").first).to_be_visible()
        picture(page, "studio-card")
        open_tab(page, stack, "front")
        expect(page.get_by_text("Plans are made by marketers and admins.")).to_be_visible()
        # What the page does not show, the server refuses: also whoever asks it directly.
        me = page.request.get(f"{stack.url('gateway')}/admin/api/me").json()
        for path, body in (("job", {"command": "price"}), ("plans/any/approval", {}), ("plans/any/stop", {})):
            answer = page.request.post(
                f"{stack.url('gateway')}/admin/api/strategy/{path}",
                data=body,
                headers={"X-CSRF-Token": me["csrf_token"]},
            )
            assert answer.status == 403, (path, answer.text())
