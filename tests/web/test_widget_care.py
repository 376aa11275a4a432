"""What the chat does beside talking: cards, consent, long conversations, languages, access, first words."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.web.contract_server import CODE, DIST, UNLISTED, ContractServer, soft_drinks
from tests.web.test_widget import REFUSED_SOCKET, bubbles, choose, fill, only_conversation, open_chat, say

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
BUDGET_BYTES = 25_000


def axe_finds(page: Page) -> list[str]:
    """What axe has to say of the page and the chat in it, by rule."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def test_every_file_of_the_widget_together_is_below_its_budget() -> None:
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in DIST.glob("*.js")}
    assert set(sizes) == {"widget.js", "panel.js", "panel-words.en.js", "panel-words.zh.js"}
    language = max(size for name, size in sizes.items() if name.startswith("panel-words"))
    assert sizes["widget.js"] + sizes["panel.js"] + language <= BUDGET_BYTES


def test_the_panel_is_loaded_at_the_first_opening(page: Page) -> None:
    loaded = "performance.getEntriesByType('resource').map(one => one.name).filter(name => name.includes('/panel'))"
    assert page.evaluate(loaded) == []
    open_chat(page)
    assert len(page.evaluate(loaded)) == 2


def test_a_product_links_to_its_page_and_a_broken_picture_leaves_its_place_empty(
    page: Page, server: ContractServer
) -> None:
    open_chat(page)
    say(page, "Any offers?")
    lemonade = page.get_by_role("list", name="Products").get_by_role("listitem").nth(1)
    expect(lemonade.get_by_role("link", name="Lemonade, 2 l")).to_have_attribute("href", "/lemonade")
    lemonade.scroll_into_view_if_needed()
    expect(lemonade.locator(".picture")).to_be_visible()
    expect(lemonade.locator(".picture img")).to_be_hidden()
    expect(lemonade.get_by_role("button")).to_have_count(0)  # its page asks which variant it is to be


def test_the_page_s_context_is_sent_and_sent_again_on_a_new_connection(page: Page, server: ContractServer) -> None:
    context = {
        "currency": "GBP", "country": "GB", "channel": "web",
        "basket": [{"variant_id": "tent-green", "quantity": 1, "unit_price_cents": 38900}],
    }  # fmt: skip
    page.evaluate("context => promobot.context(context)", context)
    open_chat(page)
    say(page, "Any offers?")
    expect(page.get_by_role("list", name="Products")).to_be_visible()
    assert server.received_of("context") == [{"type": "context", **context}]
    page.evaluate("promobot.context({country: 'IE'})")
    say(page, "And now?")
    expect(page.locator(".from-shopper")).to_have_count(2)
    assert server.received_of("context")[1:] == [{"type": "context", "country": "IE"}]


def test_an_offer_shows_prices_before_and_after_and_what_it_adds_to_the_basket(
    page: Page, server: ContractServer
) -> None:
    open_chat(page)
    say(page, "Any offers?")
    products = page.get_by_role("list", name="Products").get_by_role("listitem")
    expect(products).to_have_count(2)
    expect(products.first).to_contain_text("Cola, 12 cans, 12 oz")
    expect(products.first).to_contain_text("3 pieces")
    expect(products.first.locator("ins")).to_have_text("US$12.21")
    expect(products.first.locator("del")).to_have_text("US$14.37")
    expect(products.first.locator(".saving")).to_have_text("\N{MINUS SIGN}15 %")
    products.first.get_by_role("button", name="Add to basket").click()
    expect(products.first.get_by_role("button", name="In your basket")).to_be_visible()
    expect(page.locator("#basket-content")).to_contain_text("Cola, 12 cans, 12 oz")
    page.get_by_role("button", name="Yes, please").click()
    expect(page.get_by_text("Added to your basket")).to_be_visible()
    expect(page.locator("#basket-content")).to_contain_text("You save")
    page.locator(".launcher").click()
    page.get_by_role("button", name="Buy now").click()
    expect(page.locator("#basket-content")).to_contain_text("Thank you for your order!")
    assert [order["codes"] for order in server.orders] == [[CODE]]


