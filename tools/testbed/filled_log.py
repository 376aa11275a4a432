"""Fills a conversation log with made-up conversations, seeded: for the console's benchmark and tests.

Simulated. The messages go into the log's tables in bulk, and the digests are then made by the gateway's own catching up
with an old log.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert

from gateway.conversations.schema.message_tables import conversations, messages

ASKED = {
    "track_order": "Where is my order {number}? It should have been here on {day}.",
    "return_order": "I would like to send back the {thing}, it does not {verb}.",
    "cancel_order": "Please cancel order {number} before it leaves your warehouse.",
    "ask_for_offers": "Do you have any offers for {thing} this week?",
    "ask_refund": "When do I get my refund for the {thing} that I returned on {day}?",
    "complain": "This is the {ordinal} time that the {thing} arrives broken, I am really annoyed!",
    "ask_delivery": "How much is delivery to {city}, and how long does it take?",
    "greet": "Hello there, good {day}!",
    "nlu_fallback": "Well the {thing} with the {ordinal} {city} you know",
}
ANSWERED = {
    "track_order": "Order {number} is on its way and should arrive on {day}.",
    "return_order": "No problem. I have opened a return for the {thing}; the label is in your mail.",
    "cancel_order": "Order {number} is cancelled. You get the money back within a week.",
    "ask_for_offers": "Let me see what fits you.",
    "ask_refund": "The refund for the {thing} was sent on {day}; banks take three days.",
    "complain": "I am sorry about the {thing}. Shall a colleague look into it?",
    "ask_delivery": "Delivery to {city} is 4.90 and takes two days.",
    "greet": "Hello! How can I help?",
    "nlu_fallback": "Sorry, I did not understand that. Could you say it in other words?",
}
FILLINGS = {
    "thing": ["coffee machine", "soft drinks", "cheese", "baby food", "frozen pizza", "shampoo", "candy", "cat litter"],
    "verb": ["fit", "work", "taste right", "look like the picture"],
    "day": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "ordinal": ["second", "third", "fourth"],
    "city": ["Leeds", "Utrecht", "Graz", "Lyon", "Porto", "Gdansk", "Malmö", "成都"],
}
OFFERS = ["soft-drinks-15", "free-delivery", "cheese-2-for-1", "baby-club-10", "pizza-night"]
TURNS_A_CONVERSATION = 4
"""On average; each has a message of the shopper and one of the bot."""
ROWS_AT_ONCE = 20_000
ACTIONS = {"nlu_fallback": "utter_ask_rephrase"}
"""What the bot does for an intent, where that has another name."""


def fill(
    connection: Connection, *, message_count: int, seed: int, until: datetime, apart: timedelta = timedelta(minutes=1)
) -> int:
    """Write conversations that end before `until`, one after each `apart` up to there; returns how many messages."""
    chance = random.Random(seed)
    count = max(1, message_count // (2 * TURNS_A_CONVERSATION))
    first = until - count * apart
    written = 0
    made = (_conversation(chance, number, first + number * apart) for number in range(count))
    while batch := list(islice(made, ROWS_AT_ONCE // (2 * TURNS_A_CONVERSATION))):
        connection.execute(insert(conversations), [conversation for conversation, _ in batch])
        rows = [row for _, said in batch for row in said]
        connection.execute(insert(messages), rows)
        written += len(rows)
    return written


def _conversation(chance: random.Random, number: int, at: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    conversation_id = f"c-{chance.getrandbits(32):08x}{number:08x}"
    customer_id = str(chance.randint(1, 2469)) if chance.random() < 0.8 else None
    turns = chance.randint(1, 2 * TURNS_A_CONVERSATION - 1)
    conversation: dict[str, Any] = {
        "conversation_id": conversation_id,
        "subject": f"customer:{customer_id}" if customer_id else f"stranger:{number}",
        "customer_id": customer_id,
        "started_at": at,
        "turn_count": turns,
        "carried_slots": {},
    }
    return conversation, list(_messages(chance, conversation_id, at, turns))


def _messages(
    chance: random.Random, conversation_id: str, started_at: datetime, turns: int
) -> Iterator[dict[str, Any]]:
    for turn in range(turns):
        intent = chance.choice(list(ASKED))
        fillings = {name: chance.choice(words) for name, words in FILLINGS.items()}
        fillings["number"] = str(chance.randint(30_000_000_000, 31_999_999_999))
        at = started_at + timedelta(seconds=25 * turn)
        handed_over = intent == "complain" and chance.random() < 0.5
        yield {
            **_row(conversation_id, 2 * turn + 1, "shopper", ASKED[intent].format(**fillings), at),
            "client_message_id": f"client-{turn}",
            "state": "answered",
            "parse": _parse(chance, intent),
            "actions": ["action_hand_over" if handed_over else ACTIONS.get(intent, f"action_{intent}")],
            "turn_ms": chance.randint(15, 90),
        }
        answer = _row(conversation_id, 2 * turn + 2, "bot", ANSWERED[intent].format(**fillings), at)
        if intent == "ask_for_offers":
            offer_id = chance.choice(OFFERS)
            answer["offer"] = {"offer_id": offer_id, "title": offer_id.replace("-", " "), "terms": "Once per customer."}
            answer["exposed_at"] = answer["exposure_reported_at"] = answer["created_at"]
        if chance.random() < 0.05:
            answer["outcome"] = {"outcome": chance.choice(["accepted", "declined"])}
        yield answer


def _row(conversation_id: str, seq: int, sender: str, text: str, at: datetime) -> dict[str, Any]:
    return {
        "message_id": f"m-{conversation_id[2:]}-{seq}",
        "conversation_id": conversation_id,
        "seq": seq,
        "sender": sender,
        "text": text,
        "client_message_id": None,
        "created_at": at + timedelta(milliseconds=40 * (sender == "bot")),
        "state": None,
        "parse": None,
        "actions": None,
        "outcome": None,
        "offer": None,
        "turn_ms": None,
        "exposed_at": None,
        "exposure_reported_at": None,
    }


def _parse(chance: random.Random, intent: str) -> dict[str, Any]:
    sure = chance.uniform(0.2, 0.5) if intent == "nlu_fallback" else chance.betavariate(8, 1)
    others = chance.sample([name for name in ASKED if name != intent], 4)
    rest = [(1 - sure) * share for share in (0.5, 0.25, 0.15, 0.1)]
    ranking = [
        {"name": name, "confidence": round(confidence, 4)}
        for name, confidence in zip([intent, *others], [sure, *rest], strict=True)
    ]
    angry = intent == "complain"
    return {
        "intent": ranking[0],
        "intent_ranking": ranking,
        "entities": [],
        "sentiment": {"name": "angry" if angry else "neutral", "confidence": 0.8},
    }
