"""Says what goes with something: with goods that were named, with the open offer, or with the latest order."""

import logging
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import wording
from actions.conversation import Turn
from actions.engine_client import Companions, EngineError, EngineRefusal, engine

logger = logging.getLogger(__name__)

GOODS = ("product", "category")
"""Entities that name something the shop sells."""
_POINTS = re.compile(r"\b(?:this|that|these|those|it|them|with)\b", re.IGNORECASE)
"""Words that point at something said before; without any, the question is what the shopper might like at all."""


@dataclass(frozen=True)
class Thing:
    """Something for sale that a shopper named."""

    called: str
    """In the shopper's own words, which are right also in number."""
    category: str
    """The shop's own name."""
    word: Optional[str]
    """For some of the category; None if the whole of it is meant."""


class SuggestCompanions(Action):
    """Answers "what goes with strawberries?" and "what goes with this?"."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_suggest_companions"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]
    ) -> List[Dict[str, Any]]:
        """Find out what is meant, ask the engine and show products; admit it where nothing is known."""
        turn = Turn.of(tracker)
        message = tracker.latest_message or {}
        points = _POINTS.search(message.get("text") or "") is not None
        thing = named_in(message) or (_named_before(tracker) if points else None)
        try:
            found = await _ask(thing, tracker.get_slot("open_decision_id"), turn.customer_id, new=not points)
        except EngineError as error:
            logger.warning("Nothing to suggest in conversation %s: %s", turn.conversation_id, error)
            dispatcher.utter_message(response="utter_no_companions")
            return []
        if found is None:
            dispatcher.utter_message(response="utter_ask_what_to_pair")
        elif not found.products:
            dispatcher.utter_message(response="utter_no_companions")
        else:
            called = None if thing is None else thing.called
            dispatcher.utter_message(
                text=wording.companions(found, called), json_message=wording.companions_card(found, called)
            )
        return []


def named_in(message: Dict[str, Any]) -> Optional[Thing]:
    """The last thing for sale that a message names: in "which wine goes with steak" the wine is not what is there."""
    goods = [one for one in message.get("entities") or [] if one.get("entity") in GOODS and one.get("category")]
    if not goods:
        return None
    entity = goods[-1]
    value = str(entity.get("value"))
    typed = str(message.get("text") or "")[entity.get("start", 0) : entity.get("end", 0)]
    return Thing(
        called=typed.lower() or value,
        category=str(entity["category"]),
        word=value if entity["entity"] == "product" else None,
    )


def _named_before(tracker: Tracker) -> Optional[Thing]:
    """What the shopper named last in an earlier message."""
    for event in reversed(list(tracker.events)):
        if event["event"] == "user":
            thing = named_in(event.get("parse_data") or {})
            if thing is not None:
                return thing
    return None


async def _ask(
    thing: Optional[Thing], open_decision_id: Optional[str], customer_id: Optional[str], *, new: bool
) -> Optional[Companions]:
    """None where there is nothing that it could go with."""
    if thing is not None:
        return await engine().companions(category=thing.category, word=thing.word)
    if open_decision_id and not new:
        try:
            offer_id = (await engine().open_offer(open_decision_id)).offer["offer_id"]
            found = await engine().companions(offer_id=offer_id)
        except EngineRefusal:  # it has ended meanwhile
            found = None
        if found is not None and found.products:
            return found
    if customer_id is None:
        return None
    return await engine().companions(customer_id=customer_id, new="true" if new else None)
