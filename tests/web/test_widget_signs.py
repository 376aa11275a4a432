"""What the chat lets a shopper hear and see of others: tones, the line for a person, what was said meanwhile."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.contract_server import ContractServer
from tests.web.test_widget import bubbles, choose, only_conversation, open_chat, say

COUNT_TONES = """() => { window.tones = 0; window.AudioContext = class extends AudioContext {
    createOscillator() { window.tones += 1; return super.createOscillator(); } }; }"""


def test_it_is_silent_until_the_shopper_turns_the_sound_on(page: Page, server: ContractServer) -> None:
    page.evaluate(COUNT_TONES)
    open_chat(page)
    say(page, "quietly")
    expect(bubbles(page, "bot").last).to_have_text("You said: quietly")
    assert page.evaluate("tones") == 0
    choose(page, "Turn sound on")
    say(page, "loudly")
    expect(bubbles(page, "bot").last).to_have_text("You said: loudly")
    page.wait_for_function("tones === 1")
    choose(page, "Turn sound off")
    say(page, "quietly again")
    expect(bubbles(page, "bot").last).to_have_text("You said: quietly again")
    assert page.evaluate("tones") == 1


def test_who_waits_for_a_person_sees_the_place_in_line_and_who_answers(page: Page, server: ContractServer) -> None:
    open_chat(page)
    conversation_id = only_conversation(server)
    choose(page, "Talk to a person")
    server.wait_until(lambda: server.turns == ["I would like to talk to a person"])
    line = page.locator(".handover")
    for state, position, words in (
        ("waiting", 2, "You are number 2 in line for a person."),
        ("waiting", 1, "You are next in line for a person."),
        ("joined", None, "A person of our team is answering now."),
    ):
        server.push(conversation_id, {"type": "handover", "state": state, "position": position})
        expect(line).to_have_text(words)
        expect(line).to_have_role("status")
    server.push(conversation_id, {"type": "handover", "state": "none", "position": None})
    expect(line).to_have_count(0)


def test_what_was_said_while_the_chat_was_closed_is_counted_on_its_button(page: Page, server: ContractServer) -> None:
    open_chat(page)
    page.get_by_label("Your message").press("Escape")
    launcher = page.get_by_role("button", name="Open the chat")
    for number in (1, 2):
        server.say(only_conversation(server), text=f"line {number}")
    expect(launcher.get_by_text("2 new messages")).to_be_attached()
    launcher.click()
    expect(bubbles(page, "bot").last).to_be_in_viewport()
    page.get_by_role("dialog").get_by_role("button", name="Close the chat").click()
    expect(launcher.get_by_text("new message")).to_have_count(0)
