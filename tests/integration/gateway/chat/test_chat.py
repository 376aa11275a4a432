"""Whole conversations through the WebSocket."""

from __future__ import annotations

import asyncio
from typing import Any

from common.shop_words import FACT_NAMES
from tests.integration.gateway.played_servers import BotServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import messages_of


async def sent_at(gateway: Gateway, conversation_id: str) -> str:
    """When its first message went into the log."""
    record = await gateway.conversation(conversation_id)
    return str(record["messages"][0]["created_at"])


async def test_a_message_is_acknowledged_answered_and_closed(gateway: Gateway, bot: BotServer) -> None:
    widget, welcome = await gateway.chat()
    frames = await widget.say("hello", "id-1")
    assert [frame["type"] for frame in frames] == ["ack", "typing", "message", "typing", "turn_end"]
    assert (frames[2]["seq"], frames[2]["from"], frames[2]["text"]) == (2, "bot", "You said: hello")
    assert bot.requests[0]["metadata"] == {
        "conversation_id": welcome["conversation_id"],
        "customer_id": "1228",
        "locale": "en",
        "sent_at": await sent_at(gateway, welcome["conversation_id"]),
        "turn_count": 1,
        "carried_slots": {},
        "shop_words": dict.fromkeys(FACT_NAMES) | {"return_days": "14 days"},
        "shop_words_in": {"zh": dict.fromkeys(FACT_NAMES) | {"return_days": "14 天"}},
        "basket_cents": None,
        "context": {},
        "unasked": False,
        "waiting_for_person": False,
    }
    assert bot.requests[0]["sender_id"] == welcome["conversation_id"]
    assert bot.requests[0]["message_id"] == frames[0]["message_id"]


async def test_overlapping_messages_are_answered_in_order_and_never_at_once(gateway: Gateway, bot: BotServer) -> None:
    release = asyncio.Event()

    async def slow_first(turn: dict[str, Any]) -> tuple[int, Any]:
        if turn["text"] == "one":
            await release.wait()
        return 200, plain_reply(f"re {turn['text']}")

    bot.answer = slow_first
    widget, _ = await gateway.chat()
    for text in ("one", "two", "three"):
        await widget.send(type="message", client_message_id=text, text=text)
    acks = [frame for _ in range(3) for frame in [(await widget.until("ack"))[-1]]]
    assert [ack["seq"] for ack in acks] == [1, 2, 3]
    release.set()
    answers = [messages_of(await widget.until("turn_end"))[0]["text"] for _ in range(3)]
    assert answers == ["re one", "re two", "re three"]
    assert bot.most_at_work == 1


async def test_the_same_message_twice_gets_the_same_ack_and_is_forwarded_once(gateway: Gateway, bot: BotServer) -> None:
    widget, _ = await gateway.chat()
    first = (await widget.say("hello", "id-1"))[0]
    await widget.send(type="message", client_message_id="id-1", text="hello")
    assert await widget.receive() == first
    assert messages_of(await widget.say("bye", "id-2"))[0]["text"] == "You said: bye"
    assert [turn["text"] for turn in bot.requests] == ["hello", "bye"]


async def test_two_tabs_sending_the_same_message_at_once_cause_one_turn(gateway: Gateway, bot: BotServer) -> None:
    first, welcome = await gateway.chat()
    token = await gateway.token()
    second = await gateway.widget()
    await second.hello(token, welcome["conversation_id"])
    await asyncio.gather(*(tab.send(type="message", client_message_id="same", text="hello") for tab in (first, second)))
    frames = [await tab.until("turn_end") for tab in (first, second)]
    acks = [frame for tab in frames for frame in tab if frame["type"] == "ack"]
    assert len({ack["message_id"] for ack in acks}) == 1
    assert len(bot.requests) == 1


