"""An apology before the answer, the first time that a customer is angry."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.sentiment.examples import SENTIMENT

RESPONSE = "utter_empathy"
SLOT = "empathy_shown"
TELLS_OF_TROUBLE = frozenset(
    {
        *("get_refund", "track_refund", "check_invoice", "code_not_working", "code_expired"),
        *("registration_problems", "recover_password", "missed_delivery", "basket_below_minimum"),
    }
)
"""Intents with which something went wrong. Others may sound harsh ("wheres my stuff??") and want an answer, no pity."""


async def apologise_if_angry(processor: MessageProcessor, tracker: DialogueStateTracker, output: OutputChannel) -> None:
    """Apologise once per conversation, where something went wrong and the answer does not apologise itself.

    The apology is an utterance, not an action: rules look at actions, and no rule may depend on the sentiment.
    """
    turn = tracker.latest_message
    if turn is None:
        return
    sentiment: Any = turn.parse_data.get(SENTIMENT)  # the key is ours: Rasa's type has no room for it
    if not sentiment or sentiment["name"] != "angry":
        return
    if turn.intent_name not in TELLS_OF_TROUBLE or SLOT not in tracker.slots or tracker.get_slot(SLOT):
        return
    utterance = await processor.nlg.generate(RESPONSE, tracker, output.name())
    if utterance is None:
        return
    data = {key: value for key, value in utterance.items() if key != "text"}
    tracker.update(BotUttered(utterance["text"], data, metadata={"utter_action": RESPONSE}), processor.domain)
    tracker.update(SlotSet(SLOT, True), processor.domain)