def test_what_goes_with_something_is_a_row_of_products_at_one_price(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "What goes with white bread?")
    products = page.get_by_role("list", name="Products").get_by_role("listitem")
    expect(products).to_have_count(4)
    expect(page.get_by_text("Often bought along with white bread:", exact=True)).to_be_visible()
    expect(products.first.locator(".price")).to_have_text("US$4.79")
    expect(products.first.locator("del, .saving")).to_have_count(0)
    products.nth(2).get_by_role("button", name="Add to basket").click()
    expect(page.locator("#basket-content")).to_contain_text("Fresh milk, 1 ga")
    log = page.locator(".log")
    assert log.evaluate("one => one.scrollWidth <= one.clientWidth"), "the chat does not scroll sideways"


def test_a_product_that_is_not_on_show_can_be_put_into_the_basket(
    page: Page, server: ContractServer, expected_complaints: list[str]
) -> None:
    open_chat(page)
    conversation = server.conversations[only_conversation(server)]
    offer = soft_drinks(conversation)
    (product, *_) = offer["offer"]["products"]
    for product_id, name in ((UNLISTED["product_id"], UNLISTED["name"]), ("gone", "Gone")):
        products = [{**product, "product_id": product_id, "name": name, "quantity": 1}]
        made = {**offer, "offer": {**offer["offer"], "decision_id": name, "products": products}}
        server.say(conversation.conversation_id, text="By the way", **made)
    cards = page.locator(".offer")
    cards.first.get_by_role("button", name="Add to basket").click()
    expect(page.locator("#basket-content")).to_contain_text("Spaghetti, 16 oz")
    expected_complaints.append("404")
    cards.last.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_text("could not be put into the basket")).to_be_visible()


def test_an_offer_that_ends_counts_down_by_the_servers_clock_and_can_then_not_be_taken(
    page: Page, server: ContractServer
) -> None:
    late = datetime(2026, 12, 1, 9, 50, tzinfo=UTC)
    server.clock = lambda: late + timedelta(minutes=10)  # the shopper's clock is ten minutes late
    page.clock.set_fixed_time(late)
    open_chat(page)
    conversation = server.conversations[only_conversation(server)]
    offer = soft_drinks(conversation)
    for minutes in (70, 5):
        ends_at = (late + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        made = {**offer, "offer": {**offer["offer"], "ends_at": ends_at, "decision_id": f"d-{minutes}"}}
        server.say(conversation.conversation_id, text="By the way", **made)
    cards = page.locator(".offer")
    expect(cards.first.get_by_role("timer")).to_have_text("Ends in 01:00:00")
    expect(cards.first.get_by_role("button", name="Yes, please")).to_be_enabled()
    expect(cards.last.get_by_role("timer")).to_have_text("This offer has ended")
    expect(cards.last.get_by_role("button", name="Yes, please")).to_be_disabled()
    say(page, "hello")
    expect(bubbles(page, "shopper").last).to_be_visible()
    shown = page.locator(".from-shopper time").last.get_attribute("datetime") or ""
    assert datetime.fromisoformat(shown) == late + timedelta(minutes=10)


def test_two_tabs_that_accept_at_once_accept_once(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "Any offers?")
    with page.context.expect_page() as opening:
        page.evaluate("window.open('/')")
    second = opening.value
    for tab in (page, second):
        expect(tab.get_by_role("button", name="Yes, please")).to_be_enabled()
    server.may_answer.clear()
    page.get_by_role("button", name="Yes, please").click()
    second.get_by_role("button", name="Yes, please").click()
    expect(second.get_by_text("This was chosen already")).to_be_visible()
    server.may_answer.set()
    for tab in (page, second):
        expect(tab.get_by_role("group", name="Your code")).to_have_count(1)
    expect(second.get_by_text("Not sent")).to_have_count(0)
    assert server.turns.count("/accept_offer") == 1


def test_tabs_opened_independently_share_the_conversation(page: Page, server: ContractServer) -> None:
    other = page.context.new_page()
    other.goto(server.url)
    # Once it is there: a tab that comes later finds the chat begun and opens it by itself.
    other.get_by_role("button", name="Open the chat").wait_for()
    open_chat(page)
    say(page, "hello there")
    expect(bubbles(page, "bot").last).to_have_text("You said: hello there")
    open_chat(other)
    expect(bubbles(other, "shopper")).to_have_text(["hello there"])
    assert len(server.conversations) == 1


def test_a_megabyte_is_not_cut_off_but_refused_with_its_length(page: Page, server: ContractServer) -> None:
    open_chat(page)
    pasted = "word " * 200_000
    page.get_by_label("Your message").evaluate(
        "(area, text) => { area.value = text; area.dispatchEvent(new Event('input', {bubbles: true})); }", pasted
    )
    expect(page.get_by_role("alert").filter(has_text="998,000 characters too many")).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    page.get_by_label("Your message").press("Enter")
    assert len(page.get_by_label("Your message").input_value()) == 1_000_000
    say(page, "short again")
    expect(bubbles(page, "bot").last).to_have_text("You said: short again")
    assert [frame["text"] for frame in server.received_of("message")] == ["short again"]


def test_of_ten_thousand_messages_only_some_are_drawn_and_all_can_be_reached(
    page: Page, server: ContractServer
) -> None:
    open_chat(page)
    fill(server, 10_000)
    page.reload()
    log = page.get_by_role("log")
    expect(log.get_by_text("line 9999", exact=True)).to_be_in_viewport()
    drawn = log.locator("[data-key]")
    assert drawn.count() < 150
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log.get_by_text("line 0", exact=True)).to_be_in_viewport()
    assert drawn.count() < 150
    log.evaluate("log => { log.scrollTop = log.scrollHeight / 2; }")
    expect(log.get_by_text(re.compile(r"^line [45]\d\d\d$")).first).to_be_attached()
    assert drawn.count() < 150
    say(page, "and one more")
    expect(bubbles(page, "bot").last).to_have_text("You said: and one more")
    expect(bubbles(page, "bot").last).to_be_in_viewport()


