"""Long conversations go on under fresh sender ids."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.chat.rotation import after_turn, sender_id
from gateway.log.records import Conversation
from tests.gateway.conftest import plain_reply


def play(turns: int, *, slots=None, active_loop=None, segment_limit=3) -> Conversation:
    conversation = Conversation("c-1", "stranger:x", None, datetime(2026, 1, 1, tzinfo=UTC))
    for _ in range(turns):
        conversation = after_turn(conversation, slots=slots or {}, active_loop=active_loop, segment_limit=segment_limit)
    return conversation


def test_a_segment_ends_after_its_turns():
    assert [sender_id(play(turns)) for turns in (0, 2, 3, 5, 6)] == ["c-1.0", "c-1.0", "c-1.1", "c-1.1", "c-1.2"]


def test_an_open_offer_or_a_form_delays_the_end_up_to_twice_the_length():
    for busy in ({"slots": {"open_decision_id": "d"}}, {"active_loop": "return_form"}):
        assert [play(turns, **busy).segment for turns in (3, 5, 6)] == [0, 0, 1]


def test_slots_are_carried_without_empty_ones():
    conversation = play(6, slots={"open_decision_id": "d", "order_number": None})
    assert (conversation.segment, conversation.carried_slots) == (1, {"open_decision_id": "d"})


async def test_the_bot_gets_the_slots_with_every_turn_of_the_new_segment(gateway, bot):
    await gateway.stop()
    gateway.settings.segment_turns = 2
    await gateway.start()

    async def answer(turn):
        return 200, plain_reply(slots={"order_number": turn["text"], "open_decision_id": None})

    bot.answer = answer
    widget, welcome = await gateway.chat()
    for text in ("1", "2", "3", "4"):
        await widget.say(text)
    conversation_id = welcome["conversation_id"]
    assert [turn["sender_id"] for turn in bot.requests] == [f"{conversation_id}.{segment}" for segment in (0, 0, 1, 1)]
    assert [turn["metadata"]["carried_slots"] for turn in bot.requests] == [
        {},
        {"order_number": "1"},
        {"order_number": "2"},
        {"order_number": "3"},
    ]


async def test_the_segment_outlives_a_restart(gateway, bot):
    await gateway.stop()
    gateway.settings.segment_turns = 1
    await gateway.start()
    widget, welcome = await gateway.chat()
    await widget.say("one")
    await gateway.stop()
    await gateway.start()
    again = await gateway.widget()
    await again.hello(await gateway.token(), welcome["conversation_id"])
    await again.say("two")
    assert [turn["sender_id"].rpartition(".")[2] for turn in bot.requests] == ["0", "1"]
