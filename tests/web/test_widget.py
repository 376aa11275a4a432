"""The chat in a real browser, against a server that speaks the contract."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.contract_server import CODE, MARKUP, ContractServer

CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "widget.json").read_text())
REFUSED_SOCKET = r"WebSocket connection to .* failed"


def open_chat(page: Page) -> None:
    page.get_by_role("button", name="Open the chat").click()
    expect(page.get_by_text("Connected")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def bubbles(page: Page, sender: str) -> Locator:
    return page.locator(f".from-{sender} .bubble")


def only_conversation(server: ContractServer) -> str:
    [conversation_id] = server.conversations
    return conversation_id


def test_a_sentence_is_sent_with_enter_and_answered(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "hello there")
    expect(bubbles(page, "shopper")).to_have_text(["hello there"])
    expect(bubbles(page, "bot").last).to_have_text("You said: hello there")
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.locator(".from-shopper time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_shift_and_enter_begin_a_new_line_and_white_space_alone_is_not_sent(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "   ")
    message = page.get_by_label("Your message")
    message.fill("first")
    message.press("Shift+Enter")
    message.press_sequentially("second")
    message.press("Enter")
    expect(bubbles(page, "shopper")).to_have_text(["first\nsecond"], use_inner_text=True)
    server.wait_until(lambda: server.turns == ["first\nsecond"])


def choose(page: Page, item: str) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name=item, exact=True).click()


def fill(server: ContractServer, number: int) -> None:
    """So many messages were said in the only conversation before."""
    conversation = server.conversations[only_conversation(server)]
    for index in range(number):
        server.log(conversation, "bot" if index % 2 else "shopper", f"line {index}")


def shown_code(page: Page) -> Locator:
    """The code as the chat shows it; the shop's basket holds it too."""
    return page.get_by_role("group", name="Your code").get_by_text(CODE)


def test_every_frame_has_the_keys_of_the_contract(open_page: Callable[..., Page], server: ContractServer) -> None:
    server.triggers = [{"trigger_id": "cart", "custom_event": "cart", "per_day": 1}]
    page = open_page()
    open_chat(page)
    fill(server, 80)
    server.history_limit = 40
    say(page, "Any offers?")
    page.get_by_role("button", name="Yes, please").click()
    expect(shown_code(page)).to_be_visible()
    server.wait_until(lambda: bool(server.received_of("ping")))
    page.evaluate("promobot.basket(4200); promobot.event('cart')")
    page.evaluate("context => promobot.context(context)", CONTRACT["client"]["context"])
    expect(page.locator(".offer")).to_have_count(2)
    page.get_by_role("button", name="Helpful", exact=True).last.click()
    page.reload()
    expect(page.locator(".offer")).to_have_count(2)
    expect(page.get_by_role("button", name="Helpful", exact=True).last).to_have_attribute("aria-pressed", "true")
    page.get_by_role("log").evaluate("log => { log.scrollTop = 0; }")
    expect(page.get_by_text("line 30", exact=True)).to_be_attached()
    choose(page, "Rate this chat")
    page.get_by_role("radio", name="4 stars").check()
    page.get_by_role("button", name="Send rating").click()
    page.get_by_role("status").get_by_role("button", name="Close the chat").click()
    with page.expect_download() as download:
        choose(page, "Download transcript")
    assert "shopper: Any offers?" in download.value.path().read_text()
    choose(page, "Delete my data")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("Everything has been deleted.")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert {frame["type"] for frame in server.received} == set(CONTRACT["client"])
    for frame in server.received:
        assert set(frame) == set(CONTRACT["client"][frame["type"]])
    for frame in server.sent:
        assert set(frame) == set(CONTRACT["server"][frame["type"]])
    say(page, "hello again")
    expect(bubbles(page, "bot").last).to_have_text("You said: hello again")


