"""Where an order is, and which orders a customer has.

Who is not signed in shows that an order is theirs by its e-mail address or postcode.
"""

import logging
from typing import List, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal, EngineUnavailable, Order
from actions.language import say
from actions.orders import order_summaries, order_wording
from actions.orders.order_answers import (
    MOST_CHOICES,
    coming,
    engine_away,
    say_no_orders,
    say_not_found,
    say_not_in_account,
    say_state,
)
from actions.orders.order_finding import Events, Meant, now, orders_meant, showing
from actions.orders.order_proof import Proof, proof_in
from actions.orders.order_question import handing_over, waiting_for_number, waiting_for_proof

logger = logging.getLogger(__name__)

WENT_THROUGH = "order_went_through"
"""The intent of who does not know whether an order was placed at all."""
TRACKED = 3
"""Orders whose state is told at once."""


class TrackOrder(Action):
    """Tells where an order is: the one that is meant, else those that are under way, else the newest."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_track_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Look up and say."""
        turn = Turn.of(tracker)
        try:
            meant = await orders_meant(tracker, turn)
            if meant is None:
                if turn.intent == WENT_THROUGH and not tracker.get_slot("order_number"):
                    dispatcher.utter_message(response="utter_order_went_through")
                    return []
                return await track_by_number(dispatcher, tracker, turn)
            return await self._track(dispatcher, tracker, turn, meant)
        except EngineUnavailable as error:
            return engine_away(dispatcher, error)

    async def _track(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant) -> Events:
        not_found = await say_not_found(dispatcher, tracker, turn, meant, task="track")
        if not_found is not None:
            return not_found
        newest_alone = turn.intent == WENT_THROUGH and not meant.said
        orders = meant.orders[:1] if newest_alone else coming(meant)
        if len(orders) == 1:
            return await _fresh(dispatcher, tracker, turn, orders[0])
        return _say_several(dispatcher, orders[:TRACKED])


class ListOrders(Action):
    """Shows a customer's newest orders, a line and a button each."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_list_orders"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """List them; who is not signed in is asked to, or for a number."""
        turn = Turn.of(tracker)
        try:
            meant = await orders_meant(tracker, turn)
            if meant is None:
                return await _ask_number(dispatcher, order_wording.SIGN_IN_OR_NUMBER)
            if not meant.orders:
                return await say_no_orders(dispatcher)
        except EngineUnavailable as error:
            return engine_away(dispatcher, error)
        orders = (meant.several or meant.orders)[:MOST_CHOICES]
        lines = [order_summaries.order_line(order, turn.locale) for order in orders]
        unknown = meant.said and not meant.several and meant.order is None
        opening = say("I don't see such an order. ") if unknown else ""
        if len(orders) == 1:
            text = opening + say("There is one so far. {order}", order=lines[0])
        else:
            text = "\n".join([opening + say("Your latest orders:"), *(f"• {line}" for line in lines)])
        dispatcher.utter_message(
            text=text,
            json_message={**order_wording.order_card(orders[0]), "shipments": []},
            buttons=[order_summaries.number_button(order) for order in orders],
        )
        return [*showing(orders), *waiting_for_number(None)]


async def track_by_number(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
    """For who is not signed in: the number, then a proof, then where the order is. Raises EngineUnavailable."""
    waiting = tracker.get_slot("verifying_number") if tracker.get_slot("pending_task") == "verify" else None
    number: Optional[str] = waiting or tracker.get_slot("order_number")
    if not number:
        return await _ask_number(dispatcher, None)
    proof = proof_in(turn.text, number=number, wanted=waiting is not None)
    try:
        order = await engine().look_up_order(number, turn, email=proof.email, postcode=proof.postcode)
    except EngineRefusal as error:
        return _not_shown(dispatcher, tracker, number, error, proof)
    events = say_state(dispatcher, tracker, order)
    return [*events, SlotSet("order_number", number), SlotSet("verifying_number", None)]


async def _fresh(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, order: Order) -> Events:
    """Ask for this one alone: the shop is then asked for its newest state."""
    try:
        order = await engine().look_up_order(order.number, turn)
    except EngineRefusal as error:
        logger.warning("Order %s of the customer's list is refused: %s", order.number, error)
    return say_state(dispatcher, tracker, order)


async def _ask_number(dispatcher: CollectingDispatcher, text: Optional[str]) -> Events:
    if not await engine().knows_orders():
        dispatcher.utter_message(text=order_wording.NO_ORDERS_HERE)
        return handing_over()
    response = None if text else "utter_ask_order_number"
    dispatcher.utter_message(text=text, response=response, json_message=order_wording.proof_form())
    return waiting_for_number("track")


def _say_several(dispatcher: CollectingDispatcher, orders: List[Order]) -> Events:
    cards = [order_wording.order_card(order) for order in orders]
    dispatcher.utter_message(
        text=order_wording.newest_orders(orders, now=now()),
        json_message={**cards[0], "shipments": [parcel for card in cards for parcel in card["shipments"]]},
    )
    return [*showing(orders), *waiting_for_number(None)]


def _not_shown(
    dispatcher: CollectingDispatcher, tracker: Tracker, number: str, error: EngineRefusal, proof: Proof
) -> Events:
    """A proof is missing or wrong, or there is no such order; the last two sound alike."""
    if error.code == "proof_needed":
        dispatcher.utter_message(text=order_wording.ASK_FOR_PROOF, json_message=order_wording.proof_form(number))
        return waiting_for_proof(number)
    if error.code == "too_many_attempts":
        dispatcher.utter_message(text=order_wording.TOO_MANY_TRIES, buttons=[order_wording.PERSON_BUTTON])
        return [SlotSet("order_number", None), *waiting_for_number(None)]
    if proof:
        logger.info("Order %s: %s", number, error)
        dispatcher.utter_message(text=order_wording.WRONG_PROOF, json_message=order_wording.proof_form())
        return [SlotSet("order_number", None), *waiting_for_number("track")]
    logger.info("Order %s: %s", number, error)
    return say_not_in_account(dispatcher, tracker, number, task="track")
