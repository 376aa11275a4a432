"""The demo shop's page around the chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.contract_server import ContractServer


def test_the_page_says_that_it_is_a_demo_on_public_purchases(page: Page) -> None:
    expect(page.get_by_text("Demo shop", exact=True)).to_be_visible()
    expect(page.get_by_text("The delivery states are made up")).to_be_visible()
    expect(page.get_by_text("Complete Journey")).to_be_visible()


def test_a_customer_is_shown_with_its_habits_and_its_last_order(page: Page) -> None:
    page.get_by_label("Customer").select_option("1228 · 310 orders")
    profile = page.locator("#profile")
    expect(profile).to_contain_text("310 orders in a year")
    expect(profile.get_by_role("listitem")).to_have_text(["Soft drinks", "Fluid milk products", "Candy, packaged"])
    expect(profile).to_contain_text("31198655051")
    expect(page).to_have_url(re.compile(r"/\?customer=1228$"))


def test_the_comparison_group_is_named(page: Page) -> None:
    page.get_by_label("Customer").select_option("718")
    expect(page.locator("#profile")).to_contain_text("never sees offers")


def test_the_order_number_is_copied_with_one_click(open_page: Callable[..., Page]) -> None:
    page = open_page("/?customer=718", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy order number 31198570044").click()
    expect(page.locator("#profile .quiet")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "31198570044"


def test_a_sentence_to_try_opens_the_chat_and_is_said(page: Page, server: ContractServer) -> None:
    page.get_by_label("Customer").select_option("1228")
    page.get_by_role("button", name="Where is my order 31198655051?").click()
    expect(page.get_by_text("Order 31198655051 was delivered on 26 November.")).to_be_visible()
    assert server.turns == ["Where is my order 31198655051?"]


@pytest.fixture
def simulated(server: ContractServer) -> None:
    countries = [
        {"code": "DE", "currency": "EUR"},
        {"code": "FR", "currency": "EUR"},
        {"code": "GB", "currency": "GBP"},
    ]
    shop = {"name": "Trail & Tarn", "demo": "simulated", "currencies": ["EUR", "GBP"], "countries": countries}
    server.shop = shop


@pytest.mark.usefixtures("simulated")
def test_a_simulated_shop_says_so_and_has_its_own_name_and_questions(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    expect(page).to_have_title("Trail & Tarn, a simulated shop")
    expect(page.get_by_text("Simulated shop", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing here exists")).to_be_visible()
    expect(page.get_by_role("button", name="Is there an offer on tents?")).to_be_visible()
    expect(page.locator("promobot-chat")).to_have_attribute("heading", "Trail & Tarn")


@pytest.mark.usefixtures("simulated")
def test_prices_are_those_of_the_chosen_currency_and_what_has_none_leaves_the_basket(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/")
    cola, bread = (page.locator(".tile", has_text=text) for text in ("Cola", "bread"))
    expect(cola).to_contain_text("€4.79")
    cola.get_by_role("button").click()
    bread.get_by_role("button").click()
    basket = page.locator("#basket-content")
    expect(basket.locator(".line")).to_have_count(2)
    page.get_by_label("Prices in").select_option("GBP")
    expect(cola).to_contain_text("£4.39")
    expect(bread).to_have_count(0)
    expect(basket.locator(".line")).to_have_count(1)
    expect(basket.locator(".total")).to_contain_text("£9.29")
    page.reload()
    expect(page.get_by_label("Prices in")).to_have_value("GBP")
    expect(basket.locator(".total")).to_contain_text("£9.29")


def context_of(server: ContractServer) -> dict[str, Any]:
    """What the page said last of where the shopper shops."""
    contexts = server.received_of("context")
    return {} if not contexts else {name: contexts[-1].get(name) for name in ("currency", "country", "basket")}


@pytest.mark.usefixtures("simulated")
def test_the_chat_is_told_currency_country_and_basket_at_once_and_at_every_change(
    open_page: Callable[..., Page], server: ContractServer
) -> None:
    page = open_page("/?currency=GBP")
    page.get_by_role("button", name="Do you have any offers for me?").click()
    server.wait_until(lambda: context_of(server) == {"currency": "GBP", "country": "GB", "basket": []})
    page.locator(".tile", has_text="Cola").get_by_role("button").click()
    cola = {"variant_id": "1095275", "quantity": 1, "unit_price_cents": 439}
    server.wait_until(lambda: context_of(server) == {"currency": "GBP", "country": "GB", "basket": [cola]})
    server.wait_until(lambda: server.received_of("basket")[-1]["cents"] == 439)
    page.get_by_label("Prices in").select_option("EUR")
    cola = {**cola, "unit_price_cents": 479}
    server.wait_until(lambda: context_of(server) == {"currency": "EUR", "country": "DE", "basket": [cola]})
    page.get_by_label("Deliver to").select_option("France")
    server.wait_until(lambda: context_of(server) == {"currency": "EUR", "country": "FR", "basket": [cola]})
    page.get_by_label("Deliver to").select_option("United Kingdom")
    cola = {**cola, "unit_price_cents": 439}
    server.wait_until(lambda: context_of(server) == {"currency": "GBP", "country": "GB", "basket": [cola]})
    expect(page.get_by_label("Prices in")).to_have_value("GBP")
    server.received.clear()
    page.reload()
    server.wait_until(lambda: context_of(server) == {"currency": "GBP", "country": "GB", "basket": [cola]})


def test_delivery_that_the_shop_does_not_price_is_not_made_up(page: Page, server: ContractServer) -> None:
    server.delivery_known = False
    page.locator(".tile", has_text="Cola").get_by_role("button").click()
    basket = page.locator("#basket-content")
    expect(basket.locator(".row").first).to_have_text("Deliverynot known")
    expect(basket.locator(".total")).to_contain_text("Total without delivery")


@pytest.fixture
def without_customers(server: ContractServer, expected_complaints: list[str]) -> None:
    server.customers_fail = True
    expected_complaints.append("503")


@pytest.mark.usefixtures("without_customers")
def test_the_chat_works_without_the_list_of_customers(page: Page) -> None:
    expect(page.get_by_role("alert")).to_contain_text("The list of customers does not load")
    page.get_by_role("button", name="Do you have any offers for me?").click()
    expect(page.get_by_role("group", name="An offer for you: 15 % off soft drinks")).to_be_visible()
