"""Sentences about orders. They say what the shop said, and when; nothing is promised that it did not promise."""

from datetime import datetime, timedelta
from typing import Any, Dict, List

from actions.engine_replies import Order
from actions.language import say, say_day

PERSON_BUTTON = {"title": "Talk to a person", "payload": "/contact_human_agent"}
NO_ORDERS = "I see no orders in your account yet."
NO_ORDERS_HERE = "I can't see this shop's orders from here, so a person looks into it."
SIGN_IN_FIRST = "For that I have to know that the order is yours. Please sign in and ask me again."
SIGN_IN_OR_NUMBER = "Please sign in and I'll list your orders. Or send me an order number, and I'll look for that one."
SIGN_IN_FOR_CONTENTS = "I can only show that to who placed the order. Please sign in and ask me again."
SIGN_IN_AGAIN = "I still can't do that while you aren't signed in to the shop. A person can help you without."
ASK_FOR_PROOF = "To show it to nobody else: which e-mail address did you order with, or which postcode does it go to?"
WRONG_PROOF = (
    "I can't find an order with that number and that e-mail address or postcode. "
    "Please check them, and send me the number once more."
)
TOO_MANY_TRIES = "I can't check more numbers right now. Please try again in a quarter of an hour, or talk to a person."
ASKED_BY_PERSON = "I can't pass that on to the shop myself, so a person does it. Nothing has been changed yet."
OLD_AFTER = timedelta(hours=1)
FINAL_STATES = {"delivered", "cancelled", "returned", "refunded", "partly_refunded"}
"""What no longer changes needs no time beside it."""
NEEDS_A_PERSON = {"unknown", "delivery_failed"}
_STATES = {
    "received": "has reached the shop",
    "paid": "is paid and will be packed",
    "packing": "is being packed",
    "partly_shipped": "is partly on its way",
    "shipped": "is on its way",
    "out_for_delivery": "is out for delivery",
    "ready_for_pickup": "is ready to be picked up",
    "delivered": "was delivered",
    "delivery_failed": "could not be delivered",
    "cancelled": "was cancelled",
    "return_requested": "is registered for return",
    "returned": "has come back to the shop",
    "refunded": "was refunded",
    "partly_refunded": "was partly refunded",
}
_UNDER_WAY = {"received", "paid", "packing", "partly_shipped", "shipped", "out_for_delivery"}
_WITH_A_CARRIER = {"partly_shipped", "shipped", "out_for_delivery", "ready_for_pickup", "delivery_failed"}


def order_state(order: Order, *, now: datetime) -> str:
    """Where an order is, what was promised, what the shop was asked for, and who carries it."""
    return where_it_is(order, now) + _parcels(order)


def where_it_is(order: Order, now: datetime) -> str:
    """Where an order is, without its parcels."""
    if order.state not in _STATES:
        return say("I see order {number}, but not yet where it is.", number=order.number) + _open_change(order)
    state = say("{state}{age}.", state=short_state(order), age=_age(order, now))
    return f"{state}{_promise(order, now)}{_open_change(order)}"


def short_state(order: Order) -> str:
    """Where an order is, without promise and age: `Order 1001 is on its way`."""
    if order.state not in _STATES:
        return say("Order {number}", number=order.number)
    if order.state == "delivered" and order.delivered_at:
        return say("Order {number} was delivered on {day}", number=order.number, day=day(order.delivered_at))
    return say("Order {number} {state}", number=order.number, state=say(_STATES[order.state]))


def is_under_way(order: Order) -> bool:
    """Whether there is still something to come."""
    return order.state not in FINAL_STATES and order.state != "return_requested"


def is_late(order: Order, *, now: datetime) -> bool:
    """Whether it should have arrived by now, as the shop promised."""
    return order.state in _UNDER_WAY and order.promised_until is not None and _time(order.promised_until) < now


def arrival(order: Order, *, now: datetime) -> str:
    """When an order comes, and whether that is as promised; or when it came."""
    if order.state == "delivered" and order.delivered_at:
        return say("{state}{age}.", state=short_state(order), age="") + _kept(order)
    if order.state not in _UNDER_WAY:
        ended = say(" So nothing is on its way.") if order.state == "cancelled" else ""
        return f"{where_it_is(order, now)}{ended}"
    state = say("It {state}{age}.", state=say(_STATES[order.state]), age=_age(order, now)) + _open_change(order)
    if order.promised_until is None:
        return say("The shop has named no day yet for order {number}. {state}", number=order.number, state=state)
    if is_late(order, now=now):
        late = "Order {number} is late: it was promised for {day}. {state}"
        return say(late, number=order.number, day=day(order.promised_until), state=state)
    on_time = "Order {number} is on time:{expected} {state}"
    return say(on_time, number=order.number, expected=_expected(order, now), state=state)