async def test_every_tab_sees_every_message_once(gateway: Gateway) -> None:
    first, welcome = await gateway.chat()
    second = await gateway.widget()
    assert (await second.hello(await gateway.token(), welcome["conversation_id"]))["history"] == []
    sent = await first.say("hello")
    seen = await second.until("turn_end")
    assert [(frame["from"], frame["seq"]) for frame in messages_of(seen)] == [("shopper", 1), ("bot", 2)]
    assert [(frame["from"], frame["seq"]) for frame in messages_of(sent)] == [("bot", 2)]


async def test_a_widget_that_comes_back_gets_what_it_missed(gateway: Gateway) -> None:
    widget, welcome = await gateway.chat()
    await widget.say("one")
    await widget.say("two")
    await widget.socket.close()
    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"], after_seq=2)
    assert [(message["seq"], message["text"]) for message in back["history"]] == [(3, "two"), (4, "You said: two")]


async def test_history_is_bounded(gateway: Gateway) -> None:
    gateway.settings.history_limit = 4
    widget, welcome = await gateway.chat()
    for turn in range(4):
        await widget.say(str(turn))
    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"])
    assert [message["seq"] for message in back["history"]] == [5, 6, 7, 8]


async def test_a_foreign_conversation_is_refused(gateway: Gateway) -> None:
    _, welcome = await gateway.chat("1228")
    for stranger in ("17", None):
        widget = await gateway.widget()
        refused = await widget.hello(await gateway.token(stranger), welcome["conversation_id"])
        assert refused["code"] == "not_your_conversation"


async def test_an_anonymous_conversation_belongs_to_its_token(gateway: Gateway) -> None:
    token = await gateway.token(None)
    widget = await gateway.widget()
    welcome = await widget.hello(token)
    assert welcome["customer_id"] is None
    again = await gateway.widget()
    assert (await again.hello(token, welcome["conversation_id"]))["type"] == "welcome"
    other = await gateway.widget()
    refused = await other.hello(await gateway.token(None), welcome["conversation_id"])
    assert refused["code"] == "not_your_conversation"


async def test_shoppers_cannot_send_intents(gateway: Gateway, bot: BotServer) -> None:
    widget, _ = await gateway.chat()
    await widget.say(" \u200b\uff0f /accept_offer{}")
    assert bot.requests[0]["text"] == "accept_offer{}"


async def test_a_bot_that_fails_twice_costs_the_turn_and_not_the_conversation(gateway: Gateway, bot: BotServer) -> None:
    async def fail(_turn: dict[str, Any]) -> tuple[int, Any]:
        return 500, {"code": "turn_failed", "message": "no", "field": None}

    bot.answer = fail
    widget, welcome = await gateway.chat()
    frames = await widget.say("hello", "id-1")
    assert [frame["type"] for frame in frames] == ["ack", "typing", "message", "typing", "error", "turn_end"]
    assert (frames[4]["code"], frames[4]["client_message_id"]) == ("bot_unavailable", "id-1")
    assert len(bot.requests) == 2
    bot.answer = bot.echo
    assert messages_of(await widget.say("again"))[0]["text"] == "You said: again"
    record = await gateway.conversation(welcome["conversation_id"])
    assert [message["state"] for message in record["messages"]] == ["failed", None, "answered", None]


async def test_a_button_pressed_in_vain_comes_again_with_the_apology(gateway: Gateway, bot: BotServer) -> None:
    failing = False

    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        if failing:
            return 503, {}
        buttons = [{"title": "Yes, please", "payload": "/accept_offer"}] if turn["text"] == "hello" else []
        return 200, plain_reply(messages=[{"text": "Well?", "buttons": buttons, "custom": None}])

    bot.answer = answer
    widget, welcome = await gateway.chat()
    first = messages_of(await widget.say("hello"))[0]["buttons"][0]
    failing = True
    for _ in range(2):  # the second press is of a button that came with an apology itself
        await widget.press(first["button_token"])
        frames = await widget.until("turn_end")
        assert [frame["code"] for frame in frames if frame["type"] == "error"] == ["bot_unavailable"]
        (again,) = messages_of(frames)[0]["buttons"]
        assert (again["title"], again["active"]) == ("Yes, please", True)
        assert again["button_token"] != first["button_token"]
        first = again
    failing = False
    bot.requests.clear()
    await widget.press(first["button_token"])
    assert messages_of(await widget.until("turn_end"))[0]["text"] == "Well?"
    assert [turn["text"] for turn in bot.requests] == ["/accept_offer"]
    back = await (await gateway.widget()).hello(await gateway.token(), welcome["conversation_id"])
    assert [button["active"] for message in back["history"] for button in message["buttons"]] == [False] * 3


