"""The order that a message is about, with what the talk remembers: the one talked about, those shown last."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal, Order
from actions.orders.order_reference import NOTHING_SAID, find_order, refers_back, same_number

logger = logging.getLogger(__name__)

Events = List[Dict[str, Any]]

ORDERS_READ = 20
"""How far back a customer's orders are looked at; an older one is found by its number."""


@dataclass(frozen=True)
class Meant:
    """What a signed-in customer's message says about which order it means."""

    orders: List[Order]
    """All of the customer, the newest first."""
    order: Optional[Order] = None
    """The one that is meant, or else the one that the talk is about."""
    several: List[Order] = field(default_factory=list)
    """Those that fit, where there are several."""
    said: bool = False
    """The message itself says which; with neither `order` nor `several` there is no such order."""
    foreign: Optional[str] = None
    """A number that is not in the customer's account."""


async def orders_meant(tracker: Tracker, turn: Turn) -> Optional[Meant]:
    """Find the order; None for who is not signed in, or not known as a customer. Raises EngineUnavailable."""
    if turn.customer_id is None:
        return None
    try:
        orders = await engine().newest_orders(turn.customer_id, limit=ORDERS_READ)
    except EngineRefusal as error:
        logger.warning("Customer %s has no orders to show: %s", turn.customer_id, error)
        return None
    current: Optional[str] = tracker.get_slot("order_number")
    foreign: Optional[str] = tracker.get_slot("foreign_order")
    reference = find_order(
        turn.text,
        turn.entities,
        orders,
        shown=tracker.get_slot("shown_orders") or [],
        current=current,
        now=now(),
    )
    if reference is NOTHING_SAID and foreign and refers_back(turn.text):
        return Meant(orders, foreign=foreign, said=True)
    number = reference.number or (None if reference.said else current)
    if number is not None:
        order = await _order(number, orders, turn)
        return Meant(orders, order=order, said=reference.said, foreign=None if order else number)
    several = [order for order in orders if order.number in reference.numbers]
    return Meant(orders, several=several, said=reference.said)


def about(order: Order) -> Events:
    """From here on the talk is about this order."""
    return [SlotSet("order_number", order.number), SlotSet("foreign_order", None)]


def showing(orders: Sequence[Order]) -> Events:
    """These are the orders of which "the second one" is one; one alone is what the talk is about."""
    listed = SlotSet("shown_orders", [order.number for order in orders])
    return [*about(orders[0]), listed] if len(orders) == 1 else [SlotSet("foreign_order", None), listed]


def now() -> datetime:
    """The time, aware."""
    return datetime.now(timezone.utc)


async def _order(number: str, orders: Sequence[Order], turn: Turn) -> Optional[Order]:
    """One of these, or an older one of the customer; None for an unknown number and somebody else's."""
    known = next((order for order in orders if same_number(order.number, number)), None)
    if known is not None:
        return known
    try:
        found = await engine().look_up_order(number, turn)
    except EngineRefusal as error:
        logger.info("Order %s: %s", number, error)
        return None
    return found if found.yours else None
