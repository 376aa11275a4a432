"""One short sentence of sympathy before the answer, the first time a shopper is angry."""

from __future__ import annotations

from rasa.core.channels.channel import OutputChannel
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.sentiment.classifier import SENTIMENT

RESPONSE = "utter_empathy"
SLOT = "empathy_shown"
COMPLAINT_HANDLING = frozenset({"complaint", "contact_human_agent", "contact_customer_service"})
"""Intents whose own answers begin with an apology or bring a person."""


async def soothe_if_angry(processor: MessageProcessor, tracker: DialogueStateTracker, output: OutputChannel) -> None:
    """Say it once per conversation, unless a complaint is being handled.

    It is an utterance, not an action: rules look at actions, and none of them shall depend on a mood.
    """
    turn = tracker.latest_message
    if turn is None or (turn.parse_data.get(SENTIMENT) or {}).get("name") != "angry":
        return
    if turn.intent_name in COMPLAINT_HANDLING or SLOT not in tracker.slots or tracker.get_slot(SLOT):
        return
    said = await processor.nlg.generate(RESPONSE, tracker, output.name())
    if said is None:
        return
    data = {key: value for key, value in said.items() if key != "text"}
    tracker.update(BotUttered(said["text"], data, metadata={"utter_action": RESPONSE}), processor.domain)
    tracker.update(SlotSet(SLOT, True), processor.domain)
