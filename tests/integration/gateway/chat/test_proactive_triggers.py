"""Proactive triggers, their caps, and the handover queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert

from gateway.conversations.annotate import admin_changes
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import open_log
from gateway.conversations.records import Conversation
from gateway.conversations.schema.message_tables import messages
from gateway.conversations.write import handover_rows, trigger_rules
from gateway.conversations.write.shopper_writes import add_conversation
from gateway.keys import CHANNELS, LOG
from gateway.metrics import Metrics
from tests.integration.gateway.played_servers import BotServer, contract, plain_reply
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import messages_of

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


OFFER_REPLY = contract("bot")["turn"]["response"]


async def _reply(body: Any) -> tuple[int, Any]:
    return 200, body


async def test_places_in_the_line_move_up_when_somebody_is_taken_over(gateway: Gateway, bot: BotServer) -> None:
    bot.answer = lambda _turn: _reply(plain_reply(actions=["action_hand_over"]))
    first, first_welcome = await gateway.chat()
    await first.say("a person, please")
    assert (await first.until("handover"))[-1] == {"type": "handover", "state": "waiting", "position": 1}
    second, second_welcome = await gateway.chat("17")
    await second.say("a person, please")
    assert (await second.until("handover"))[-1]["position"] == 2
    back = await (await gateway.widget()).hello(await gateway.token("17"), second_welcome["conversation_id"])
    assert back["handover"] == {"state": "waiting", "position": 2}

    entry = AuditEntry(name="ada", action="take_over", subject=first_welcome["conversation_id"], at=NOW)
    await gateway.app[LOG].write(partial(admin_changes.take_over, number=1, entry=entry))
    channel = gateway.app[CHANNELS].find(first_welcome["conversation_id"])
    assert channel is not None
    channel.conversation = replace(channel.conversation, taken_by="ada")
    frame = (await first.until("handover"))[-1]
    if frame["state"] == "none":  # the line was read between the two writes of a takeover
        frame = (await first.until("handover"))[-1]
    assert frame == {"type": "handover", "state": "joined", "position": None}
    assert (await second.until("handover"))[-1]["position"] == 1


async def test_who_leaves_the_line_talks_to_the_bot_again(gateway: Gateway, bot: BotServer) -> None:
    bot.answer = lambda _turn: _reply(plain_reply(actions=["action_hand_over"]))
    widget, _ = await gateway.chat()
    await widget.say("a person, please")
    assert (await widget.until("handover"))[-1]["state"] == "waiting"
    bot.answer = lambda _turn: _reply(plain_reply(actions=["utter_leave_queue"]))
    frames = await widget.say("never mind")
    assert [frame["state"] for frame in frames if frame["type"] == "handover"] == ["none"]
    await widget.say("where is my order")
    assert [turn["metadata"]["waiting_for_person"] for turn in bot.requests] == [False, True, False]
    assert await gateway.app[LOG].read(partial(handover_rows.waiting_conversations, now=NOW)) == []


@pytest.fixture
async def trigger(gateway: Gateway) -> Any:
    entry = AuditEntry(name="ada", action="save_trigger", subject="basket", at=NOW)
    rule = {"basket_from_cents": 3000, "per_day": 1}
    await gateway.app[LOG].write(
        partial(trigger_rules.save_trigger, trigger_id="basket", enabled=True, rule=rule, entry=entry)
    )
    return "basket"


async def test_a_moment_lets_the_bot_speak_first_with_the_baskets_worth(
    gateway: Gateway, bot: BotServer, trigger: str
) -> None:
    bot.answer = lambda _turn: _reply(OFFER_REPLY)
    widget, welcome = await gateway.chat()
    await widget.send(type="basket", cents=4200)
    await widget.send(type="moment", trigger_id=trigger)
    shown = (await widget.until("message"))[-1]
    assert [(turn["text"], turn["metadata"]["unasked"]) for turn in bot.requests] == [("/ask_for_offers", True)]
    assert bot.requests[0]["metadata"]["basket_cents"] == 4200
    assert shown["from"] == "bot"
    record = await gateway.conversation(welcome["conversation_id"])
    assert {message["from"] for message in record["messages"]} == {"bot"}


async def test_a_moment_may_end_in_silence_and_comes_once_a_day(gateway: Gateway, bot: BotServer, trigger: str) -> None:
    bot.answer = lambda _turn: _reply(plain_reply(messages=[]))
    widget, _ = await gateway.chat()
    for trigger_id in (trigger, trigger, "unknown"):
        await widget.send(type="moment", trigger_id=trigger_id)
    frames = await widget.say("hello")
    assert [turn["text"] for turn in bot.requests] == ["/ask_for_offers", "hello"]
    assert messages_of(frames) == []
    other, _ = await gateway.chat()  # the same customer on another device
    await other.send(type="moment", trigger_id=trigger)
    await other.say("hello")
    assert [turn["text"] for turn in bot.requests].count("/ask_for_offers") == 1


async def test_caps_count_by_rule_and_in_all(database_url: str) -> None:
    async with open_log(database_url, Metrics()) as log:
        await log.write(partial(add_conversation, conversation=Conversation("c-1", "s", None, NOW)))
        for name in ("a", "b", "c"):
            entry = AuditEntry(name="ada", action="save_trigger", subject=name, at=NOW)
            await log.write(
                partial(trigger_rules.save_trigger, trigger_id=name, enabled=True, rule={"per_day": 1}, entry=entry)
            )

        async def fires(trigger_id: str, hours: float) -> Any:
            return await log.write(
                partial(
                    trigger_rules.fire,
                    subject="s",
                    trigger_id=trigger_id,
                    conversation_id="c-1",
                    at=NOW + timedelta(hours=hours),
                    caps=trigger_rules.ProactiveCaps(per_day=2, pause=timedelta(seconds=60)),
                )
            )

        firings = [("a", 0), ("a", 1), ("b", 2), ("c", 3), ("a", 25), ("c", 25.5)]
        assert [await fires(*firing) for firing in firings] == [True, False, True, False, True, False]


async def test_nobody_is_interrupted_within_a_minute_or_under_an_apology(database_url: str) -> None:
    caps = trigger_rules.ProactiveCaps(per_day=9, pause=timedelta(seconds=60))
    async with open_log(database_url, Metrics()) as log:
        conversation = Conversation("c-1", "s", None, NOW)
        await log.write(partial(add_conversation, conversation=conversation))
        entry = AuditEntry(name="ada", action="save_trigger", subject="a", at=NOW)
        await log.write(
            partial(trigger_rules.save_trigger, trigger_id="a", enabled=True, rule={"per_day": 9}, entry=entry)
        )

        async def fires(after: timedelta) -> Any:
            return await log.write(
                partial(
                    trigger_rules.fire, subject="s", trigger_id="a", conversation_id="c-1", at=NOW + after, caps=caps
                )
            )

        async def said(seq: int, state: str, at: datetime) -> None:
            row = {
                "message_id": f"m-{seq}", "conversation_id": "c-1", "seq": seq, "sender": "shopper",
                "text": "hello", "created_at": at, "state": state,
            }  # fmt: skip
            await log.write(lambda connection: connection.execute(insert(messages), row) and None)

        await said(1, "answered", NOW)
        assert [await fires(timedelta(seconds=seconds)) for seconds in (30, 61)] == [False, True]
        await said(2, "failed", NOW + timedelta(seconds=70))
        assert not await fires(timedelta(hours=1))