def test_nothing_is_stored_or_asked_before_the_first_interaction(page: Page, server: ContractServer) -> None:
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    assert page.context.cookies() == []
    assert (server.sessions, server.received) == ([], [])
    open_chat(page)
    assert page.evaluate("localStorage.length") == 1
    assert page.evaluate("sessionStorage.length") == 0


def test_a_reload_goes_on_with_the_same_conversation(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "remember me")
    expect(bubbles(page, "bot").last).to_have_text("You said: remember me")
    page.reload()
    expect(bubbles(page, "shopper")).to_have_text(["remember me"])
    expect(bubbles(page, "bot").last).to_have_text("You said: remember me")
    assert len(server.conversations) == 1
    assert server.sessions == [None]
    assert server.received_of("hello")[-1]["conversation_id"] == only_conversation(server)


def test_a_message_written_without_connection_is_delivered_once_after_it(
    page: Page, server: ContractServer, expected_complaints: list[str]
) -> None:
    expected_complaints.append(REFUSED_SOCKET)
    open_chat(page)
    say(page, "before")
    expect(bubbles(page, "bot").last).to_have_text("You said: before")
    server.accepting = False
    server.drop_connections()
    expect(page.get_by_text("No connection.")).to_be_visible()
    say(page, "meanwhile")
    expect(page.get_by_text("Waits for the connection")).to_be_visible()
    server.say(only_conversation(server), text="said to nobody")
    server.accepting = True
    expect(bubbles(page, "bot").last).to_have_text("You said: meanwhile")
    expect(bubbles(page, "shopper")).to_have_text(["before", "meanwhile"])
    expect(page.get_by_text("said to nobody")).to_have_count(1)
    assert server.turns == ["before", "meanwhile"]
    assert server.received_of("hello")[-1]["after_seq"] == 2
    assert [frame["text"] for frame in server.received_of("message")] == ["before", "meanwhile"]


def test_a_message_waiting_for_the_connection_survives_a_reload(
    page: Page, server: ContractServer, expected_complaints: list[str]
) -> None:
    expected_complaints.append(REFUSED_SOCKET)
    open_chat(page)
    server.accepting = False
    server.drop_connections()
    expect(page.get_by_text("No connection.")).to_be_visible()
    say(page, "do not lose me")
    page.reload()
    expect(bubbles(page, "shopper")).to_have_text(["do not lose me"])
    server.accepting = True
    expect(bubbles(page, "bot").last).to_have_text("You said: do not lose me")
    assert server.turns == ["do not lose me"]


def test_a_lost_acknowledgement_repeats_the_message_and_shows_it_once(page: Page, server: ContractServer) -> None:
    open_chat(page)
    server.lose_next_ack = True
    say(page, "once only")
    expect(bubbles(page, "bot").last).to_have_text("You said: once only")
    server.wait_until(lambda: len(server.received_of("message")) == 2)
    first, second = server.received_of("message")
    assert first["client_message_id"] == second["client_message_id"]
    assert server.turns == ["once only"]
    expect(page.get_by_text("Sending")).to_have_count(0)
    expect(bubbles(page, "shopper")).to_have_text(["once only"])


def test_frames_that_arrive_twice_change_nothing(page: Page, server: ContractServer) -> None:
    server.double_everything = True
    open_chat(page)
    say(page, "Any offers?")
    page.get_by_role("button", name="Yes, please").click()
    expect(shown_code(page)).to_have_count(1)
    expect(page.locator(".offer")).to_have_count(1)
    expect(bubbles(page, "shopper")).to_have_text(["Any offers?", "Yes, please"])


def test_a_second_tab_sees_what_the_first_one_says(page: Page, server: ContractServer) -> None:
    open_chat(page)
    with page.context.expect_page() as opening:
        page.evaluate("window.open('/')")  # a tab opened by this one inherits its session storage
    second = opening.value
    expect(second.get_by_text("Connected")).to_be_visible()
    say(page, "hello from the first tab")
    expect(bubbles(second, "shopper")).to_have_text(["hello from the first tab"])
    expect(bubbles(second, "bot").last).to_have_text("You said: hello from the first tab")
    assert len(server.conversations) == 1