def test_older_messages_come_as_one_scrolls_up_and_the_view_stays(page: Page, server: ContractServer) -> None:
    open_chat(page)
    fill(server, 300)
    server.history_limit = 50
    page.reload()
    log = page.get_by_role("log")
    expect(log.get_by_text("line 299", exact=True)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log.get_by_text("line 249", exact=True)).to_be_attached()
    expect(log.get_by_text("line 250", exact=True)).to_be_in_viewport()
    log.evaluate("log => { window.up = setInterval(() => { log.scrollTop = 0; }, 20); }")
    expect(log.get_by_text("line 0", exact=True)).to_be_attached()
    assert len(server.received_of("history")) == 5


def test_who_scrolls_faster_than_the_server_allows_gets_the_messages_a_little_later(
    page: Page, server: ContractServer
) -> None:
    open_chat(page)
    fill(server, 120)
    server.history_limit = 50
    server.history_refusals = 2
    page.reload()
    log = page.get_by_role("log")
    expect(log.get_by_text("line 119", exact=True)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log.get_by_text("line 69", exact=True)).to_be_attached()
    assert [frame["before_seq"] for frame in server.received_of("history")] == [71, 71, 71]
    expect(page.locator(".notice")).to_have_count(0)


def test_earlier_messages_that_a_lost_connection_took_along_come_after_it_to_who_waits_for_them(
    page: Page, server: ContractServer
) -> None:
    open_chat(page)
    fill(server, 120)
    server.history_limit = 50
    server.break_at_history = True
    page.reload()
    log = page.get_by_role("log")
    expect(log.get_by_text("line 119", exact=True)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(log.get_by_text("line 69", exact=True)).to_be_attached()
    assert len(server.received_of("hello")) == 3


def test_what_one_agrees_to_stands_above_the_first_message_and_is_told_with_its_version(
    page: Page, server: ContractServer
) -> None:
    server.privacy_url = "https://shop.example/privacy"
    page.reload()
    open_chat(page)
    consent = page.get_by_text("By sending you agree")
    expect(consent).to_be_visible()
    expect(page.get_by_role("link", name="Privacy notice")).to_have_attribute("href", server.privacy_url)
    say(page, "hello")
    expect(consent).to_have_count(0)
    say(page, "again")
    expect(bubbles(page, "bot").last).to_have_text("You said: again")
    [consented] = server.received_of("consent")
    assert (consented["version"], consented["locale"]) == ("1", "en-GB")
    kinds = [frame["type"] for frame in server.received]
    assert kinds.index("consent") < kinds.index("message")
    server.consent_version = "2"
    page.reload()
    expect(consent).to_be_visible()
    say(page, "agreed")
    server.wait_until(lambda: [frame["version"] for frame in server.received_of("consent")] == ["1", "2"])


def test_a_stranger_who_signs_in_takes_the_conversation_along(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "I am nobody yet")
    expect(bubbles(page, "bot").last).to_have_text("You said: I am nobody yet")
    signed = "e30." + "eyJjdXN0b21lcl9pZCI6IjEyMjgifQ" + ".signature"  # {"customer_id":"1228"}
    server.tokens[signed] = "1228"
    page.evaluate("token => promobot.identify(token)", signed)
    expect(page.get_by_text("Connected · customer 1228")).to_be_visible()
    expect(bubbles(page, "shopper")).to_have_text(["I am nobody yet"])
    assert len(server.conversations) == 1
    page.evaluate("promobot.identify(null)")
    expect(page.get_by_text("Connected · not signed in")).to_be_visible()
    expect(bubbles(page, "shopper")).to_have_count(0)


def test_a_rules_moment_brings_a_first_word_beside_the_button(page: Page, server: ContractServer) -> None:
    server.triggers = [
        {"trigger_id": "full", "basket_from_cents": 400, "per_day": 1},
        {"trigger_id": "never", "url": "/elsewhere*", "per_day": 1},
    ]
    connections: list[WebSocket] = []
    page.on("websocket", lambda opened: connections.append(opened))  # noqa: PLW0108  a method cannot be marked as handled
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Add to basket: Cola").click()
    expect(page.locator(".count")).to_have_text("1")
    page.clock.run_for(5_000)  # the rules are looked at every second
    assert connections == [], "a stranger whom nobody would know again is left in peace"
    rules, server.triggers = server.triggers, []
    page.reload()
    open_chat(page)
    server.triggers = rules
    page.get_by_label("Your message").press("Escape")
    page.reload()
    teaser = page.locator(".teaser")
    expect(teaser).to_have_text("15 % off soft drinks")
    assert [frame["trigger_id"] for frame in server.received_of("moment")] == ["full"]
    assert server.received_of("exposed") == []
    teaser.click()
    expect(page.locator(".offer")).to_be_visible()
    server.wait_until(lambda: len(server.received_of("exposed")) == 1)


@pytest.mark.parametrize("event", ["promobot.event('wishlist')", "exit"])
def test_moments_that_the_page_tells_and_leaving(page: Page, server: ContractServer, event: str) -> None:
    server.triggers = [
        {"trigger_id": "wishlist", "custom_event": "wishlist", "per_day": 1},
        {"trigger_id": "exit", "exit_intent": True, "per_day": 1},
    ]
    open_chat(page)
    page.get_by_label("Your message").press("Escape")
    page.reload()
    expect(page.get_by_role("button", name="Open the chat")).to_be_visible()
    server.wait_until(lambda: len(server.received_of("hello")) == 2)
    leave = "document.dispatchEvent(new MouseEvent('mouseout', {clientY: -1, relatedTarget: null}))"
    shown = "document.querySelector('promobot-chat').shadowRoot.querySelector('.teaser') !== null"
    # Again and again: the first may come before the rules.
    page.wait_for_function(f"() => {{ {leave if event == 'exit' else event}; return {shown}; }}", polling=100)
    expect(page.locator(".teaser")).to_be_visible()
    assert [frame["trigger_id"] for frame in server.received_of("moment")] == [re.sub(r"\W|promobot|event", "", event)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Callable[..., Page], server: ContractServer, scheme: str) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.get_by_role("button", name="Add to basket: Cola").click()
    expect(page.get_by_text("Total", exact=True)).to_be_visible()
    assert axe_finds(page) == []
    open_chat(page)
    say(page, "let me choose")
    page.get_by_role("button", name="Return it").click()
    say(page, "Any offers?")
    page.get_by_role("button", name="Yes, please").last.click()
    expect(page.get_by_role("group", name="Your code")).to_be_visible()
    assert axe_finds(page) == []
    page.get_by_role("button", name="More", exact=True).click()
    assert axe_finds(page) == []
    page.get_by_role("button", name="Rate this chat").click()
    assert axe_finds(page) == []
    page.get_by_role("button", name="Cancel").click()
    choose(page, "Delete my data")
    assert axe_finds(page) == []


def test_menu_rating_and_closing_work_with_the_keyboard_alone(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "hello")
    expect(bubbles(page, "bot").last).to_have_text("You said: hello")
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rate this chat")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="1 star")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="5 stars")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("quick and kind")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you for your rating!")).to_be_visible()
    server.wait_until(lambda: len(server.received_of("rating")) > 0)  # the thanks do not wait for the network
    assert [(rating["stars"], rating["comment"]) for rating in server.received_of("rating")] == [(5, "quick and kind")]


