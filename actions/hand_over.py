"""Calls for a person."""

from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.orders.order_question import waiting_for_number


class HandOver(Action):
    """Tells the customer and the gateway that a person takes over; drops open questions, keeps an open offer."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Say so; the reason is the intent that led here."""
        reason = Turn.of(tracker).intent
        dispatcher.utter_message(text=wording.HAND_OVER, json_message={"kind": "handover", "reason": reason})
        return [*waiting_for_number(None), SlotSet("handing_over", None)]
