"""What products cost: "how much is the tent?" is answered with the price of today in the customer's currency."""

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


class QuoteProducts(Action):
    """Shows the products that a customer looks for, with price, link and picture."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_quote_products"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Ask the engine; where it knows no such product, say where the shop's own search is."""
        turn = Turn.of(tracker)
        thing = named_in(turn.text, turn.entities)
        words = turn.text[:LONGEST]
        found = None
        if words.strip():
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
            dispatcher.utter_message(response="utter_product_search")
        else:
            dispatcher.utter_message(text=wording.quoted(found, turn.locale), json_message=wording.quoted_card(found))
        return []
