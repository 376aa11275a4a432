"""Answers from the help articles where no intent covers the question, and says so where they know nothing either."""

import re
from typing import Any, Dict, List, Mapping, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import Turn

PLACEHOLDER = re.compile(r"\{(?P<name>\w+)\}")
"""A slot that a passage names, `{service_hours}` for instance."""
OUTCOME_SLOT = "help_outcome"
"""The rules continue by its value: answered, out_of_scope, not_understood, or missed_again."""
MISSES = {"out_of_scope": "utter_out_of_scope", "not_understood": "utter_ask_rephrase"}
"""What the rules say after the first miss."""
NOT_KNOWN = "utter_fact_not_known"
"""Said where every passage that answers names a fact that the shop did not."""


class AnswerFromHelp(Action):
    """Quotes the sentences that answer, if bot.help.help_retriever found a likely enough article, and names it."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_answer_from_help"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Answer, or leave it to the rules to say that there is no answer."""
        found = (tracker.latest_message or {}).get("help") or []
        if not found:
            return [SlotSet(OUTCOME_SLOT, _kind_of_miss(tracker))]
        best = next((answer for answer in found if can_be_said(answer["answer"], tracker.slots)), None)
        if best is None:
            dispatcher.utter_message(response=NOT_KNOWN)
            return [SlotSet(OUTCOME_SLOT, "answered")]
        dispatcher.utter_message(
            response="utter_help_passage",
            help_passage=fill_in(best["answer"], tracker.slots),
            help_title=best["title"],
            json_message={
                "kind": "help",
                "article_id": best["article_id"],
                "title": best["title"],
                "similarity": best["similarity"],
            },
        )
        return [SlotSet(OUTCOME_SLOT, "answered")]


def can_be_said(passage: str, slots: Mapping[str, Any]) -> bool:
    """Whether the shop named every fact of the passage."""
    return all(slots.get(match["name"]) for match in PLACEHOLDER.finditer(passage))


def fill_in(passage: str, slots: Mapping[str, Any]) -> str:
    """Replace each `{slot}` by its value, so that a fact of several texts stands in the shop's file alone."""
    return PLACEHOLDER.sub(lambda match: str(slots[match["name"]]), passage)


def _kind_of_miss(tracker: Tracker) -> str:
    """`missed_again` after a miss in the turn before: a customer should not have to ask a third time."""
    if _last_said(tracker) in MISSES.values():
        return "missed_again"
    return "out_of_scope" if Turn.of(tracker).intent == "out_of_scope" else "not_understood"


def _last_said(tracker: Tracker) -> Optional[str]:
    """The action that ended the turn before, as a rule would see it."""
    events = list(tracker.events)
    last = max((i for i, event in enumerate(events) if event["event"] == "user"), default=0)
    names = [
        event["name"] for event in events[:last] if event["event"] == "action" and event["name"] != "action_listen"
    ]
    return names[-1] if names else None
