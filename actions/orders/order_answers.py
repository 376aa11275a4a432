"""What the actions about orders say alike."""

import logging
from typing import List, Optional, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import wording
from actions.conversation import Turn, said_before, unlike
from actions.engine_client import engine
from actions.engine_replies import EngineUnavailable, Order
from actions.language import say
from actions.orders import order_summaries, order_wording
from actions.orders.order_finding import Events, Meant, about, now, showing
from actions.orders.order_question import handing_over, waiting_for_number

logger = logging.getLogger(__name__)

MOST_CHOICES = 5
"""Orders that are offered as buttons, or listed: more nobody reads in a chat."""


def say_state(dispatcher: CollectingDispatcher, tracker: Tracker, order: Order) -> Events:
    """Where the order is; the talk is about it from here on."""
    text = order_wording.order_state(order, now=now())
    dispatcher.utter_message(
        text=unlike(said_before(tracker), text, text + say(" Nothing has changed since you asked.")),
        json_message=order_wording.order_card(order),
        buttons=[order_wording.PERSON_BUTTON] if order.state in order_wording.NEEDS_A_PERSON else [],
    )
    return [*about(order), *waiting_for_number(None)]


def say_not_in_account(
    dispatcher: CollectingDispatcher, tracker: Tracker, number: str, *, task: Optional[str]
) -> Events:
    """The number is unknown or somebody else's, which sounds alike; `task` goes on with the next number."""
    first, *others = order_wording.not_in_account(number)
    again = tracker.get_slot("foreign_order") == number
    text = unlike(said_before(tracker), *others, first) if again else first
    dispatcher.utter_message(text=text, buttons=[order_wording.PERSON_BUTTON] if again else [])
    return [SlotSet("order_number", None), SlotSet("foreign_order", number), *waiting_for_number(task)]


def say_no_such_order(dispatcher: CollectingDispatcher, meant: Meant, turn: Turn, *, task: Optional[str]) -> Events:
    """The message describes an order that the customer does not have: the newest are shown instead."""
    return ask_which(
        dispatcher, meant.orders, turn, question="I don't see such an order. Which of your newest is it?", task=task
    )


def ask_which(
    dispatcher: CollectingDispatcher, orders: Sequence[Order], turn: Turn, *, question: str, task: Optional[str]
) -> Events:
    """Ask which of these is meant, a button each; the answer goes on with `task`, or asks the same of that order."""
    choice = list(orders[:MOST_CHOICES])
    intent = "inform_order_number" if task else turn.intent or "inform_order_number"
    dispatcher.utter_message(
        text=question, buttons=[order_summaries.choice_button(order, turn.locale, intent) for order in choice]
    )
    return [*showing(choice), *waiting_for_number(task)]


async def say_not_found(
    dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant, *, task: Optional[str]
) -> Optional[Events]:
    """Say why no order was found; None where there is one, or a choice. Raises EngineUnavailable."""
    if meant.foreign:
        return say_not_in_account(dispatcher, tracker, meant.foreign, task=task)
    if meant.order is not None or meant.several:
        return None
    if not meant.orders:
        return await say_no_orders(dispatcher)
    return say_no_such_order(dispatcher, meant, turn, task=task) if meant.said else None


async def say_no_orders(dispatcher: CollectingDispatcher) -> Events:
    """The customer has no order; in a shop that tells of none a person looks into it."""
    if not await engine().knows_orders():
        dispatcher.utter_message(text=order_wording.NO_ORDERS_HERE)
        return handing_over()
    dispatcher.utter_message(text=order_wording.NO_ORDERS)
    return waiting_for_number(None)


async def ask_to_sign_in(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    """Who is not signed in cannot be answered; in a shop that tells of no order a person looks into it."""
    if not await engine().knows_orders():
        dispatcher.utter_message(text=order_wording.NO_ORDERS_HERE)
        return handing_over()
    text = unlike(said_before(tracker), text, order_wording.SIGN_IN_AGAIN)
    dispatcher.utter_message(text=text, buttons=[order_wording.PERSON_BUTTON])
    return waiting_for_number(None)


def engine_away(dispatcher: CollectingDispatcher, error: EngineUnavailable) -> Events:
    """The engine gave no answer."""
    logger.error("An order could not be looked up: %s", error)
    dispatcher.utter_message(text=wording.ENGINE_AWAY)
    return waiting_for_number(None)


def coming(meant: Meant) -> List[Order]:
    """The orders that a question about the way is about: the one that is meant, else those still to come.

    An order that has come to its end was talked about, but "my order" is then another one that is under way.
    """
    if meant.several:
        return meant.several
    waited_for = [order for order in meant.orders if order_wording.is_under_way(order)]
    if meant.order is not None and (meant.said or order_wording.is_under_way(meant.order) or not waited_for):
        return [meant.order]
    return waited_for or meant.orders[:1]