@pytest.mark.parametrize("what", ["zoom", "phone", "rtl"])
def test_nothing_is_cut_off(open_page: Callable[..., Page], server: ContractServer, what: str) -> None:
    # 200 % on a window of 1280 by 800 leaves 640 by 400 for the page.
    sizes = {"zoom": {"width": 640, "height": 400}, "phone": {"width": 360, "height": 740}}
    page = open_page(viewport=sizes.get(what, {"width": 1280, "height": 800}), reduced_motion="reduce")
    if what == "rtl":
        page.evaluate("document.documentElement.dir = 'rtl'")
    open_chat(page)
    say(page, "Any offers?")
    page.get_by_role("button", name="Yes, please").click()
    expect(page.get_by_role("group", name="Your code")).to_be_visible()
    overflow = """() => { const root = document.querySelector('promobot-chat').shadowRoot;
        return [...root.querySelectorAll('.panel, .log, .offer, .code-card, .composer, .head')]
            .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.className); }"""
    assert page.evaluate(overflow) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_label("Your message")).to_be_in_viewport(ratio=1)
    panel = page.get_by_role("dialog").bounding_box()
    assert panel is not None
    if what == "rtl":
        assert panel["x"] < 100, "the chat lies where lines end"
    assert panel["y"] >= 0