async def test_an_apology_for_typed_text_has_no_button(gateway: Gateway, bot: BotServer) -> None:
    async def fail(_turn: dict[str, Any]) -> tuple[int, Any]:
        return 503, {}

    bot.answer = fail
    widget, _ = await gateway.chat()
    assert messages_of(await widget.say("/accept_offer"))[0]["buttons"] == []


async def test_the_bot_is_told_the_number_of_every_message_and_the_slots_after_the_one_before(
    gateway: Gateway, bot: BotServer
) -> None:
    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        if turn["text"] == "3":
            return 503, {}
        return 200, plain_reply(slots={"order_number": turn["text"], "open_decision_id": None})

    bot.answer = answer
    widget, welcome = await gateway.chat()
    for text in ("1", "2", "3"):
        await widget.say(text)
    await gateway.stop()
    await gateway.start()
    again = await gateway.widget()
    await again.hello(await gateway.token(), welcome["conversation_id"])
    await again.say("4")
    turns = {turn["text"]: (turn["metadata"]["turn_count"], turn["metadata"]["carried_slots"]) for turn in bot.requests}
    assert turns == {
        "1": (1, {}),
        "2": (2, {"order_number": "1"}),
        "3": (3, {"order_number": "2"}),
        "4": (4, {"order_number": "2"}),
    }
    assert {turn["sender_id"] for turn in bot.requests} == {welcome["conversation_id"]}


async def test_a_bot_that_fails_once_is_asked_again(gateway: Gateway, bot: BotServer) -> None:
    async def fail_once(turn: dict[str, Any]) -> tuple[int, Any]:
        bot.answer = bot.echo
        return 503, {}

    bot.answer = fail_once
    widget, _ = await gateway.chat()
    frames = await widget.say("hello")
    assert messages_of(frames)[0]["text"] == "You said: hello"
    assert bot.requests[0] == bot.requests[1]


async def test_a_bot_that_never_answers_is_given_up(gateway: Gateway, bot: BotServer) -> None:
    async def hang(_turn: dict[str, Any]) -> tuple[int, Any]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    bot.answer = hang
    await gateway.stop()
    gateway.settings.bot_timeout_s = 0.05
    await gateway.start()
    widget, _ = await gateway.chat()
    frames = await widget.say("hello")
    assert [frame["code"] for frame in frames if frame["type"] == "error"] == ["bot_unavailable"]


async def test_an_answer_that_breaks_the_contract_is_a_failure(gateway: Gateway, bot: BotServer) -> None:
    async def nonsense(_turn: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"messages": [{"text": "x", "custom": {"kind": "offer"}}]}

    bot.answer = nonsense
    widget, _ = await gateway.chat()
    frames = await widget.say("hello")
    assert [frame["code"] for frame in frames if frame["type"] == "error"] == ["bot_unavailable"]


async def test_too_many_waiting_messages_are_refused_and_not_logged(gateway: Gateway, bot: BotServer) -> None:
    release = asyncio.Event()

    async def wait(turn: dict[str, Any]) -> tuple[int, Any]:
        await release.wait()
        return await bot.echo(turn)

    bot.answer = wait
    widget, _ = await gateway.chat()
    limit = gateway.settings.queue_limit
    for number in range(limit + 1):
        await widget.send(type="message", client_message_id=f"id-{number}", text=str(number))
    refused = (await widget.until("error"))[-1]
    assert (refused["code"], refused["client_message_id"]) == ("too_many_messages", f"id-{limit}")
    release.set()
    for _ in range(limit):
        await widget.until("turn_end")
    assert len(bot.requests) == limit
