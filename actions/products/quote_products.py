"""Products that a customer asks about: "how much is the tent?", "do you have tents?", "which of those is the"
" cheapest?".

Each is shown with its price of today in the customer's currency, its link and its picture.
"""

import logging
import re
from dataclasses import replace
from typing import Any, Dict, List, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineError, QuotedProducts
from actions.products.bought_together import Thing, named_before, shown_last, thing_of, things_in
from actions.products.product_wishes import Wishes, chosen, is_what_is_wanted, names_a_size, wishes_in

logger = logging.getLogger(__name__)

MOST = 3
MOST_COMPARED = 40
"""Products among which the cheapest is looked for."""
LONGEST = 500
NOTHING_FOUND = {
    "product_availability": "utter_product_availability",
    "product_advice": "utter_product_advice",
}
"""What is said instead of products, by intent; for all others where the shop's own search is."""
ADVICE = "product_advice"
_A_KIND_OF_IT = re.compile(r"\b(?:free|without|kinds?|sorts?|versions?)\b", re.IGNORECASE)


class QuoteProducts(Action):
    """Shows the products that a customer looks for, with price, link and picture."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_quote_products"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Ask the engine; where it knows no such product, say what helps instead."""
        turn = Turn.of(tracker)
        wishes = wishes_in(turn.text, turn.entities)
        try:
            found = await _found(tracker, turn, wishes)
        except EngineError as error:
            logger.warning("No products to quote in conversation %s: %s", turn.conversation_id, error)
            found = None
        if found is None:
            dispatcher.utter_message(response=NOTHING_FOUND.get(turn.intent or "", "utter_product_search"))
            return []
        left = replace(
            found, products=chosen(found.products, wishes, most=1 if wishes.single and wishes.of_those else MOST)
        )
        if not left.products:
            dispatcher.utter_message(text=wording.none_left(wishes.most_cents, found.currency, turn.locale))
            return []
        dispatcher.utter_message(
            text=wording.quoted(left, turn.locale, opening=_opening(turn, wishes, left)),
            json_message=wording.quoted_card(left),
        )
        return []


async def _found(tracker: Tracker, turn: Turn, wishes: Wishes) -> Optional[QuotedProducts]:
    """The products that the words are about, before their wishes choose; None where the shop has no such thing."""
    thing = _wanted(turn)
    shown = shown_last(tracker)
    if thing is None and shown is not None and wishes.narrows and wishes.of_those:
        return shown
    if thing is None and shown is not None and (wishes.narrows or wishes.sizes or wishes.others):
        before = named_before(tracker)
        if before is not None:
            return await _all_of(before, turn, without=shown if wishes.others else None)
    if thing is None and turn.intent == ADVICE and wishes.of_those:
        return None  # "which one should I buy?", with nothing shown
    if thing is None and (turn.intent == ADVICE or wishes.narrows or wishes.others):
        return _or_none(await engine().best_sellers(currency=turn.currency, limit=MOST_COMPARED))
    if thing is not None and (wishes.narrows or wishes.sizes):
        return await _all_of(thing, turn)
    return await _by_words(thing, tracker, turn)


async def _by_words(thing: Optional[Thing], tracker: Tracker, turn: Turn) -> Optional[QuotedProducts]:
    words = turn.text[:LONGEST]
    if not words.strip():
        return None
    found = _or_none(
        await engine().find_products(
            words if thing is None else f"{thing.called} {words}"[:LONGEST],
            category=None if thing is None else thing.category,
            currency=turn.currency,
            limit=MOST,
        )
    )
    before = named_before(tracker) if found is None and thing is None and _A_KIND_OF_IT.search(words) else None
    return found if before is None else await _all_of(before, turn)


async def _all_of(thing: Thing, turn: Turn, *, without: Optional[QuotedProducts] = None) -> Optional[QuotedProducts]:
    """Everything under a name, what is there first; without what was shown."""
    found = await engine().find_products(
        thing.called, category=thing.category, currency=turn.currency, limit=MOST_COMPARED
    )
    seen = {row["product_id"] for row in without.products} if without is not None else set()
    left = [row for row in found.products if row["product_id"] not in seen]
    there = [row for row in left if row["in_stock"]] or left
    return replace(found, products=there) if found.products else None


def _wanted(turn: Turn) -> Optional[Thing]:
    """The thing that is looked for: of "which cheese for a pizza" the cheese, else what is named last."""
    things = things_in(turn.entities)
    if not things:
        return None
    wanted = [thing for thing in things if is_what_is_wanted(turn.text[: int(thing.get("start") or 0)])]
    return thing_of(turn.text, (wanted or things[-1:])[0])


def _opening(turn: Turn, wishes: Wishes, found: QuotedProducts) -> Optional[str]:
    several = len(found.products) > 1
    opening: Optional[str] = None
    if wishes.dearest:
        opening = wording.DEAREST_FIRST if several else wording.DEAREST
    elif wishes.cheapest or wishes.compares:
        opening = wording.CHEAPEST_FIRST if several else wording.CHEAPEST
    elif wishes.most_cents is not None:
        opening = wording.up_to(wishes.most_cents, found.currency, turn.locale)
    elif wishes.sizes:
        opening = wording.SIZES if any(map(names_a_size, found.products)) else wording.NO_SIZES
    elif wishes.others:
        opening = wording.OTHERS
    elif turn.intent == ADVICE:
        opening = wording.CANNOT_JUDGE if things_in(turn.entities) else wording.BEST_SELLERS
    return opening


def _or_none(found: QuotedProducts) -> Optional[QuotedProducts]:
    return found if found.products else None
