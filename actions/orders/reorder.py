"""The products of an order once more, as cards with a button that puts them into the basket."""

import asyncio
import logging
from typing import Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal, EngineUnavailable, Order, QuotedProducts
from actions.orders import order_wording
from actions.orders.order_answers import (
    ask_to_sign_in,
    ask_which,
    engine_away,
    say_not_found,
)
from actions.orders.order_finding import Events, about, orders_meant

logger = logging.getLogger(__name__)

CARDS = 6
"""Products that are shown at once."""


class Reorder(Action):
    """Shows what was in an order at today's prices; the customer adds it, the bot cannot."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_reorder"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Find the order, then its products as they are sold now."""
        turn = Turn.of(tracker)
        try:
            meant = await orders_meant(tracker, turn)
            if meant is None:
                return await ask_to_sign_in(dispatcher, tracker, order_wording.SIGN_IN_FOR_CONTENTS)
            not_found = await say_not_found(dispatcher, tracker, turn, meant, task=None)
            if not_found is not None:
                return not_found
            if meant.several:
                return ask_which(dispatcher, meant.several, turn, question="Which one would you like again?", task=None)
            return await _show(dispatcher, turn, meant.order or meant.orders[0])
        except EngineUnavailable as error:
            return engine_away(dispatcher, error)


async def _show(dispatcher: CollectingDispatcher, turn: Turn, order: Order) -> Events:
    wanted = list(dict.fromkeys(str(line["product_id"]) for line in order.lines))
    answers = await asyncio.gather(*(_product(product_id, turn.currency) for product_id in wanted[:CARDS]))
    found = [answer for answer in answers if answer is not None]
    if not found:
        dispatcher.utter_message(text=wording.nothing_to_reorder(order.number))
        return about(order)
    quoted = QuotedProducts(found[0].currency, [product for answer in found for product in answer.products])
    opening = wording.reorder_opening(order.number, gone=len(answers) - len(found), left=max(0, len(wanted) - CARDS))
    dispatcher.utter_message(
        text=wording.product_lines(opening, quoted, turn.locale), json_message=wording.quoted_card(quoted)
    )
    return about(order)


async def _product(product_id: str, currency: Optional[str]) -> Optional[QuotedProducts]:
    """The product as it is sold today; None where the shop no longer sells it."""
    try:
        return await engine().product(product_id, currency=currency)
    except EngineRefusal as error:
        logger.info("Product %s of an order is not sold: %s", product_id, error)
        return None
