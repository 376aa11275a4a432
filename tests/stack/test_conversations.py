"""Whole conversations through the public WebSocket."""

from __future__ import annotations

from itertools import combinations
from statistics import median
from typing import Any

import aiohttp
import pytest

from tools.smoke import Engine, play
from tools.stack import Stack
from tools.testbed.chat_client import Shopper, Turn


async def customers(http: aiohttp.ClientSession, stack: Stack) -> list[dict[str, Any]]:
    async with http.get(f"{stack.url('gateway')}/api/demo/customers?limit=60") as reply:
        assert reply.status == 200
        return [row for row in (await reply.json())["customers"] if not row["holdout"]]


async def ask_until_offered(http: aiohttp.ClientSession, stack: Stack) -> tuple[Shopper, Turn]:
    """The policy may choose to make no offer, so ask customer after customer."""
    for row in await customers(http, stack):
        shopper = await Shopper.enter(http, stack.url("gateway"), row["customer_id"])
        turn = await shopper.say("do you have any offers for me?")
        if turn.offer():
            return shopper, turn
    raise AssertionError("no customer was shown an offer")


async def test_the_three_smoke_conversations(stack: Stack) -> None:
    await play(stack.url("gateway"), stack.url("engine"), learned_within_s=60)  # a busy machine is no failure


async def test_customers_with_different_histories_get_different_offers_for_the_same_words(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    engine = Engine(http, stack.url("engine"))
    distributions = []
    for row in (await customers(http, stack))[:5]:
        async with await Shopper.enter(http, stack.url("gateway"), row["customer_id"]) as shopper:
            turn = await shopper.say("do you have any offers for me?")
            decision_id = await decision_of(http, stack, shopper, turn)
            distributions.append((await engine.get(f"/v1/decisions/{decision_id}"))["propensities"])
    distances = [total_variation(left, right) for left, right in combinations(distributions, 2)]
    # The median of pairs of customers is 0.85 in the models that test_training.py tells of; two may still be alike.
    assert median(distances) > 0.2, distances


def total_variation(left: dict[str, float], right: dict[str, float]) -> float:
    """0 for the same distribution, 1 for two that share no offer."""
    return sum(abs(left.get(arm, 0.0) - right.get(arm, 0.0)) for arm in left.keys() | right.keys()) / 2


async def decision_of(http: aiohttp.ClientSession, stack: Stack, shopper: Shopper, turn: Turn) -> str:
    """The decision of a turn, also one for silence, from the conversation log."""
    for message in await log_of(http, stack, shopper.conversation_id):
        if message["decision_id"]:
            return str(message["decision_id"])
    raise AssertionError(f"no decision in the log of {turn.text!r}")


async def log_of(http: aiohttp.ClientSession, stack: Stack, conversation_id: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {stack.environment()['PROMOBOT_ADMIN_TOKEN']}"}
    path = f"/admin/api/conversations/{conversation_id}"
    async with http.get(stack.url("gateway") + path, headers=headers) as reply:
        assert reply.status == 200, await reply.text()
        return list((await reply.json())["messages"])


async def test_the_log_holds_parse_decision_and_outcome(http: aiohttp.ClientSession, stack: Stack) -> None:
    shopper, offered = await ask_until_offered(http, stack)
    async with shopper:
        offer = offered.offer()
        assert offer is not None
        await shopper.press("Yes, please")
        messages = await log_of(http, stack, shopper.conversation_id)
    requested = next(message for message in messages if message["text"] == "do you have any offers for me?")
    assert requested["from"] == "shopper"
    assert requested["parse"]["intent"]["name"] == "ask_for_offers"
    assert "action_propose_offer" in requested["actions"]
    assert any(message["decision_id"] == offer["decision_id"] for message in messages)
    outcomes = [message["outcome"] for message in messages if message["outcome"]]
    assert [outcome["outcome"] for outcome in outcomes] == ["accepted"]


async def test_accepting_by_words_gives_the_code_once(http: aiohttp.ClientSession, stack: Stack) -> None:
    shopper, offered = await ask_until_offered(http, stack)
    async with shopper:
        offer = offered.offer()
        assert offer is not None
        accepted = (await shopper.say("yes please, I take it")).outcome()
        assert accepted is not None
        assert accepted["code"]
        again = await shopper.say("yes please, I take it")
        assert again.outcome() is None or again.outcome() == accepted
        record = await Engine(http, stack.url("engine")).get(f"/v1/decisions/{offer['decision_id']}")
        assert record["outcome"]["code"] == accepted["code"]


async def test_a_slash_command_typed_by_a_shopper_is_only_text(http: aiohttp.ClientSession, stack: Stack) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        await shopper.say("/accept_offer")
        messages = await log_of(http, stack, shopper.conversation_id)
    assert not messages[0]["text"].startswith("/")
    assert messages[0]["parse"]["intent"]["confidence"] < 1.0


@pytest.mark.parametrize("text", ["you are the worst shop ever, my order is broken!!", "let me talk to a human"])
async def test_a_complaint_or_hand_over_is_never_answered_with_an_offer(
    http: aiohttp.ClientSession, stack: Stack, text: str
) -> None:
    for row in (await customers(http, stack))[:3]:
        async with await Shopper.enter(http, stack.url("gateway"), row["customer_id"]) as shopper:
            turn = await shopper.say(text)
            assert turn.replies
            assert turn.offer() is None


async def test_an_angry_shopper_is_met_with_sympathy_once_and_never_with_an_offer(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    row = (await customers(http, stack))[0]
    async with await Shopper.enter(http, stack.url("gateway"), row["customer_id"]) as shopper:
        first = await shopper.say("WHERE IS MY REFUND, this is ridiculous!!! you USELESS garbage shop!!!")
        second = await shopper.say("how can I pay in this USELESS shop??? ridiculous!!!")
        calm = await shopper.say("how can I pay?")
        messages = await log_of(http, stack, shopper.conversation_id)
    assert first.offer() is None and second.offer() is None
    assert len(first.replies) == 2, first.replies  # sympathy, then the answer
    assert len(second.replies) == 1, second.replies
    sentiments = [message["parse"]["sentiment"]["name"] for message in messages if message["from"] == "shopper"]
    assert sentiments == ["angry", "angry", "neutral"]
    assert calm.replies
    decided = [message["text"] for message in messages if message["from"] == "shopper" and message["decision_id"]]
    assert decided == []  # nothing is offered in a talk about a refund; the engine was not even asked
