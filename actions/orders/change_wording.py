"""Sentences about cancelling and returning: what can be asked of the shop, and how far that came."""

from datetime import datetime
from typing import Sequence

from actions.engine_replies import Order, OrderChange
from actions.language import say
from actions.orders import order_summaries, order_wording

HOW = {
    "cancel": "I can ask the shop for you, as long as the order isn't packed. Do you want to cancel one of yours?",
    "return": "I can ask the shop for you, and it tells you by e-mail how the parcel goes back. "
    "Do you want to return something?",
}
"""How it is done, and whether it is wanted."""
_REASONS = {
    "never_cancelled": "This shop doesn't cancel orders.",
    "too_late": "It can't be cancelled any more.",
    "not_arrived": "It can be returned once it has arrived.",
    "window_over": "The time in which it could be returned is over.",
    "not_taken_back": "What is in it can't be returned.",
}
_ASKED = {
    "cancel": "I've asked the shop to cancel {number}; you'll get an e-mail.",
    "return": "I've asked the shop to take back {number}; you'll get an e-mail.",
}
_PROGRESS = {
    "confirmed": {
        "cancel": "The shop has cancelled order {number}.",
        "return": "The shop has registered the return of order {number}.",
    },
    "refused": {
        "cancel": "The shop won't cancel order {number}.",
        "return": "The shop won't take back order {number}.",
    },
    "failed": {
        "cancel": "I couldn't reach the shop to cancel order {number}. A person can do it.",
        "return": "I couldn't reach the shop to take back order {number}. A person can do it.",
    },
}
_OVER = {"cancelled", "return_requested", "returned", "refunded"}
"""States after which there is nothing left to cancel or to return."""


def confirm(number: str, change: str, *, asks_whether: bool = False) -> str:
    """Ask before the shop is asked."""
    if asks_whether:
        yes = {
            "cancel": "Yes, order {number} can still be cancelled. Shall I ask the shop to cancel it?",
            "return": "Yes, order {number} can be returned. Shall I ask the shop to take it back?",
        }[change]
        return say(yes, number=number)
    shall = {
        "cancel": "Shall I ask the shop to cancel order {number}?",
        "return": "Shall I ask the shop for a return of order {number}?",
    }[change]
    return say(shall, number=number)


def confirm_again(number: str, change: str) -> str:
    """Come back to the question after something else was answered."""
    shall = {
        "cancel": "And order {number}: shall I ask the shop to cancel it?",
        "return": "And order {number}: shall I ask the shop to take it back?",
    }[change]
    return say(shall, number=number)


def confirm_once_more(number: str, change: str) -> str:
    """The question in other words."""
    wanted = {
        "cancel": "It's about order {number}. Do you want to have it cancelled? Please say yes or no.",
        "return": "It's about order {number}. Do you want to send it back? Please say yes or no.",
    }[change]
    return say(wanted, number=number)


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
        only = {"cancel": "One order can still be cancelled: {title}.", "return": "One order can be returned: {title}."}
        return say(only[change], title=f"{titles[0][0].lower()}{titles[0][1:]}")
    opening = {"cancel": "These can still be cancelled:", "return": "These can be returned:"}[change]
    return "\n".join([say(opening), *(f"• {title}" for title in titles)])


def none_of_them(change: str) -> str:
    """Of several orders none can be changed; the reason of one follows."""
    none = {
        "cancel": "None of your orders can be cancelled now.",
        "return": "None of your orders can be returned now.",
    }
    return say(none[change])


def most_telling(orders: Sequence[Order], change: str) -> Order:
    """Of orders that cannot be changed the newest whose reason says something: not one that was cancelled anyway."""
    return next((order for order in orders if not _is_over(order, change)), orders[0])


def impossible(order: Order, change: str, *, now: datetime) -> str:
    """Why the shop need not be asked, and what can be done instead."""
    where = order_wording.where_it_is(order, now)
    if _is_over(order, change):
        over = {"cancel": "There is nothing left to cancel.", "return": "There is nothing left to return."}
        return f"{where} {say(over[change])}"
    reason = _REASONS.get(order.refused_changes.get(change, ""), "That is not possible now.")
    return f"{where} {say(reason)}{_alternative(order, change)}"


def impossible_again(order: Order, change: str) -> str:
    """The same for who asks on: shorter, and what is left."""
    refusal = {
        "cancel": "Order {number} can't be cancelled now.",
        "return": "Order {number} can't be returned now.",
    }
    against = order.refused_changes.get(change, "")
    later = f" {say(_REASONS[against])}" if against == "not_arrived" else ""
    more = say(" A person can tell you more.")
    return f"{say(refusal[change], number=order.number)}{later}{_alternative(order, change)}{more}"


def moved_on(number: str, change: str) -> str:
    """The order changed between the question and the yes."""
    late = {
        "cancel": "Order {number} has moved on meanwhile; the shop can't cancel it any more.",
        "return": "Order {number} has moved on meanwhile; the shop can't take back it any more.",
    }
    return say(late[change], number=number)


def state(number: str, change: OrderChange) -> str:
    """How far a change is, in the shop's words where it has any."""
    sentence = say(_PROGRESS.get(change.state, _ASKED)[change.kind], number=number)
    said = say(" It says: {reason}", reason=change.shop_reason) if change.shop_reason else ""
    if change.state == "confirmed":
        return sentence + said
    return sentence + said + say(" A person can look into it with you.") if change.state == "refused" else sentence


def _is_over(order: Order, change: str) -> bool:
    earlier = order.change(change)
    return order.state in _OVER or (earlier is not None and earlier.state != "failed")


def _alternative(order: Order, change: str) -> str:
    """What can be done instead, where something can."""
    if change == "return":
        return "" if "cancel" in order.refused_changes else say(" It can still be cancelled instead.")
    against = order.refused_changes.get("return")
    if against is None:
        return say(" You can send it back instead.")
    return say(" You can send it back once it has arrived.") if against == "not_arrived" else ""
