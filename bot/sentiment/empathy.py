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
COMPLAINT_HANDLING = frozenset(
    {
        *("complaint", "contact_human_agent", "contact_customer_service"),
        *("item_missing", "item_damaged", "order_not_received", "overcharged", "site_problem", "payment_issue"),
        *("insult", "sarcasm_praise", "do_you_listen"),
    }
)
"""Intents whose answers apologise themselves or call a person."""
NO_COMPLAINTS = frozenset(
    {
        *("haggle", "another_offer", "decline_offer", "stop_promotions", "deny", "affirm", "whatever", "laugh"),
        *("apology", "goodbye", "bot_challenge", "are_you_there", "not_about_orders", "out_of_scope"),
    }
)
"""Intents that may sound harsh, but tell of nothing that went wrong."""


async def apologise_if_angry(processor: MessageProcessor, tracker: DialogueStateTracker, output: OutputChannel) -> None:
    """Apologise once per conversation, unless a complaint is being handled, or there is none.

    The apology is an utterance, not an action: rules look at actions, and no rule may depend on the sentiment.
    """
    turn = tracker.latest_message
    if turn is None:
        return
    sentiment: Any = turn.parse_data.get(SENTIMENT)  # the key is ours: Rasa's type has no room for it
    if not sentiment or sentiment["name"] != "angry":
        return
    if turn.intent_name in COMPLAINT_HANDLING | NO_COMPLAINTS or SLOT not in tracker.slots or tracker.get_slot(SLOT):
        return
    utterance = await processor.nlg.generate(RESPONSE, tracker, output.name())
    if utterance is None:
        return
    data = {key: value for key, value in utterance.items() if key != "text"}
    tracker.update(BotUttered(utterance["text"], data, metadata={"utter_action": RESPONSE}), processor.domain)
    tracker.update(SlotSet(SLOT, True), processor.domain)
