"""What is in an order and what it cost, in few words or in full."""

from typing import Any, Dict, Mapping

from actions import wording
from actions.engine_replies import Order
from actions.language import say
from actions.orders import order_wording

NAMED = 2
"""Products that a summary names before it counts the rest."""
LISTED = 8
"""Lines of an order that are written out: a chat is narrow, and an order of groceries is long."""
LONGEST_NAME = 28


def in_few_words(order: Order) -> str:
    """`milk, eggs and 2 more`; empty where nothing is known of what is in it."""
    names = list(dict.fromkeys(_short(name) for name in order.contents))
    if not names:
        return ""
    if len(names) <= NAMED + 1:
        return ", ".join(names)
    return say("{names} and {count} more", names=", ".join(names[:NAMED]), count=len(names) - NAMED)


def order_line(order: Order, locale: str) -> str:
    """An order in a list: number, state, what is in it and what it cost."""
    about = ", ".join(part for part in (in_few_words(order), total_of(order, locale)) if part)
    state = order_wording.short_state(order)
    return say("{state}: {about}.", state=state, about=about) if about else say("{state}{age}.", state=state, age="")


def choice_title(order: Order, locale: str) -> str:
    """An order on a button: `Order 1001 · milk, eggs · $12.30`."""
    return " · ".join(
        part
        for part in (say("Order {number}", number=order.number), in_few_words(order), total_of(order, locale))
        if part
    )


def number_button(order: Order) -> Dict[str, str]:
    """A button that names the order."""
    return {
        "title": say("Order {number}", number=order.number),
        "payload": with_number("inform_order_number", order.number),
    }


def choice_button(order: Order, locale: str, intent: str = "inform_order_number") -> Dict[str, str]:
    """A button that tells orders apart by what is in them."""
    return {"title": choice_title(order, locale), "payload": with_number(intent, order.number)}


def with_number(intent: str, number: str) -> str:
    """The payload of a button that stands for a message about an order."""
    return f'/{intent}{{"order_number": "{_quoted(number)}"}}'


def total_of(order: Order, locale: str) -> str:
    """What the order cost; empty where the shop did not say."""
    if order.total_cents is None or order.currency is None:
        return ""
    return wording.amount(order.total_cents, order.currency, locale)


def contents(order: Order, locale: str) -> str:
    """All that is in an order, a product a line; a long order's end is counted."""
    if not order.lines:
        return say("I can see order {number}, but the shop didn't tell me what is in it.", number=order.number)
    shown = order.lines if len(order.lines) <= LISTED + 1 else order.lines[:LISTED]
    lines = [_line(line, order, locale) for line in shown]
    if len(shown) < len(order.lines):
        lines.append(say("• and {count} more products", count=len(order.lines) - len(shown)))
    placed = order_wording.day(order.placed_at)
    return "\n".join([say("In order {number}, placed on {day}:", number=order.number, day=placed), *lines])


def cost(order: Order, locale: str) -> str:
    """What an order cost, and what came back of it."""
    total = total_of(order, locale)
    if not total:
        return say("I can see order {number}, but the shop didn't tell me what it cost.", number=order.number)
    pieces = sum(line["quantity"] for line in order.lines)
    holds = say(" for {pieces} pieces", pieces=pieces) if pieces > 1 else ""
    said = say("Order {number} came to {total}{holds}.", number=order.number, total=total, holds=holds)
    if order.refunded_cents and order.currency:
        back = wording.amount(order.refunded_cents, order.currency, locale)
        said += say(" {amount} of it has been refunded.", amount=back)
    return said


def _line(line: Mapping[str, Any], order: Order, locale: str) -> str:
    count = f"{line['quantity']} x " if line["quantity"] != 1 else ""
    cents = line["sales_cents"]
    price = f", {wording.amount(cents, order.currency, locale)}" if order.currency and cents else ""
    return f"• {count}{line['name']}{price}"


def _short(name: str) -> str:
    """A product's name without its size."""
    first = name.split(",", maxsplit=1)[0].strip()
    return first if len(first) <= LONGEST_NAME else f"{first[: LONGEST_NAME - 1].rstrip()}…"


def _quoted(number: str) -> str:
    """Inside a payload's JSON."""
    return number.replace("\\", "\\\\").replace('"', '\\"')