def _kept(order: Order) -> str:
    """Whether it came as promised."""
    if order.promised_until is None or order.delivered_at is None:
        return ""
    if _time(order.delivered_at) <= _time(order.promised_until):
        return say(" That was on time.")
    return say(" That was late: it was promised for {day}.", day=day(order.promised_until))


def _expected(order: Order, now: datetime) -> str:
    """` it should arrive by tomorrow, 26 November 2026.`"""
    until = _time(order.promised_until or "")
    if order.promised_from and day(order.promised_from) != day(order.promised_until or ""):
        first, last = day(order.promised_from), day(order.promised_until or "")
        return say(" it should arrive between {first} and {last}.", first=first, last=last)
    ahead = (until.date() - now.astimezone(until.tzinfo).date()).days
    near = {0: say("today, "), 1: say("tomorrow, ")}.get(ahead, "")
    return say(" it should arrive by {near}{day}.", near=near, day=day(order.promised_until or ""))


def newest_orders(orders: List[Order], *, now: datetime) -> str:
    """Several orders, one a line."""
    if len(orders) == 1:
        return order_state(orders[0], now=now)
    return "\n".join([say("Your latest orders:"), *(f"• {order_state(order, now=now)}" for order in orders)])


def order_card(order: Order) -> Dict[str, Any]:
    """The order's parcels, for the widget."""
    parcels = [{**parcel, "order_number": order.number} for parcel in order.shipments]
    return {"kind": "order", "order_id": order.order_id, "state": order.state, "shipments": parcels}


def proof_form(number: str = "") -> Dict[str, Any]:
    """Asks the widget for a form: the order's number where it is not known, and what proves it."""
    return {"kind": "proof", "order_number": number}


def not_in_account(number: str) -> List[str]:
    """No such order, or somebody else's, which sounds alike: the first time, and again."""
    return [
        say("I can't show you order {number}; it isn't in your account. Please check the number.", number=number),
        say(
            "There is no order {number} in your account, so I can't say anything about it. "
            "It may belong to somebody else, or a digit is wrong.",
            number=number,
        ),
        say("Order {number} still isn't in your account. A person can look into it with you.", number=number),
    ]


def day(timestamp: str) -> str:
    """The day of an ISO 8601 timestamp in words: 26 November 2025."""
    return say_day(_time(timestamp).date())


def _time(timestamp: str) -> datetime:
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00"))


def _age(order: Order, now: datetime) -> str:
    """` (as of 14:05)`, where the shop was last heard more than an hour ago."""
    if order.as_of is None or order.state in FINAL_STATES:
        return ""
    as_of = _time(order.as_of)
    if now - as_of <= OLD_AFTER:
        return ""
    same_day = now.astimezone(as_of.tzinfo).date() == as_of.date()
    if same_day:
        return say(" (as of {time})", time=f"{as_of:%H:%M}")
    return say(" (as of {time} on {day})", time=f"{as_of:%H:%M}", day=say_day(as_of.date(), year=False))


def _promise(order: Order, now: datetime) -> str:
    if order.promised_until is None or order.state not in _UNDER_WAY:
        return ""
    if _time(order.promised_until) < now:
        return say(" It was promised for {day}.", day=day(order.promised_until))
    if order.promised_from and day(order.promised_from) != day(order.promised_until):
        first, last = day(order.promised_from), day(order.promised_until)
        return say(" It should arrive between {first} and {last}.", first=first, last=last)
    return say(" It should arrive by {day}.", day=day(order.promised_until))


def _parcels(order: Order) -> str:
    """Who carries it, and where the carrier tells more."""
    if order.state not in _WITH_A_CARRIER:
        return ""
    said = ""
    for parcel in order.shipments:
        if parcel["tracking_number"]:
            where = f": {parcel['tracking_url']}" if parcel["tracking_url"] else say(".")
            carrier = parcel["carrier"] or say("The carrier")
            has_it = say("{carrier} has it under {number}", carrier=carrier, number=parcel["tracking_number"])
            said += f"\n{has_it}{where}"
    return said


def _open_change(order: Order) -> str:
    return next((f" {say(_WAITING[change.kind])}" for change in order.changes if change.state in ("asked", "sent")), "")


_WAITING = {
    "cancel": "The shop has been asked to cancel it and hasn't answered yet.",
    "return": "The shop has been asked to take it back and hasn't answered yet.",
    "address": "The shop has been asked to send it to another address and hasn't answered yet.",
}
