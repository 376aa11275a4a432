"""What the chat shows of orders: a card for each parcel, and a form for who is not signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.stack.pages import picture
from tests.web.contract_server import MARKUP, ContractServer
from tests.web.test_widget import bubbles, open_chat, say
from tests.web.test_widget_care import axe_finds


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_parcel_is_a_card_with_a_link_to_its_carrier(
    open_page: Callable[..., Page], server: ContractServer, scheme: str
) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    open_chat(page)
    say(page, "Where is my parcel?")
    cards = page.get_by_role("group", name="Parcel of order #1001")
    expect(cards).to_have_count(2)
    expect(bubbles(page, "bot").last).to_have_text("Order #1001 is partly on its way.")  # the rest is on the card
    expect(cards.first.get_by_role("heading")).to_have_text("On its way")
    expect(cards.first).to_contain_text("UPS 1Z2345")
    link = cards.first.get_by_role("link", name="Track your parcel")
    expect(link).to_have_attribute("href", "https://ups.example/1Z2345")
    expect(link).to_have_attribute("rel", "noopener")
    # Of the second parcel the shop said little, and nothing is made up.
    expect(cards.last).to_contain_text(MARKUP)
    expect(cards.last.get_by_role("link")).to_have_count(0)
    expect(cards.last.get_by_role("heading")).to_have_count(0)
    log = page.locator(".log")
    assert log.evaluate("one => one.scrollWidth <= one.clientWidth"), "the chat does not scroll sideways"
    picture(page, f"widget-1-parcel-{scheme}")
    assert axe_finds(page) == []
    page.reload()
    page.locator(".log").wait_for()
    expect(page.get_by_role("group", name="Parcel of order #1001")).to_have_count(2)


def test_a_parcel_speaks_chinese(open_page: Callable[..., Page], server: ContractServer) -> None:
    page = open_page(locale="zh-CN")
    page.evaluate("document.documentElement.lang = 'zh'")
    page.evaluate("document.querySelector('promobot-chat').remove()")
    page.evaluate("document.body.append(document.createElement('promobot-chat'))")
    page.get_by_role("button", name="打开聊天").click()
    page.get_by_label("您的消息").fill("parcel")
    page.get_by_label("您的消息").press("Enter")
    card = page.get_by_role("group", name="订单 #1001 的包裹").first
    expect(card.get_by_role("heading")).to_have_text("运输中")
    expect(card.get_by_role("link", name="查询包裹")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_who_is_not_signed_in_finds_an_order_with_a_form(
    open_page: Callable[..., Page], server: ContractServer, scheme: str
) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    open_chat(page)
    say(page, "Where is my order?")
    form = page.get_by_role("form", name="Find your order")
    form.get_by_label("Order number").fill(" #1001 ")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_label("E-mail or postcode")).to_be_focused()  # nothing is sent without a proof
    picture(page, f"widget-2-form-{scheme}")
    assert axe_finds(page) == []
    form.get_by_label("E-mail or postcode").fill("anna@example.com")
    form.get_by_label("E-mail or postcode").press("Enter")
    expect(bubbles(page, "bot").last).to_have_text("Order #1001 is on its way.")
    assert server.turns == ["Where is my order?", "With e-mail anna@example.com, where is order #1001"]
    expect(form).to_have_count(0)


def test_a_form_asks_no_number_that_is_known_and_the_chat_answers_as_well(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "#1001")
    form = page.get_by_role("form", name="Find your order")
    expect(form.get_by_role("textbox")).to_have_count(1)
    page.reload()  # the form is part of the history
    form.get_by_label("E-mail or postcode").fill("SW1A 1AA")
    form.get_by_role("button", name="Send").click()
    expect(bubbles(page, "shopper").last).to_have_text("With postcode SW1A 1AA, where is order #1001")
    say(page, "#1001")
    expect(form).to_be_visible()
    say(page, "with e-mail anna@example.com")
    expect(bubbles(page, "bot").last).to_have_text("Order #1001 is on its way.")
    expect(form).to_have_count(0)