def test_markup_of_anybody_is_shown_as_text(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, f"markup {MARKUP}")
    expect(page.locator(".offer h3")).to_have_text(MARKUP)
    expect(bubbles(page, "shopper")).to_have_text([f"markup {MARKUP}"])
    expect(page.get_by_role("button", name=MARKUP)).to_have_count(2)
    card_picture = ".picture > img"
    markup = f"promobot-chat img:not({card_picture}), promobot-chat script, promobot-chat b"
    expect(page.locator(markup)).to_have_count(0)
    expect(page).to_have_title("Larder & Lane, a demo shop")


def test_a_choice_is_made_once(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "let me choose")
    page.get_by_role("button", name="Return it").click()
    expect(page.get_by_role("button", name="Return it (chosen)")).to_be_disabled()
    expect(page.get_by_role("button", name="Keep it")).to_be_disabled()
    page.get_by_role("button", name="Keep it").click(force=True)
    expect(bubbles(page, "shopper")).to_have_text(["let me choose", "Return it"])
    server.wait_until(lambda: "/return_order" in server.turns)
    page.reload()
    expect(page.get_by_role("button", name="Return it")).to_be_disabled()
    expect(page.get_by_role("button", name="Keep it")).to_be_disabled()
    assert len(server.received_of("button")) == 1


def test_an_offer_can_be_questioned_and_then_accepted(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "Any offers?")
    card = page.get_by_role("group", name="An offer for you: 15 % off soft drinks")
    expect(card).to_contain_text("You buy soft drinks about every 9 days.")
    expect(card).to_contain_text("From 10.00 in your basket, once per customer.")
    expect(card).to_contain_text("Ends 31 December 2026")
    card.get_by_role("button", name="Why this offer?").click()
    expect(bubbles(page, "bot").last).to_have_text("Because you buy soft drinks about every 9 days.")
    expect(card.get_by_role("button", name="Why this offer?")).to_be_disabled()
    expect(card.get_by_role("button", name="No, thanks")).to_be_enabled()
    card.get_by_role("button", name="Yes, please").click()
    expect(card).to_contain_text("You took this offer")
    for name in ("Yes, please", "No, thanks", "Why this offer?"):
        expect(card.get_by_role("button", name=name)).to_be_disabled()
    assert server.turns == ["Any offers?", "/ask_why_offer", "/accept_offer"]


def test_a_declined_offer_says_so_and_shows_no_code(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "Any offers?")
    page.get_by_role("button", name="No, thanks").click()
    expect(page.locator(".offer")).to_contain_text("You said no to this offer")
    expect(page.get_by_role("group", name="Your code")).to_have_count(0)


