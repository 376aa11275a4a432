"""Ratings, consent, older messages, transcript, deletion, the handover queue, and proactive triggers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from gateway.conversations.annotate import admin_changes
from gateway.conversations.audit import audit_log
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import open_log
from gateway.conversations.records import Conversation
from gateway.conversations.search import conversation_search
from gateway.conversations.write import feedback, trigger_rules
from gateway.conversations.write.message_writes import add_conversation
from gateway.keys import CHANNELS, LOG
from gateway.metrics import Metrics
from tests.integration.gateway.conftest import contract, messages_of, plain_reply

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
OFFER_REPLY = contract("bot")["turn"]["response"]


async def done(widget):
    """What was sent before this has been handled."""
    await widget.send(type="ping")
    return await widget.receive()


async def tags(gateway, conversation_id):
    return (await gateway.conversation(conversation_id))["digest"]["facets"]


async def tagged(gateway, **wanted):
    filters = conversation_search.Filters(tags=wanted)
    return await gateway.app[LOG].read(partial(conversation_search.page, filters=filters, before=None, limit=10))


async def test_thumbs_stand_beside_the_message_and_can_be_filtered_by(gateway):
    widget, welcome = await gateway.chat()
    [answer] = messages_of(await widget.say("hello"))
    for thumb in ("up", "down"):
        await widget.send(type="thumb", message_id=answer["message_id"], thumb=thumb)
    await done(widget)
    record = await gateway.conversation(welcome["conversation_id"])
    assert record["messages"][1]["thumb"] == "down"
    assert len(await tagged(gateway, thumb="down")) == 1
    assert await tagged(gateway, thumb="up") == []

    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"])
    assert [message["thumb"] for message in back["history"]] == [None, "down"]
    await again.send(type="thumb", message_id=answer["message_id"], thumb=None)
    await done(again)
    assert await tagged(gateway, thumb="down") == []


async def test_a_thumb_on_ones_own_or_somebody_elses_message_is_refused(gateway):
    widget, _ = await gateway.chat()
    frames = await widget.say("hello")
    other, _ = await gateway.chat("17")
    for asking, message_id in ((widget, frames[0]["message_id"]), (other, messages_of(frames)[0]["message_id"])):
        await asking.send(type="thumb", message_id=message_id, thumb="up")
        assert (await asking.receive())["code"] == "unknown_message"


async def test_of_ratings_the_latest_stands(gateway):
    widget, welcome = await gateway.chat()
    await widget.say("hello")
    await widget.send(type="rating", stars=2, comment="slow")
    await widget.send(type="rating", stars=5)
    await widget.send(type="rating", stars=6)
    assert (await widget.receive())["field"] == "stars"
    assert len(await tagged(gateway, rating="5")) == 1
    assert await tagged(gateway, rating="2") == []
    again = await gateway.widget()
    assert (await again.hello(await gateway.token(), welcome["conversation_id"]))["stars"] == 5


async def test_a_consent_is_logged_once_with_its_version(gateway):
    widget, welcome = await gateway.chat()
    for version in ("1", "1", "2"):
        await widget.send(type="consent", version=version, locale="zh-CN")
    await done(widget)
    logged = await gateway.app[LOG].read(partial(feedback.consents_of, conversation_id=welcome["conversation_id"]))
    assert [(version, locale) for version, locale, _ in logged] == [("1", "zh-CN"), ("2", "zh-CN")]


async def test_older_messages_come_page_by_page(gateway):
    gateway.settings.history_limit = 4
    await gateway.stop()
    await gateway.start()
    widget, welcome = await gateway.chat()
    for number in range(5):
        await widget.say(f"text {number}")
    again = await gateway.widget()
    history = (await again.hello(await gateway.token(), welcome["conversation_id"]))["history"]
    seqs = [message["seq"] for message in history]
    while history:
        await again.send(type="history", before_seq=seqs[0])
        history = (await again.receive())["messages"]
        seqs = [message["seq"] for message in history] + seqs
    assert seqs == list(range(1, 11))


async def test_the_transcript_holds_what_everybody_said(gateway, bot):
    bot.answer = lambda _turn: _reply(OFFER_REPLY)
    widget, _ = await gateway.chat()
    await widget.say("where is order 31198570044")
    await widget.send(type="transcript")
    text = (await widget.receive())["text"]
    assert "You: where is order 31198570044" in text
    assert "Assistant: By the way: 15 % off soft drinks." in text


async def _reply(body):
    return 200, body


@pytest.mark.parametrize("household", ["1228", None])
async def test_everything_of_a_shopper_is_deleted_and_of_nobody_else(gateway, household):
    other, kept = await gateway.chat("17")
    await other.say("elephants stay")
    token = await gateway.token(household)
    widget = await gateway.widget()
    welcome = await widget.hello(token)
    [answer] = messages_of(await widget.say("elephants go"))
    await widget.send(type="thumb", message_id=answer["message_id"], thumb="up")
    await widget.send(type="consent", version="1", locale="en")
    await widget.send(type="rating", stars=3)
    await widget.send(type="forget")
    assert (await widget.receive())["type"] == "forgotten"
    await widget.send(type="message", client_message_id="late", text="still there?")
    assert (await widget.receive())["code"] == "unknown_conversation"

    found = await gateway.app[LOG].read(
        partial(
            conversation_search.page, filters=conversation_search.Filters(search="elephants"), before=None, limit=10
        )
    )
    assert [one["conversation_id"] for one in found] == [kept["conversation_id"]]
    again = await gateway.widget()
    assert (await again.hello(token, welcome["conversation_id"]))["code"] == "unknown_conversation"
    audit = await gateway.app[LOG].read(partial(audit_log.audit, before=None, limit=1))
    assert (audit[0]["name"], audit[0]["action"], audit[0]["details"]) == ("shopper", "forget", {})


async def test_places_in_the_line_move_up_when_somebody_is_taken_over(gateway, bot):
    bot.answer = lambda _turn: _reply(plain_reply(actions=["action_hand_over"]))
    first, one = await gateway.chat()
    await first.say("a person, please")
    assert (await first.until("handover"))[-1] == {"type": "handover", "state": "waiting", "position": 1}
    second, two = await gateway.chat("17")
    await second.say("a person, please")
    assert (await second.until("handover"))[-1]["position"] == 2
    back = await (await gateway.widget()).hello(await gateway.token("17"), two["conversation_id"])
    assert back["handover"] == {"state": "waiting", "position": 2}

    entry = AuditEntry(name="ada", action="take_over", subject=one["conversation_id"], at=NOW)
    await gateway.app[LOG].write(partial(admin_changes.take_over, number=1, entry=entry))
    channel = gateway.app[CHANNELS].find(one["conversation_id"])
    channel.conversation = replace(channel.conversation, taken_by="ada")
    told = (await first.until("handover"))[-1]
    if told["state"] == "none":  # the line was read between the two writes of a takeover
        told = (await first.until("handover"))[-1]
    assert told == {"type": "handover", "state": "joined", "position": None}
    assert (await second.until("handover"))[-1]["position"] == 1


async def test_a_strangers_conversation_goes_along_into_the_account(gateway):
    strange = await gateway.token(None)
    widget = await gateway.widget()
    conversation_id = (await widget.hello(strange))["conversation_id"]
    await widget.say("who am I?")
    customer = await gateway.token("1228")

    thief = await gateway.widget()
    refused = await thief.hello(await gateway.token("17"), conversation_id)
    assert refused["code"] == "not_your_conversation"
    await thief.send(
        type="hello",
        token=await gateway.token("17"),
        conversation_id=conversation_id,
        earlier_token=await gateway.token(None),
    )
    assert (await thief.receive())["code"] == "not_your_conversation"
    await thief.send(type="hello", token=customer, conversation_id=conversation_id, earlier_token="forged")
    assert (await thief.receive())["code"] == "invalid_token"

    owner = await gateway.widget()
    await owner.send(type="hello", token=customer, conversation_id=conversation_id, earlier_token=strange)
    welcome = await owner.receive()
    assert (welcome["customer_id"], welcome["history"][0]["text"]) == ("1228", "who am I?")
    assert (await gateway.conversation(conversation_id))["customer_id"] == "1228"
    back = await (await gateway.widget()).hello(strange, conversation_id)
    assert back["code"] == "not_your_conversation"


@pytest.fixture
async def trigger(gateway):
    entry = AuditEntry(name="ada", action="save_trigger", subject="basket", at=NOW)
    rule = {"basket_from_cents": 3000, "per_day": 1}
    await gateway.app[LOG].write(
        partial(trigger_rules.save_trigger, trigger_id="basket", enabled=True, rule=rule, entry=entry)
    )
    return "basket"


async def test_a_moment_lets_the_bot_speak_first_with_the_baskets_worth(gateway, bot, trigger):
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


async def test_a_moment_may_end_in_silence_and_comes_once_a_day(gateway, bot, trigger):
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


async def test_caps_count_by_rule_and_in_all(database_url):
    async with open_log(database_url, Metrics()) as log:
        await log.write(partial(add_conversation, conversation=Conversation("c-1", "s", None, NOW)))
        for name in ("a", "b", "c"):
            entry = AuditEntry(name="ada", action="save_trigger", subject=name, at=NOW)
            await log.write(
                partial(trigger_rules.save_trigger, trigger_id=name, enabled=True, rule={"per_day": 1}, entry=entry)
            )

        async def fires(trigger_id, hours):
            return await log.write(
                partial(
                    trigger_rules.fire,
                    subject="s",
                    trigger_id=trigger_id,
                    conversation_id="c-1",
                    at=NOW + timedelta(hours=hours),
                    daily_cap=2,
                )
            )

        asked = [("a", 0), ("a", 1), ("b", 2), ("c", 3), ("a", 25), ("c", 25.5)]
        assert [await fires(*one) for one in asked] == [True, False, True, False, True, False]
