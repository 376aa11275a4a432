"""An e-mail address that proves an order reaches the bot, and stands nowhere in clear once it is answered."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select

from common.clock import utc_now
from gateway.conversations.schema.message_tables import messages
from gateway.conversations.write import handover_rows
from gateway.keys import LOG
from tests.integration.gateway.played_servers import BotServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway
from tests.support.waiting import let_others_go_on

WRITTEN = "Where is order 1001? My e-mail address is Jane.Doe+shop@example.com"
SHOWN = "Where is order 1001? My e-mail address is J***@example.com"
PARSE = {
    "intent": {"name": "inform_order_proof", "confidence": 0.9},
    "intent_ranking": [],
    "entities": [
        {"entity": "order_number", "value": "1001"},
        {"entity": "email", "value": "Jane.Doe+shop@example.com"},
        {"entity": "quantity", "value": 2},
    ],
    "sentiment": None,
}


async def _reply(body: Any) -> tuple[int, Any]:
    return 200, body


def _rows(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(messages).order_by(messages.c.seq))]


async def test_the_bot_reads_the_address_and_the_log_keeps_none(gateway: Gateway, bot: BotServer) -> None:
    bot.answer = lambda _turn: _reply(plain_reply(parse=PARSE))
    widget, welcome = await gateway.chat(None)
    frames = await widget.say(WRITTEN)
    assert [turn["text"] for turn in bot.requests] == [WRITTEN]
    assert frames[0]["text"] == SHOWN, "what stands in the shopper's own window"
    assert "Jane" not in str(await gateway.app[LOG].read(_rows))
    record = await gateway.conversation(welcome["conversation_id"])
    written = record["messages"][0]
    assert (written["text"], written["pressed"]) == (SHOWN, False)
    assert [entity["value"] for entity in written["parse"]["entities"]] == ["1001", "J***@example.com", 2]


@pytest.mark.parametrize("leaves", ["restart", "failure"])
async def test_an_address_that_was_not_answered_yet_is_not_lost(gateway: Gateway, bot: BotServer, leaves: str) -> None:
    at_work = asyncio.Event()

    async def never(_turn: dict[str, Any]) -> tuple[int, Any]:
        at_work.set()
        if leaves == "failure":
            return 500, {"code": "turn_failed", "message": "…", "field": None}
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    bot.answer = never
    widget, _ = await gateway.chat(None)
    await widget.send(type="message", client_message_id="a", text=WRITTEN)
    await at_work.wait()
    if leaves == "failure":
        apology = next(frame for frame in await widget.until("turn_end") if frame["type"] == "message")
        assert apology["buttons"] == [], "the address would stand behind it"
    else:
        await widget.until("ack")
        await gateway.stop()
        bot.requests.clear()
        answered = asyncio.Event()

        async def answer(_turn: dict[str, Any]) -> tuple[int, Any]:
            answered.set()
            return 200, plain_reply()

        bot.answer = answer
        await gateway.start()
        await answered.wait()
        assert [turn["text"] for turn in bot.requests] == [WRITTEN]
        while (await gateway.app[LOG].read(_rows))[0]["state"] == "received":
            await let_others_go_on()
    assert "Jane" not in str(await gateway.app[LOG].read(_rows))


async def test_who_talks_to_a_person_or_is_signed_in_may_give_an_address(gateway: Gateway, bot: BotServer) -> None:
    signed_in, first = await gateway.chat("1228")
    await signed_in.say(WRITTEN)
    bot.answer = lambda _turn: _reply(plain_reply(actions=["action_hand_over"]))
    waiting, second = await gateway.chat(None)
    await waiting.say("a person, please")
    conversation_id = second["conversation_id"]
    await gateway.app[LOG].write(partial(handover_rows.join_queue, conversation_id=conversation_id, since=utc_now()))
    await waiting.say(WRITTEN)
    for welcome in (first, second):
        record = await gateway.conversation(welcome["conversation_id"])
        assert WRITTEN in [message["text"] for message in record["messages"]]
