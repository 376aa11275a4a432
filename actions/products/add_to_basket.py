"""Answers "add the second one": the card with its button; the basket is the page's, and the bot cannot fill it."""

import logging
import re
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineError, QuotedProducts
from actions.orders.order_contents import product_words
from actions.orders.order_reference import position_in
from actions.products.bought_together import named_in, shown_last

logger = logging.getLogger(__name__)

MOST = 3
_LAST = re.compile(r"\blast\b", re.IGNORECASE)
"""Of a list of products the one at its end; of orders it is the newest."""


class AddToBasket(Action):
    """Shows the product that is meant, of those shown last or of the shop's, with its button."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_add_to_basket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Say where to tap; never that something was added."""
        turn = Turn.of(tracker)
        shown = shown_last(tracker)
        chosen = _chosen(shown.products, turn.text) if shown is not None else []
        if shown is not None and chosen:
            found = QuotedProducts(shown.currency, chosen)
        elif shown is not None and named_in(turn.text, turn.entities) is None:
            dispatcher.utter_message(text=wording.WHICH_PRODUCT)
            return []
        else:
            found = await _searched(turn)
        if not found.products:
            dispatcher.utter_message(response="utter_product_search")
            return []
        dispatcher.utter_message(
            text=wording.product_lines(wording.add_opening(found.products), found, turn.locale),
            json_message=wording.quoted_card(found),
        )
        return []


def _chosen(products: List[Dict[str, Any]], text: str) -> List[Dict[str, Any]]:
    """Those of the card that the words mean: by position, by name, or the only one."""
    position = -1 if _LAST.search(text) else position_in(text)
    if position is not None:
        index = position - 1 if position > 0 else len(products) + position
        return [products[index]] if position != 0 and 0 <= index < len(products) else []
    words = product_words(text)
    counted = [(len(words & product_words(str(product["name"]))), product) for product in products]
    most = max(count for count, _ in counted)
    if most:
        return [product for count, product in counted if count == most]
    return products if len(products) == 1 else []


async def _searched(turn: Turn) -> QuotedProducts:
    """What the shop has under these words; nothing where the engine does not answer."""
    thing = named_in(turn.text, turn.entities)
    try:
        return await engine().find_products(
            turn.text if thing is None else thing.called,
            category=None if thing is None else thing.category,
            currency=turn.currency,
            limit=MOST,
        )
    except EngineError as error:
        logger.warning("No product to add in conversation %s: %s", turn.conversation_id, error)
        return QuotedProducts("", [])
