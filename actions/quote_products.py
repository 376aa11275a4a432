"""Products that a customer asks about: "how much is the tent?", "do you have tents?", "which tent is the best?".

Each is shown with its price of today in the customer's currency, its link and its picture.
"""

import logging
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.bought_together import named_in
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineError

logger = logging.getLogger(__name__)

MOST = 3
LONGEST = 500
NOTHING_FOUND = {
    "product_availability": "utter_product_availability",
    "product_advice": "utter_product_advice",
}
"""What is said instead of products, by intent; for all others where the shop's own search is."""
OPENINGS = {"product_advice": "I can't judge which one is best, but this is what I found:"}


class QuoteProducts(Action):
    """Shows the products that a customer looks for, with price, link and picture."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_quote_products"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Ask the engine; where it knows no such product, say what helps instead."""
        turn = Turn.of(tracker)
        thing = named_in(turn.text, turn.entities)
        words = turn.text[:LONGEST]
        # "What can you recommend?" names nothing: the words of such a question would find anything.
        asks_advice = turn.intent == "product_advice" and thing is None
        found = None
        if words.strip() and not asks_advice:
            try:
                found = await engine().find_products(
                    words if thing is None else f"{thing.called} {words}"[:LONGEST],
                    category=None if thing is None else thing.category,
                    currency=turn.currency,
                    limit=MOST,
                )
            except EngineError as error:
                logger.warning("No products to quote in conversation %s: %s", turn.conversation_id, error)
        if found is None or not found.products:
            dispatcher.utter_message(response=NOTHING_FOUND.get(turn.intent or "", "utter_product_search"))
        else:
            text = wording.quoted(found, turn.locale, opening=OPENINGS.get(turn.intent or ""))
            dispatcher.utter_message(text=text, json_message=wording.quoted_card(found))
        return []