def test_the_code_is_copied_with_one_click(open_page: Callable[..., Page], server: ContractServer) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    open_chat(page)
    say(page, "Any offers?")
    page.get_by_role("button", name="Yes, please").click()
    code = page.get_by_role("group", name="Your code")
    expect(code).to_contain_text("until 6 December 2026")
    code.get_by_role("button", name="Copy code").click()
    expect(code.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == CODE


def test_an_offer_is_reported_as_seen_only_once_it_is_in_view(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "hello")
    expect(bubbles(page, "bot").last).to_have_text("You said: hello")
    page.get_by_label("Your message").press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    conversation = server.conversations[only_conversation(server)]
    server.say(
        conversation.conversation_id, text="By the way", offer={"decision_id": "d-1", "title": "An offer", "terms": ""}
    )
    expect(page.get_by_role("button", name="Open the chat").get_by_text("1 new message")).to_be_attached()
    assert server.received_of("exposed") == []
    page.get_by_role("button", name="Open the chat").click()
    server.wait_until(lambda: bool(server.received_of("exposed")))
    page.get_by_role("dialog").get_by_role("button", name="Close the chat").click()
    page.get_by_role("button", name="Open the chat").click()
    say(page, "hello again")
    expect(bubbles(page, "bot").last).to_have_text("You said: hello again")
    assert [frame["message_id"] for frame in server.received_of("exposed")] == [conversation.messages[-3]["message_id"]]


def test_an_offer_below_the_visible_part_is_not_seen_yet(page: Page, server: ContractServer) -> None:
    open_chat(page)
    conversation_id = only_conversation(server)
    for number in range(30):
        server.say(conversation_id, text=f"line {number}")
    expect(page.get_by_text("line 29")).to_be_visible()
    log = page.get_by_role("log")
    log.evaluate("log => new Promise(done => { log.onscroll = () => done(); log.scrollTop = 0; })")
    server.say(conversation_id, text="By the way", offer={"decision_id": "d-1", "title": "An offer", "terms": ""})
    expect(page.locator(".offer")).to_be_attached()
    expect(page.locator(".offer")).not_to_be_in_viewport()
    assert server.received_of("exposed") == []
    log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    server.wait_until(lambda: len(server.received_of("exposed")) == 1)


def test_the_typing_sign_shows_while_the_bot_thinks(page: Page, server: ContractServer) -> None:
    server.may_answer.clear()
    open_chat(page)
    say(page, "hello")
    expect(page.get_by_text("The assistant is typing")).to_be_attached()
    server.may_answer.set()
    expect(bubbles(page, "bot").last).to_have_text("You said: hello")
    expect(page.get_by_text("The assistant is typing")).to_have_count(0)


def test_a_refused_message_is_explained_and_can_be_sent_again(page: Page, server: ContractServer) -> None:
    open_chat(page)
    server.next_error = "rate_limited"
    say(page, "too fast")
    expect(page.get_by_text("Please wait a few seconds")).to_be_visible()
    expect(page.get_by_text("Not sent")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(bubbles(page, "bot").last).to_have_text("You said: too fast")
    assert server.turns == ["too fast"]


def test_an_error_without_words_of_ours_uses_the_servers(page: Page, server: ContractServer) -> None:
    open_chat(page)
    server.next_error = "something_new"
    say(page, "hello")
    expect(page.get_by_text("The server's own words.")).to_be_visible()


def test_tokens_that_the_server_forgot_are_replaced(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "before the restart")
    expect(bubbles(page, "bot").last).to_have_text("You said: before the restart")
    server.tokens.clear()
    server.drop_connections()
    say(page, "after the restart")
    expect(bubbles(page, "bot").last).to_have_text("You said: after the restart")
    assert server.sessions == [None, None]


def test_another_customer_begins_a_new_conversation(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "I am nobody")
    expect(bubbles(page, "bot").last).to_have_text("You said: I am nobody")
    page.get_by_label("Customer").select_option("1228")
    expect(page.get_by_text("Connected · customer 1228")).to_be_visible()
    expect(bubbles(page, "shopper")).to_have_count(0)
    say(page, "I am somebody")
    expect(bubbles(page, "bot").last).to_have_text("You said: I am somebody")
    page.reload()
    expect(page.get_by_text("Connected · customer 1228")).to_be_visible()
    expect(bubbles(page, "shopper")).to_have_text(["I am somebody"])
    page.get_by_label("Customer").select_option("")
    expect(page.get_by_text("Connected · not signed in")).to_be_visible()
    expect(bubbles(page, "shopper")).to_have_count(0)
    assert server.sessions == [None, "1228", None]
    assert len(server.conversations) == 3


def test_everything_works_with_the_keyboard_alone(page: Page, server: ContractServer) -> None:
    launcher = page.get_by_role("button", name="Open the chat")
    expect(launcher).to_be_visible()
    page.keyboard.press("Shift+Tab")  # the chat comes last in the page
    expect(launcher).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_text("Connected")).to_be_visible()
    page.keyboard.type("Any offers?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Why this offer?")).to_be_visible()
    for name in ("Not helpful", "Helpful", "Why this offer?", "No, thanks", "Yes, please"):
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name=name, exact=True).last).to_be_focused()
    page.keyboard.press("Space")
    expect(shown_code(page)).to_be_visible()
    expect(page.get_by_role("button", name="Yes, please (chosen)")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


def test_the_log_and_the_fields_have_names_for_a_screen_reader(page: Page, server: ContractServer) -> None:
    open_chat(page)
    expect(page.get_by_role("log", name="Conversation")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("dialog", name="Larder & Lane")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()


def test_a_telephone_shows_the_panel_over_the_whole_screen(
    open_page: Callable[..., Page], server: ContractServer
) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    open_chat(page)
    assert page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}


def test_dark_mode_and_reduced_motion_are_followed(open_page: Callable[..., Page], server: ContractServer) -> None:
    page = open_page(color_scheme="dark", reduced_motion="reduce")
    open_chat(page)
    panel = page.get_by_role("dialog")
    expect(panel).to_have_css("background-color", "rgb(22, 28, 27)")
    expect(panel).to_have_css("animation-name", "none")


def test_the_page_sets_no_style_and_no_script_inline(page: Page, server: ContractServer) -> None:
    open_chat(page)
    say(page, "Any offers?")
    expect(page.locator(".offer")).to_be_visible()
    inline = "root.querySelectorAll('[style], style, script:not([src])').length"
    for root in ("document", "document.querySelector('promobot-chat').shadowRoot"):
        assert page.evaluate(f"(() => {{ const root = {root}; return {inline}; }})()") == 0


class SilentFiles(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing about it."""

    def log_message(self, format: str, *_values: object) -> None:
        pass


@contextmanager
def shop_of_another_origin(html: str, folder: Path) -> Iterator[str]:
    """Serves one page; yields its address."""
    (folder / "index.html").write_text(html)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SilentFiles, directory=str(folder))) as shop:
        threading.Thread(target=shop.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{shop.server_port}/"
        finally:
            shop.shutdown()


def test_what_the_page_says_as_soon_as_it_may_is_heard(
    browser: Browser, server: ContractServer, tmp_path: Path
) -> None:
    """However early the script runs: here before the page is read, and before there is anything to add a chat to."""
    page = browser.new_page()
    early = "promobot.context({currency: 'EUR'}); promobot.basket(4200); promobot.open();"
    html = (
        f"<!doctype html><head><script>document.addEventListener('promobot:ready', () => {{ {early} }})</script>"
        f'<script src="{server.url}/widget.js" data-shop="Corner Shop"></script></head><body><h1>Shop</h1></body>'
    )
    with shop_of_another_origin(html, tmp_path) as url:
        page.goto(url)
        server.wait_until(lambda: bool(server.received_of("context") and server.received_of("basket")))
        page.context.close()
    assert server.received_of("context") == [{"type": "context", "currency": "EUR"}]
    assert server.received_of("basket") == [{"type": "basket", "cents": 4200}]


def test_a_shop_of_another_origin_brings_its_own_token(
    browser: Browser, server: ContractServer, tmp_path: Path
) -> None:
    server.tokens["signed by the shop"] = "1228"
    page = browser.new_page()
    page.set_default_timeout(10_000)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    html = (
        f'<!doctype html><body><script src="{server.url}/widget.js" async></script>'
        '<promobot-chat token="signed by the shop" heading="Corner Shop"></promobot-chat>'
    )
    with shop_of_another_origin(html, tmp_path) as url:
        page.goto(url)
        open_chat(page)
        say(page, "hello there")
        expect(bubbles(page, "bot").last).to_have_text("You said: hello there")
        page.reload()
        expect(bubbles(page, "shopper")).to_have_text(["hello there"])
        page.context.close()
    assert server.conversations[only_conversation(server)].customer_id == "1228"
    assert server.sessions == []
    assert {address.split("/")[2] for address in requested} == {url.split("/")[2], server.url.removeprefix("http://")}
