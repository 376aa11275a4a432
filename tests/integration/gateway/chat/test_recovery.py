"""What was acknowledged is answered, whatever happens to the gateway in between."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.integration.gateway.played_servers import BotServer
from tests.integration.gateway.running_gateway import Gateway


async def test_unanswered_messages_are_forwarded_again_after_a_restart(gateway: Gateway, bot: BotServer) -> None:
    at_work = asyncio.Event()

    async def never(_turn: dict[str, Any]) -> tuple[int, Any]:
        at_work.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    bot.answer = never
    widget, welcome = await gateway.chat()
    for text in ("one", "two"):
        await widget.send(type="message", client_message_id=text, text=text)
        await widget.until("ack")
    await at_work.wait()
    await gateway.stop()
    first_try = bot.requests.copy()
    bot.requests.clear()
    bot.answer = bot.echo
    await gateway.start()

    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"])
    seen = [message["text"] for message in back["history"]]
    while seen.count("You said: one") + seen.count("You said: two") < 2:
        frame = await again.receive()
        if frame["type"] == "message":
            seen.append(frame["text"])
    assert [turn["text"] for turn in bot.requests] == ["one", "two"]
    assert bot.requests[0]["message_id"] == first_try[0]["message_id"], "so the bot knows it has seen it"
    assert bot.requests[0]["metadata"]["sent_at"] == first_try[0]["metadata"]["sent_at"], "its days count from then"
    record = await gateway.conversation(welcome["conversation_id"])
    assert [(message["text"], message["state"]) for message in record["messages"]] == [
        ("one", "answered"),
        ("two", "answered"),
        ("You said: one", None),
        ("You said: two", None),
    ]


async def test_a_pressed_button_is_recovered_with_its_payload(gateway: Gateway, bot: BotServer) -> None:
    async def offer(turn: dict[str, Any]) -> tuple[int, Any]:
        if turn["text"] == "/yes":
            await asyncio.Event().wait()
        buttons = [{"title": "Yes", "payload": "/yes"}]
        return 200, {"messages": [{"text": "Well?", "buttons": buttons, "custom": None}]}

    bot.answer = offer
    widget, _ = await gateway.chat()
    button = (await widget.say("hello"))[2]["buttons"][0]
    await widget.press(button["button_token"])
    await widget.until("ack")
    await gateway.stop()
    bot.requests.clear()
    answered = asyncio.Event()

    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        answered.set()
        return await bot.echo(turn)

    bot.answer = answer
    await gateway.start()
    await answered.wait()
    assert [turn["text"] for turn in bot.requests] == ["/yes"]


async def test_recovered_messages_wait_for_a_bot_that_still_starts(gateway: Gateway, bot: BotServer) -> None:
    bot.ready = False

    async def never(_turn: dict[str, Any]) -> tuple[int, Any]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    bot.answer = never
    widget, welcome = await gateway.chat()
    await widget.send(type="message", client_message_id="one", text="one")
    await widget.until("ack")
    await gateway.stop()
    bot.requests.clear()
    bot.answer = bot.echo
    await gateway.start()
    again = await gateway.widget()
    await again.hello(await gateway.token(), welcome["conversation_id"])
    assert bot.requests == []
    bot.ready = True
    await again.until("turn_end")
    assert [turn["text"] for turn in bot.requests] == ["one"]
