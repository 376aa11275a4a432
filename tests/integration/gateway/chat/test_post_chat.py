"""Ratings, consent, older messages, transcript, deletion, and a conversation that goes along into the account."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from gateway.conversations.audit import audit_log
from gateway.conversations.search import conversation_search
from gateway.conversations.write import feedback
from gateway.keys import LOG
from tests.integration.gateway.played_servers import BotServer, EngineServer, contract
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import Widget, messages_of


async def _reply(body: Any) -> tuple[int, Any]:
    return 200, body


OFFER_REPLY = contract("bot")["turn"]["response"]


async def done(widget: Widget) -> Any:
    """What was sent before this has been handled."""
    await widget.send(type="ping")
    return await widget.receive()


async def tags(gateway: Gateway, conversation_id: str) -> Any:
    return (await gateway.conversation(conversation_id))["digest"]["facets"]


async def tagged(gateway: Gateway, **wanted: Any) -> Any:
    filters = conversation_search.Filters(tags=wanted)
    return await gateway.app[LOG].read(partial(conversation_search.page, filters=filters, before=None, limit=10))


async def test_thumbs_stand_beside_the_message_and_can_be_filtered_by(gateway: Gateway) -> None:
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


async def test_a_thumb_on_ones_own_or_somebody_elses_message_is_refused(gateway: Gateway) -> None:
    widget, _ = await gateway.chat()
    frames = await widget.say("hello")
    other, _ = await gateway.chat("17")
    for asking, message_id in ((widget, frames[0]["message_id"]), (other, messages_of(frames)[0]["message_id"])):
        await asking.send(type="thumb", message_id=message_id, thumb="up")
        assert (await asking.receive())["code"] == "unknown_message"


async def test_of_ratings_the_latest_stands(gateway: Gateway) -> None:
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


async def test_a_consent_is_logged_once_with_its_version(gateway: Gateway) -> None:
    widget, welcome = await gateway.chat()
    for version in ("1", "1", "2"):
        await widget.send(type="consent", version=version, locale="zh-CN")
    await done(widget)
    logged = await gateway.app[LOG].read(partial(feedback.consents_of, conversation_id=welcome["conversation_id"]))
    assert [(version, locale) for version, locale, _ in logged] == [("1", "zh-CN"), ("2", "zh-CN")]


async def test_older_messages_come_page_by_page(gateway: Gateway) -> None:
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


async def test_the_transcript_holds_what_everybody_said(gateway: Gateway, bot: BotServer) -> None:
    bot.answer = lambda _turn: _reply(OFFER_REPLY)
    widget, _ = await gateway.chat()
    await widget.say("where is order 31198570044")
    await widget.send(type="transcript")
    text = (await widget.receive())["text"]
    assert "You: where is order 31198570044" in text
    assert "Assistant: By the way: 15 % off soft drinks." in text


@pytest.mark.parametrize("household", ["1228", None])
async def test_everything_of_a_shopper_is_deleted_and_of_nobody_else(gateway: Gateway, household: str | None) -> None:
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
    assert [row["conversation_id"] for row in found] == [kept["conversation_id"]]
    again = await gateway.widget()
    assert (await again.hello(token, welcome["conversation_id"]))["code"] == "unknown_conversation"
    audit = await gateway.app[LOG].read(partial(audit_log.audit, before=None, limit=1))
    assert (audit[0]["name"], audit[0]["action"], audit[0]["details"]) == ("shopper", "forget", {})


async def test_delete_my_data_reaches_the_engine_or_deletes_nothing(gateway: Gateway, engine: EngineServer) -> None:
    widget, welcome = await gateway.chat("1228")
    engine.failures_left = 1
    await widget.send(type="forget")
    refused = await widget.receive()
    assert refused["code"] == "cannot_delete"
    assert (await gateway.conversation(welcome["conversation_id"]))["customer_id"] == "1228"
    await widget.send(type="forget")
    assert (await widget.receive())["type"] == "forgotten"
    assert engine.forgotten == [("1228", "shopper")]


async def test_a_strangers_conversation_goes_along_into_the_account(gateway: Gateway) -> None:
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