def test_a_chinese_page_gets_a_chinese_chat(open_page: Callable[..., Page], server: ContractServer) -> None:
    page = open_page(locale="zh-CN")
    page.evaluate("document.documentElement.lang = 'zh'")
    page.evaluate("document.querySelector('promobot-chat').remove()")
    page.evaluate("document.body.append(document.createElement('promobot-chat'))")
    page.get_by_role("button", name="打开聊天").click()
    expect(page.get_by_text("已连接 · 未登录")).to_be_visible()
    page.get_by_label("您的消息").fill("Any offers?")
    page.get_by_label("您的消息").press("Enter")
    expect(page.get_by_role("group", name=re.compile("为您准备的优惠"))).to_contain_text("2026年12月31日结束")
    assert server.received_of("consent")[0]["locale"] == "zh-CN"


def test_every_language_has_every_word() -> None:
    sources = ROOT / "web" / "widget" / "src" / "words"
    keys = [set(re.findall(r"^  (\w+):", (sources / f"{name}.ts").read_text(), re.M)) for name in ("en", "zh")]
    assert keys[0] == keys[1] and len(keys[0]) > 50


def test_colours_and_font_are_the_shops(page: Page) -> None:
    page.evaluate("document.querySelector('promobot-chat').style.setProperty('--promobot-accent', 'rgb(120, 0, 90)')")
    expect(page.locator(".launcher")).to_have_css("background-color", "rgb(120, 0, 90)")


def test_no_style_leaks_either_way(page: Page) -> None:
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { color: rgb(1, 2, 3) !important; } button { border-radius: 0 !important; }'
            + 'p { display: none }');
        document.adoptedStyleSheets = [sheet]; }"""
    )
    open_chat(page)
    expect(page.get_by_text("Hello! I am the shop's assistant")).to_be_visible()
    expect(page.locator(".launcher")).to_have_css("border-radius", "50%")
    expect(page.locator(".send")).not_to_have_css("color", "rgb(1, 2, 3)")


def test_a_gateway_that_restarts_in_the_middle_of_a_message_loses_nothing(
    page: Page, server: ContractServer, expected_complaints: list[str]
) -> None:
    expected_complaints.append(REFUSED_SOCKET)
    open_chat(page)
    server.may_answer.clear()
    say(page, "in the middle")
    server.wait_until(lambda: server.turns == ["in the middle"])
    server.accepting = False
    server.drop_connections()
    server.may_answer.set()
    expect(page.get_by_text("No connection.")).to_be_visible()
    server.accepting = True
    expect(bubbles(page, "bot").last).to_have_text("You said: in the middle")
    expect(bubbles(page, "shopper")).to_have_count(1)
    assert server.turns == ["in the middle"]


def test_the_contract_names_every_rule_of_the_widget() -> None:
    contract = json.loads((ROOT / "tests" / "contract" / "widget.json").read_text())
    assert set(contract["http"]["widget"]["response"]) == {
        "consent_version", "privacy_url", "message_length_limit", "triggers"
    }  # fmt: skip
