"""Sentences about cancelling and returning: what can be asked of the shop, and how far that came."""

from datetime import datetime
from typing import Sequence

from actions.engine_replies import Order, OrderChange
from actions.orders import order_summaries, order_wording

_VERBS = {"cancel": "cancel", "return": "take back"}
HOW = {
    "cancel": "I can ask the shop for you, as long as the order isn't packed. Do you want to cancel one of yours?",
    "return": "I can ask the shop for you, and it tells you by e-mail how the parcel goes back. "
    "Do you want to return something?",
}
"""How it is done, and whether it is wanted."""
_CAN = {"cancel": "can still be cancelled", "return": "can be returned"}
_REASONS = {
    "never_cancelled": "This shop doesn't cancel orders.",
    "too_late": "It can't be cancelled any more.",
    "not_arrived": "It can be returned once it has arrived.",
    "window_over": "The time in which it could be returned is over.",
    "not_taken_back": "What is in it can't be returned.",
}
_OVER = {"cancelled", "return_requested", "returned", "refunded"}
"""States after which there is nothing left to cancel or to return."""


def confirm(number: str, change: str, *, asks_whether: bool = False) -> str:
    """Ask before the shop is asked."""
    if asks_whether:
        it = {"cancel": "cancel it", "return": "take it back"}[change]
        return f"Yes, order {number} {_CAN[change]}. Shall I ask the shop to {it}?"
    wish = {"cancel": f"to cancel order {number}", "return": f"for a return of order {number}"}[change]
    return f"Shall I ask the shop {wish}?"


def confirm_again(number: str, change: str) -> str:
    """Come back to the question after something else was answered."""
    it = {"cancel": "cancel it", "return": "take it back"}[change]
    return f"And order {number}: shall I ask the shop to {it}?"


def confirm_once_more(number: str, change: str) -> str:
    """The question in other words."""
    it = {"cancel": "have it cancelled", "return": "send it back"}[change]
    return f"It's about order {number}. Do you want to {it}? Please say yes or no."


def which(change: str) -> Sequence[str]:
    """Ask which of several; the second time in other words."""
    return {
        "cancel": (
            "These can still be cancelled. Which one shall I ask the shop to cancel?",
            "Please choose the order that you want to cancel:",
        ),
        "return": (
            "These can be returned. Which one shall I ask the shop to take back?",
            "Please choose the order that you want to send back:",
        ),
    }[change]


def eligible(orders: Sequence[Order], change: str, locale: str) -> str:
    """Which orders the shop can be asked about."""
    titles = [order_summaries.choice_title(order, locale) for order in orders]
    if len(titles) == 1:
        return f"One order {_CAN[change]}: {titles[0][0].lower()}{titles[0][1:]}."
    opening = {"cancel": "These can still be cancelled:", "return": "These can be returned:"}[change]
    return "\n".join([opening, *(f"• {title}" for title in titles)])


def none_of_them(change: str) -> str:
    """Of several orders none can be changed; the reason of one follows."""
    return {
        "cancel": "None of your orders can be cancelled now.",
        "return": "None of your orders can be returned now.",
    }[change]


def most_telling(orders: Sequence[Order], change: str) -> Order:
    """Of orders that cannot be changed the newest whose reason says something: not one that was cancelled anyway."""
    return next((order for order in orders if not _is_over(order, change)), orders[0])


def impossible(order: Order, change: str, *, now: datetime) -> str:
    """Why the shop need not be asked, and what can be done instead."""
    where = order_wording.where_it_is(order, now)
    if _is_over(order, change):
        return f"{where} There is nothing left to {change}."
    reason = _REASONS.get(order.refused_changes.get(change, ""), "That is not possible now.")
    return f"{where} {reason}{_alternative(order, change)}"


def impossible_again(order: Order, change: str) -> str:
    """The same for who asks on: shorter, and what is left."""
    done = {"cancel": "cancelled", "return": "returned"}[change]
    against = order.refused_changes.get(change, "")
    later = f" {_REASONS[against]}" if against == "not_arrived" else ""
    return f"Order {order.number} can't be {done} now.{later}{_alternative(order, change)} A person can tell you more."


def moved_on(number: str, change: str) -> str:
    """The order changed between the question and the yes."""
    return f"Order {number} has moved on meanwhile; the shop can't {_VERBS[change]} it any more."


def state(number: str, change: OrderChange) -> str:
    """How far a change is, in the shop's words where it has any."""
    said = f" It says: {change.shop_reason}" if change.shop_reason else ""
    if change.state == "confirmed":
        return {
            "cancel": f"The shop has cancelled order {number}.",
            "return": f"The shop has registered the return of order {number}.",
        }[change.kind] + said
    if change.state == "refused":
        return f"The shop won't {_VERBS[change.kind]} order {number}.{said} A person can look into it with you."
    if change.state == "failed":
        return f"I couldn't reach the shop to {_VERBS[change.kind]} order {number}. A person can do it."
    return f"I've asked the shop to {_VERBS[change.kind]} {number}; you'll get an e-mail."


def _is_over(order: Order, change: str) -> bool:
    earlier = order.change(change)
    return order.state in _OVER or (earlier is not None and earlier.state != "failed")


def _alternative(order: Order, change: str) -> str:
    """What can be done instead, where something can."""
    if change == "return":
        return "" if "cancel" in order.refused_changes else " It can still be cancelled instead."
    against = order.refused_changes.get("return")
    if against is None:
        return " You can send it back instead."
    return " You can send it back once it has arrived." if against == "not_arrived" else ""
