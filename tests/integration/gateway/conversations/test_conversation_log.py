"""The log on SQLite and on PostgreSQL: the same checks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from common.errors import Unavailable
from gateway.conversations.conversation_log import ConversationLog, open_log
from gateway.conversations.read import transcripts
from gateway.conversations.records import Answer, Button, ButtonRefusal, Conversation, Message, ShopperMessage
from gateway.conversations.search import conversation_search
from gateway.conversations.write import message_writes, shopper_writes
from gateway.metrics import Metrics

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


CONVERSATION = Conversation("c-1", "customer:1228", "1228", NOW)


@pytest.fixture
def metrics() -> Any:
    return Metrics()


@pytest.fixture
async def log(database_url: str, metrics: Metrics) -> Any:
    async with open_log(database_url, metrics) as log:
        await log.write(partial(shopper_writes.add_conversation, conversation=CONVERSATION))
        yield log


def shopper_message(number: int, *, conversation_id: str = "c-1", client_message_id: Any = None) -> ShopperMessage:
    return ShopperMessage(
        message_id=f"m-{conversation_id}-{number}",
        conversation_id=conversation_id,
        client_message_id=client_message_id or f"client-{number}",
        text=f"text {number} 😀",
        created_at=NOW + timedelta(seconds=number),
    )


def bot_message(number: int, **more: Any) -> Message:
    return Message(f"b-{number}", 0, "bot", f"answer {number}", NOW, **more)


def answer(message_id: str, *messages: Message, **more: Any) -> Answer:
    values = {
        "conversation": CONVERSATION,
        "message_id": message_id,
        "state": "answered",
        "turn_ms": 41,
        "ended_at": NOW,
    }
    return Answer(**{**values, "messages": messages, **more})


async def receive(log: ConversationLog, number: int, **more: Any) -> Any:
    return await log.write(partial(shopper_writes.receive_text, message=shopper_message(number, **more)))


async def test_seq_counts_messages_of_everybody(log: ConversationLog) -> None:
    assert (await receive(log, 1)).seq == 1
    logged = await log.write(
        partial(message_writes.record_answer, answer=answer("m-c-1-1", bot_message(1), bot_message(2)))
    )
    assert [message.seq for message in logged] == [2, 3]
    assert (await receive(log, 2)).seq == 4
    history = await log.read(partial(transcripts.history, conversation_id="c-1", after_seq=1, limit=2))
    assert [(message.seq, message.sender) for message in history] == [(3, "bot"), (4, "shopper")]


async def test_a_client_message_id_counts_once_in_its_conversation(log: ConversationLog) -> None:
    other = replace(CONVERSATION, conversation_id="c-2")
    await log.write(partial(shopper_writes.add_conversation, conversation=other))
    first = await receive(log, 1, client_message_id="same")
    again = await receive(log, 2, client_message_id="same")
    assert again == replace(first, repeated=True)
    elsewhere = await receive(log, 1, conversation_id="c-2", client_message_id="same")
    assert (elsewhere.repeated, elsewhere.seq) == (False, 1)


async def test_a_write_tried_again_after_a_lost_commit_is_not_a_repetition(log: ConversationLog) -> None:
    first = await receive(log, 1)
    assert await receive(log, 1) == first


def commits(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("promobot_gateway_log_commits_total") or 0.0


async def test_writes_that_arrive_together_share_a_transaction(log: ConversationLog, metrics: Metrics) -> None:
    before = commits(metrics)
    receipts = await asyncio.gather(*(receive(log, number) for number in range(20)))
    assert [receipt.seq for receipt in receipts] == list(range(1, 21))
    assert commits(metrics) - before <= 2


async def test_a_write_that_fails_fails_alone(log: ConversationLog) -> None:
    results: Sequence[Any] = await asyncio.gather(
        receive(log, 1), receive(log, 2, conversation_id="c-none"), receive(log, 3), return_exceptions=True
    )
    first, failed, third = results
    assert isinstance(failed, Unavailable)
    assert [first.seq, third.seq] == [1, 2]
    history = await log.read(partial(transcripts.history, conversation_id="c-1", after_seq=0, limit=9))
    assert [message.seq for message in history] == [1, 2]


async def test_a_turn_is_logged_whole(log: ConversationLog) -> None:
    await receive(log, 1)
    offer = {"offer_id": "soft-drinks-15", "decision_id": "d-1"}
    moved = replace(CONVERSATION, turn_count=1, carried_slots={"order_number": "7"})
    proposal = bot_message(1, offer=offer, decision_id="d-1", buttons=[Button("t-1", "Yes", "/accept_offer")])
    recorded = answer(
        "m-c-1-1",
        proposal,
        conversation=moved,
        parse={"intent": {"name": "greet"}},
        actions=["action_propose_offer"],
        decision_id="d-1",
    )
    await log.write(partial(message_writes.record_answer, answer=recorded))
    assert await log.read(partial(transcripts.find_conversation, conversation_id="c-1")) == moved
    shopper, bot = await log.read(partial(transcripts.conversation_messages, conversation_id="c-1"))
    assert (shopper["state"], shopper["parse"], shopper["turn_ms"]) == ("answered", {"intent": {"name": "greet"}}, 41)
    assert (bot["offer"], bot["decision_id"], bot["buttons"], bot["parse"]) == (offer, "d-1", ["Yes"], None)


async def test_a_button_is_pressed_once_and_only_in_its_conversation(log: ConversationLog) -> None:
    await receive(log, 1)
    recorded = answer("m-c-1-1", bot_message(1, buttons=[Button("t-1", "Yes", "/yes"), Button("t-2", "No", "/no")]))
    await log.write(partial(message_writes.record_answer, answer=recorded))
    await log.write(partial(shopper_writes.add_conversation, conversation=replace(CONVERSATION, conversation_id="c-2")))

    async def press(number: int, token: str, **more: Any) -> Any:
        return await log.write(
            partial(shopper_writes.receive_press, message=shopper_message(number, **more), token=token)
        )

    assert await press(9, "t-1", conversation_id="c-2") is ButtonRefusal.UNKNOWN
    first, second = await asyncio.gather(press(2, "t-1"), press(3, "t-1"))
    assert (first.text, first.payload, second) == ("Yes", "/yes", ButtonRefusal.USED)
    assert await press(4, "t-1", client_message_id="client-2") == replace(first, repeated=True)
    # A known client_message_id is acknowledged again and uses up no other button.
    assert (await press(5, "t-2", client_message_id="client-2")).repeated
    history = await log.read(partial(transcripts.history, conversation_id="c-1", after_seq=1, limit=1000))
    assert [[(button.title, button.active) for button in message.buttons] for message in history] == [
        [("Yes", False), ("No", True)],
        [],
    ]


async def test_the_unanswered_are_found_in_order(log: ConversationLog) -> None:
    for number in (1, 2, 3):
        await receive(log, number)
    await log.write(partial(message_writes.record_answer, answer=answer("m-c-1-2")))
    left = await log.read(transcripts.unanswered)
    assert [(row.message_id, row.text, row.payload, row.conversation) for row in left] == [
        ("m-c-1-1", "text 1 😀", None, CONVERSATION),
        ("m-c-1-3", "text 3 😀", None, CONVERSATION),
    ]


async def test_an_exposure_is_recorded_once_and_stays_until_it_is_reported(log: ConversationLog) -> None:
    await receive(log, 1)
    recorded = answer("m-c-1-1", bot_message(1, offer={"offer_id": "x"}, decision_id="d-1"), bot_message(2))
    await log.write(partial(message_writes.record_answer, answer=recorded))

    async def expose(message_id: str, conversation_id: str = "c-1") -> Any:
        return await log.write(
            partial(
                message_writes.record_exposure, conversation_id=conversation_id, message_id=message_id, exposed_at=NOW
            )
        )

    assert await expose("b-2") is None
    assert await expose("b-1", "c-2") is None
    exposure = await expose("b-1")
    assert exposure.decision_id == "d-1"
    assert await expose("b-1") is None
    assert await log.read(transcripts.unreported_exposures) == [exposure]
    log.defer(partial(message_writes.mark_exposure_reported, message_id="b-1", reported_at=NOW))
    await receive(log, 2)
    assert await log.read(transcripts.unreported_exposures) == []


async def test_deferred_writes_are_not_lost_when_the_log_closes(database_url: str, metrics: Metrics) -> None:
    async with open_log(database_url, metrics) as log:
        log.defer(partial(shopper_writes.add_conversation, conversation=CONVERSATION))
    async with open_log(database_url, metrics) as log:
        assert await log.read(partial(transcripts.find_conversation, conversation_id="c-1")) == CONVERSATION


async def test_conversations_that_started_at_once_are_paged_without_gaps(log: ConversationLog) -> None:
    for number in range(2, 6):
        same_moment = replace(CONVERSATION, conversation_id=f"c-{number}")
        await log.write(partial(shopper_writes.add_conversation, conversation=same_moment))
    for number in range(1, 6):
        await receive(log, 1, conversation_id=f"c-{number}")
    seen, before = [], None
    while page := await log.read(
        partial(conversation_search.page, filters=conversation_search.Filters(), before=before, limit=2)
    ):
        seen += [row["conversation_id"] for row in page]
        before = await log.read(partial(conversation_search.number_of, conversation_id=seen[-1]))
    assert seen == ["c-5", "c-4", "c-3", "c-2", "c-1"]
