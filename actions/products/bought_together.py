"""What customers buy together with something: a product that was named, the open offer, or the latest order."""

import logging
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import AlsoBought, EngineError, EngineRefusal, QuotedProducts

logger = logging.getLogger(__name__)

CARDS = ("products", "companions")
"""Kinds of messages that show products."""
PRODUCT_ENTITIES = ("product", "category")
"""Entities that name something the shop sells."""
_REFERS_BACK = re.compile(r"\b(?:this|that|these|those|it|them|with)\b", re.IGNORECASE)
"""Words that refer to an earlier message; without any, the question is what the customer might like at all."""


@dataclass(frozen=True)
class Thing:
    """Something for sale that a customer named."""

    called: str
    """In the customer's own words, so that singular and plural are right."""
    category: str
    """The shop's own name."""
    word: Optional[str]
    """For some of the category; None if the whole of it is meant."""


class SuggestAlsoBought(Action):
    """Answers "what goes with strawberries?" and "what goes with this?"."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_suggest_also_bought"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Find out what is meant, ask the engine and show products; say so where nothing is known."""
        turn = Turn.of(tracker)
        refers_back = _REFERS_BACK.search(turn.text) is not None
        thing = named_in(turn.text, turn.entities) or (named_before(tracker) if refers_back else None)
        try:
            found = await _find(thing, tracker.get_slot("open_decision_id"), turn, new=not refers_back)
        except EngineError as error:
            logger.warning("Nothing to suggest in conversation %s: %s", turn.conversation_id, error)
            dispatcher.utter_message(response="utter_nothing_bought_together")
            return []
        if found is None:
            dispatcher.utter_message(response="utter_ask_what_to_pair")
        elif not found.products:
            dispatcher.utter_message(response="utter_nothing_bought_together")
        else:
            called = None if thing is None else thing.called
            dispatcher.utter_message(
                text=wording.also_bought(found, called, turn.locale),
                json_message=wording.also_bought_card(found, called),
            )
        return []


def named_in(text: str, entities: Sequence[Mapping[str, Any]]) -> Optional[Thing]:
    """The last thing for sale in a message: "which wine goes with steak" is a question about steak."""
    named = things_in(entities)
    return thing_of(text, named[-1]) if named else None


def things_in(entities: Sequence[Mapping[str, Any]]) -> List[Mapping[str, Any]]:
    """The entities that name something for sale."""
    return [entity for entity in entities if entity.get("entity") in PRODUCT_ENTITIES and entity.get("category")]


def thing_of(text: str, entity: Mapping[str, Any]) -> Thing:
    """What an entity of a message names."""
    value = str(entity.get("value"))
    typed = text[entity.get("start", 0) : entity.get("end", 0)]
    return Thing(
        called=typed.lower() or value,
        category=str(entity["category"]),
        word=value if entity["entity"] == "product" else None,
    )


def shown_last(tracker: Tracker) -> Optional[QuotedProducts]:
    """The products on the newest card; None where none was shown, as far as Rasa remembers."""
    for event in reversed(list(tracker.events)):
        card = ((event.get("data") or {}).get("custom") or {}) if event["event"] == "bot" else {}
        if card.get("kind") in CARDS and card.get("products"):
            return QuotedProducts(card["currency"], list(card["products"]))
    return None


def named_before(tracker: Tracker) -> Optional[Thing]:
    """What the customer named last in an earlier message."""
    for event in reversed(list(tracker.events)):
        if event["event"] == "user":
            parsed = event.get("parse_data") or {}
            thing = named_in(str(parsed.get("text") or ""), parsed.get("entities") or [])
            if thing is not None:
                return thing
    return None


async def _find(
    thing: Optional[Thing], open_decision_id: Optional[str], turn: Turn, *, new: bool
) -> Optional[AlsoBought]:
    """None where the message refers to nothing that is known."""
    if thing is not None:
        return await engine().also_bought(category=thing.category, word=thing.word, currency=turn.currency)
    if open_decision_id and not new:
        try:
            offer_id = (await engine().open_offer(open_decision_id)).offer["offer_id"]
            found = await engine().also_bought(offer_id=offer_id, currency=turn.currency)
        except EngineRefusal:  # it has ended meanwhile
            found = None
        if found is not None and found.products:
            return found
    if turn.customer_id is None:
        return None
    return await engine().also_bought(customer_id=turn.customer_id, new="true" if new else None, currency=turn.currency)
