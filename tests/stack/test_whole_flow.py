"""One evening of a shop, played in a real browser against the whole bot: the shopper's side, then the admin's."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Locator, Page, expect

from tests.stack.pages import (
    ask_until_products_are_offered,
    buy_until_it_saves,
    make_admin,
    offer_on_products,
    open_chat,
    picture,
    say,
    sign_in,
    watched_page,
)
from tools.stack import Stack

HOUSEHOLDS = range(13, 21)
"""By their place in the page's list; nobody else shops as these, so that what they say is found by the customer."""
REFUND = "where is my refund?"


def buy_with_the_offer(page: Page) -> str:
    """Accept it, let it into the basket, buy; returns the code."""
    offer = offer_on_products(page)
    picture(page, "flow-1-offer")
    offer.get_by_role("button", name="Add to basket").first.click()
    offer.get_by_role("button", name="Yes, please").click()
    code = page.get_by_role("group", name="Your code").locator("code")
    expect(code).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Added to your basket")).to_be_visible()
    used = code.inner_text()
    basket = page.locator("#basket-content")
    expect(basket.locator(".held code")).to_have_text(used)
    buy_until_it_saves(page)
    picture(page, "flow-2-checkout")
    page.get_by_role("dialog").get_by_role("button", name="Close the chat").click()
    page.get_by_role("button", name="Buy now").click()
    expect(basket).to_contain_text(re.compile(r"You paid .* and saved "), timeout=60_000)
    return used


def find(page: Page, *, outcome: str, customer: str) -> Locator:
    """By the filters of the list. The engine tells the gateway of a redemption within ten seconds."""
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Customer", exact=True).fill(customer)
    expect(page.get_by_label("Outcome").locator(f"option[value={outcome}]")).to_be_attached(timeout=40_000)
    page.get_by_label("Outcome").select_option(outcome)
    rows = page.locator(".row")
    expect(rows.first).to_contain_text(f"Customer {customer}", timeout=40_000)
    return rows


def read_the_decision(page: Page, code: str) -> None:
    behind = page.get_by_label("Behind the offer").last
    expect(behind).to_contain_text("Propensity")
    expect(behind).to_contain_text("accepted")
    behind.get_by_role("button", name="Why this choice").click()
    expect(behind.get_by_label("Reasons").locator("li").first).to_be_visible()
    expect(behind.locator(".why")).to_contain_text("was drawn with a probability of")
    expect(page.locator(".turns")).to_contain_text(code)
    behind.evaluate("one => one.scrollIntoView({block: 'start'})")


def correct_the_refund(page: Page, tmp_path: Path) -> None:
    """Says what the message means, and finds it in the file for Rasa."""
    turn = page.locator(".turn[data-from=shopper]", has_text=REFUND).first
    turn.get_by_role("button", name="Correct", exact=True).click()
    form = page.get_by_label("Correction", exact=True)
    form.get_by_label("Intent").fill("ask_refund_status")
    form.get_by_role("button", name="Save").click()
    expect(turn.get_by_text("means Ask refund status, says ada")).to_be_visible()
    page.get_by_role("link", name="Language").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Export for Rasa").click()
    started.value.save_as(tmp_path / "nlu.yml")
    learnt = yaml.safe_load((tmp_path / "nlu.yml").read_text())["nlu"]
    taught = [item["intent"] for item in learnt if f"- {REFUND}" in item["examples"].splitlines()]
    assert taught == ["ask_refund_status"]


def take_over(page: Page, shopper: Page) -> None:
    """A second shopper waits for a person, gets one, and is handed back."""
    open_chat(shopper)
    say(shopper, "i want to talk to a person")
    expect(shopper.locator(".handover")).to_be_visible()
    page.get_by_role("link", name="Conversations").click()
    page.get_by_role("button", name="Person wanted", exact=True).click()
    page.locator(".row", has_text="i want to talk to a person").first.click()
    page.get_by_role("button", name="Take over").click()
    page.get_by_label("Answer the shopper").fill("Ada here. What can I do for you?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(shopper.locator(".from-agent .bubble")).to_have_text("Ada here. What can I do for you?")
    shopper.get_by_label("Your message").fill("My blender hums.")
    shopper.get_by_label("Your message").press("Enter")
    expect(page.locator(".turn[data-from=shopper]").last).to_contain_text("My blender hums.")
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(shopper.locator(".handover")).to_have_count(0)
    say(shopper, "how can I pay?")


def test_a_shopper_buys_with_an_offer_and_an_admin_reads_why_teaches_the_bot_and_helps_the_next(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    with watched_page(browser, stack.url("gateway")) as shopper:
        shopper.locator(".tile .add").first.click()
        open_chat(shopper)
        customer = ask_until_products_are_offered(shopper, HOUSEHOLDS, service=REFUND)
        code = buy_with_the_offer(shopper)
    make_admin(stack, "ada")
    with watched_page(browser, f"{stack.url('gateway')}/admin", accept_downloads=True) as page:
        sign_in(page, "ada")
        find(page, outcome="redeemed", customer=customer)
        page.locator("h1").click()
        page.keyboard.press("j")
        page.get_by_role("button", name="Fewer filters").click()
        read_the_decision(page, code)
        picture(page, "flow-3-decision")
        correct_the_refund(page, tmp_path)
        with watched_page(browser, stack.url("gateway")) as second:
            take_over(page, second)
        picture(page, "flow-4-taken-over")
        page.get_by_role("link", name="Results").click()
        page.locator(".funnel a", has_text="Redeemed").click()
        expect(page).to_have_url(re.compile("outcome=redeemed"))
        expect(page.locator(".row").first).to_contain_text(f"Customer {customer}")
