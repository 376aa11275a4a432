"""Buttons, offers, exposure and outcomes through the WebSocket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.keys import EXPOSURES
from tests.integration.gateway.admin_client import Person
from tests.integration.gateway.played_servers import BotServer, EngineServer, contract, plain_reply
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import messages_of

OFFER_REPLY = contract("bot")["turn"]["response"]
DECISION_ID = OFFER_REPLY["messages"][1]["custom"]["decision_id"]


@pytest.fixture
def offering_bot(bot: BotServer) -> Any:
    """Proposes when asked about an order, and answers the buttons."""

    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        if turn["text"] == "/accept_offer":
            outcome = {
                "kind": "outcome",
                "decision_id": DECISION_ID,
                "outcome": "accepted",
                "code": "K7QF-2M9T-XW4H-3BNC-D",
                "code_expires_at": "2026-12-06T10:00:09Z",
            }
            return 200, plain_reply(messages=[{"text": "Here is your code.", "buttons": [], "custom": outcome}])
        if turn["text"].startswith("/"):
            return 200, plain_reply(f"pressed {turn['text']}", slots={"open_decision_id": DECISION_ID})
        return 200, OFFER_REPLY

    bot.answer = answer
    return bot


async def test_an_offer_is_shown_exposed_and_accepted(
    gateway: Gateway, engine: EngineServer, offering_bot: BotServer
) -> None:
    widget, welcome = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    offer = shown[1]["offer"]
    assert (offer["decision_id"], offer["offer_id"], offer["explanation"]) == (
        DECISION_ID,
        "soft-drinks-15",
        "You buy soft drinks about every 9 days.",
    )
    assert "accept_offer" not in json.dumps(shown), "payloads stay on the server"

    await widget.send(type="exposed", message_id=shown[1]["message_id"])
    await widget.send(type="exposed", message_id=shown[1]["message_id"])
    await engine.exposed.wait()
    assert engine.exposures == [(DECISION_ID, {"conversation_id": welcome["conversation_id"]})]

    await widget.press(shown[1]["buttons"][0]["button_token"], "press-1")
    frames = await widget.until("turn_end")
    assert frames[0]["type"] == "ack"
    outcome = messages_of(frames)[0]["outcome"]
    assert (outcome["outcome"], outcome["code"]) == ("accepted", "K7QF-2M9T-XW4H-3BNC-D")

    record = await gateway.conversation(welcome["conversation_id"])
    service, bot_text, proposal, press, code = record["messages"]
    assert (service["decision_id"], service["actions"]) == (DECISION_ID, OFFER_REPLY["actions"])
    assert service["parse"] == OFFER_REPLY["parse"]
    assert bot_text["decision_id"] is None
    assert proposal["offer"]["offer_id"] == "soft-drinks-15"
    assert proposal["exposed_at"] is not None
    assert (press["from"], press["text"]) == ("shopper", "Yes, please")
    assert code["outcome"]["decision_id"] == DECISION_ID
    assert "button_token" not in json.dumps(record)
    assert "accept_offer" not in json.dumps(record["messages"][2])
    assert len(engine.exposures) == 1


async def test_an_exposure_waits_for_an_engine_that_is_down(
    gateway: Gateway, engine: EngineServer, offering_bot: BotServer
) -> None:
    engine.failures_left = 2
    widget, _ = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    await widget.send(type="exposed", message_id=shown[1]["message_id"])
    await engine.exposed.wait()
    assert engine.exposures[0][0] == DECISION_ID


async def test_an_exposure_survives_a_restart(gateway: Gateway, engine: EngineServer, offering_bot: BotServer) -> None:
    engine.failures_left = 10_000
    widget, _ = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    await widget.send(type="exposed", message_id=shown[1]["message_id"])
    await widget.send(type="ping")
    await widget.until("pong")
    await gateway.stop()
    engine.failures_left = 0
    await gateway.start()
    await gateway.app[EXPOSURES].wait_until_reported()
    assert [decision_id for decision_id, _ in engine.exposures] == [DECISION_ID]
    await gateway.stop()
    await gateway.start()
    await gateway.app[EXPOSURES].wait_until_reported()
    assert len(engine.exposures) == 1, "a reported exposure is not reported again"


async def test_a_button_works_once(gateway: Gateway, offering_bot: BotServer) -> None:
    widget, welcome = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    token = shown[1]["buttons"][2]["button_token"]
    await widget.press(token, "press-1")
    assert (await widget.until("turn_end"))[0]["type"] == "ack"
    await widget.press(token, "press-2")
    refused = await widget.receive()
    assert (refused["code"], refused["field"], refused["client_message_id"]) == (
        "button_used",
        "button_token",
        "press-2",
    )
    await widget.press(token, "press-1")
    assert (await widget.receive())["type"] == "ack", "the same press again is only acknowledged again"
    assert [turn["text"] for turn in offering_bot.requests] == ["where is order 31198570044", "/ask_why_offer"]

    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"])
    assert [button["active"] for button in back["history"][2]["buttons"]] == [True, True, False]


async def test_earlier_buttons_stay_usable_after_another_answer(gateway: Gateway, offering_bot: BotServer) -> None:
    widget, _ = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    await widget.say("hm")
    await widget.press(shown[1]["buttons"][0]["button_token"])
    assert messages_of(await widget.until("turn_end"))[0]["text"] == "Here is your code."


async def test_a_button_of_another_conversation_is_unknown(gateway: Gateway, offering_bot: BotServer) -> None:
    widget, _ = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    other, _ = await gateway.chat("17")
    for token in (shown[1]["buttons"][0]["button_token"], "made-up"):
        await other.press(token)
        assert (await other.receive())["code"] == "unknown_button"
    await widget.press(shown[1]["buttons"][0]["button_token"])
    assert (await widget.receive())["type"] == "ack", "the attempt has not used it up"


async def test_a_foreign_offer_cannot_be_exposed(
    gateway: Gateway, engine: EngineServer, offering_bot: BotServer
) -> None:
    widget, _ = await gateway.chat()
    shown = messages_of(await widget.say("where is order 31198570044"))
    other, _ = await gateway.chat("17")
    await other.send(type="exposed", message_id=shown[1]["message_id"])
    await other.send(type="ping")
    assert (await other.receive())["type"] == "pong"
    assert engine.exposures == []


async def test_a_decision_for_silence_is_logged_and_shows_nothing(gateway: Gateway, bot: BotServer) -> None:
    silence = {"kind": "silence", "decision_id": "d-1", "no_offer_reason": "policy_chose_silence"}

    async def answer(_turn: dict[str, Any]) -> tuple[int, Any]:
        messages = [
            {"text": "Delivered.", "buttons": [], "custom": None},
            {"text": None, "buttons": [], "custom": silence},
        ]
        return 200, plain_reply(messages=messages)

    bot.answer = answer
    widget, welcome = await gateway.chat()
    assert [message["text"] for message in messages_of(await widget.say("where is it"))] == ["Delivered."]
    record = await gateway.conversation(welcome["conversation_id"])
    assert [message["decision_id"] for message in record["messages"]] == ["d-1", None]


async def test_companions_are_shown_logged_and_remembered(gateway: Gateway, bot: BotServer) -> None:
    custom = {
        "kind": "companions",
        "basis": "category",
        "thing": "coffee",
        "currency": "USD",
        "products": [{"product_id": "1", "name": "Cream", "price_cents": 199, "times": 4.2}],
    }

    async def answer(_turn: dict[str, Any]) -> tuple[int, Any]:
        text = "Often bought along with coffee:\n• Cream, $1.99"
        return 200, plain_reply(messages=[{"text": text, "buttons": [], "custom": custom}])

    bot.answer = answer
    widget, welcome = await gateway.chat()
    (shown,) = messages_of(await widget.say("what goes with coffee"))
    assert shown["companions"] == {
        "currency": "USD",
        "decimals": 2,
        "products": [
            {
                "product_id": "1", "name": "Cream", "variant_id": None, "url": "", "image_url": "", "in_stock": True,
                "quantity": 1, "before_cents": 199, "after_cents": 199, "is_lowest": False,
            }
        ],
    }  # fmt: skip
    assert (shown["offer"], shown["outcome"]) == (None, None)
    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"])
    assert back["history"][1:] == [shown]


async def test_parcels_are_shown_logged_and_remembered_with_safe_links_alone(
    gateway: Gateway, bot: BotServer, ada: Person
) -> None:
    parcel = {"order_number": "#1001", "carrier": "UPS", "tracking_number": "1Z2345", "state": "shipped"}
    links = ["https://ups.example/1Z2345", "http://ups.example/1Z2345", "javascript:alert(1)", ""]
    parcels = [{**parcel, "tracking_url": link, "promised_until": None} for link in links]

    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        found = parcels if "parcel" in turn["text"] else []
        custom = {"kind": "order", "order_id": "o-1", "state": "shipped", "shipments": found}
        return 200, plain_reply(messages=[{"text": "Order #1001 is on its way.", "buttons": [], "custom": custom}])

    bot.answer = answer
    widget, welcome = await gateway.chat()
    (without,) = messages_of(await widget.say("where is my order"))
    assert without["shipments"] is None
    (shown,) = messages_of(await widget.say("where is my parcel"))
    assert shown["shipments"] == [{**parcel, "tracking_url": link} for link in (links[0], "", "", "")]
    back = await (await gateway.widget()).hello(await gateway.token(), welcome["conversation_id"])
    assert back["history"][-1] == shown
    _, transcript = await ada.ask("GET", f"conversations/{welcome['conversation_id']}")
    assert transcript["messages"][-1]["shipments"] == shown["shipments"]


async def test_a_form_for_an_order_is_shown_and_remembered(gateway: Gateway, bot: BotServer) -> None:
    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        custom = {"kind": "proof", "order_number": "#1001" if "1001" in turn["text"] else ""}
        return 200, plain_reply(messages=[{"text": "Which e-mail address?", "buttons": [], "custom": custom}])

    bot.answer = answer
    widget, welcome = await gateway.chat()
    (unknown,) = messages_of(await widget.say("where is my order"))
    (known,) = messages_of(await widget.say("where is order 1001"))
    assert (unknown["proof_form"], known["proof_form"]) == ({"order_number": ""}, {"order_number": "#1001"})
    back = await (await gateway.widget()).hello(await gateway.token(), welcome["conversation_id"])
    assert [message for message in back["history"] if message["from"] == "bot"] == [unknown, known]


async def test_companions_that_break_the_contract_are_an_apology(gateway: Gateway, bot: BotServer) -> None:
    async def answer(_turn: dict[str, Any]) -> tuple[int, Any]:
        custom = {"kind": "companions", "products": [{"name": "Cream"}]}
        return 200, plain_reply(messages=[{"text": "…", "buttons": [], "custom": custom}])

    bot.answer = answer
    widget, _ = await gateway.chat()
    frames = await widget.say("what goes with coffee")
    assert [frame["code"] for frame in frames if frame["type"] == "error"] == ["bot_unavailable"]
