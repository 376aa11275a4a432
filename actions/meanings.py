"""Asks what was meant where a message was not understood."""

from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

MOST = 3
SOMETHING_ELSE = {"title": "Something else", "payload": "/deny"}
"""A no to the question, after which the bot asks for other words."""


class AskMeaning(Action):
    """Proposes the likeliest readings, a button each."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_ask_meaning"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Ask; the policy chose the readings."""
        meanings = tracker.get_slot("meanings") or []
        buttons = [{"title": meaning["title"], "payload": f"/{meaning['intent']}"} for meaning in meanings[:MOST]]
        dispatcher.utter_message(response="utter_did_you_mean", buttons=[*buttons, SOMETHING_ELSE])
        return []
