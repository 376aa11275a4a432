"""Sentences that contain facts; those about orders are in `order_wording`. All others are responses in bot/domain."""

from typing import Any, Dict, Mapping, Optional

from babel import Locale

from actions.engine_replies import NO_EXAMPLES, AlsoBought, ExampleProducts, QuotedProducts
from actions.orders.order_wording import day
from common.money.words import in_words

OFFER_BUTTONS = [
    {"title": "Yes, please", "payload": "/accept_offer"},
    {"title": "No, thanks", "payload": "/decline_offer"},
    {"title": "Why this offer?", "payload": "/ask_why_offer"},
]
ANSWER_BUTTONS = OFFER_BUTTONS[:2]
RETRY_BUTTONS = [{"title": "Try again", "payload": "/accept_offer"}]
ENGINE_AWAY = "I can't reach the shop's order system at the moment. Please try again in a few minutes."
OFFER_UNREACHABLE = "That didn't go through just now. The offer stays yours, please try once more in a moment."
CODE_PENDING = (
    "Your yes has arrived, but the shop couldn't create your code just now. I'll try again: say yes once more in a "
    "minute, and I'll show you the code as soon as it works."
)
CODE_FAILED = "I'm sorry, the shop couldn't create your code, so this offer can't be used. Our team can help you."
REASON_UNREACHABLE = "I can't look that up at the moment. The offer stays open."
OFFER_GONE = "I'm sorry, this offer can't be used any more."
HAND_OVER = "I'll pass you on to a person of our team. They can read what we wrote, so you won't have to repeat it."


def offer(offer: Mapping[str, Any], explanation: str, *, opening: str = "") -> str:
    """Present an offer in one or two sentences."""
    return " ".join(part for part in (opening, f"{offer['title']}.", explanation) if part)


def terms(offer: Mapping[str, Any]) -> str:
    """An offer's conditions and its last day."""
    return f"{offer['title']}: {offer['terms']} It ends on {day(offer['ends_at'])}."


def reason(offer: Mapping[str, Any], explanation: str) -> str:
    """Why this offer."""
    why = explanation or "It is one of the offers that are open to you now."
    return f"{why} That is why I thought of {offer['title']}."


def accepted(code: Optional[str], code_expires_at: Optional[str]) -> str:
    """The code, if the offer has one."""
    if code is None:
        return "Wonderful! It will be taken into account at checkout."
    until = f" It is valid until {day(code_expires_at)}." if code_expires_at else ""
    return f"Wonderful! Your code is {code}.{until} Enter it at checkout."


def offer_card(
    decision_id: str, offer: Mapping[str, Any], explanation: str, examples: ExampleProducts = NO_EXAMPLES
) -> Dict[str, Any]:
    """The card of an offer, for the widget."""
    return {
        "kind": "offer",
        "decision_id": decision_id,
        "offer": dict(offer),
        "explanation": explanation,
        "currency": examples.currency,
        "products": examples.products,
    }


def also_bought(found: AlsoBought, thing: Optional[str], locale: str) -> str:
    """What customers buy with `thing`, or with the basis; a product a line, so that a card can replace the lines."""
    openings = {
        "offer": "These go well with the offer:",
        "order": "With your latest order these go well:",
        "customer": "You haven't had these yet, and customers like you take them:",
    }
    opening = f"Often bought along with {thing}:" if thing else openings.get(found.basis, "These go well with it:")
    return "\n".join([opening, *(f"• {_named(row, found.currency, locale)}" for row in found.products)])


def also_bought_card(found: AlsoBought, thing: Optional[str]) -> Dict[str, Any]:
    """The card of these products, for the widget."""
    return {"kind": "companions", "thing": thing, **vars(found)}


def quoted(found: QuotedProducts, locale: str) -> str:
    """What products cost; a product a line, so that a card can replace the lines."""
    opening = "Here is what I found:" if len(found.products) > 1 else "I found this:"
    lines = []
    for row in found.products:
        sold_out = "" if row["in_stock"] else " (sold out at the moment)"
        lines.append(f"• {_named(row, found.currency, locale)}{sold_out}")
    if all(row["price_cents"] is None for row in found.products):
        opening += " The price of today stands on the product's page."
    return "\n".join([opening, *lines])


def quoted_card(found: QuotedProducts) -> Dict[str, Any]:
    """The card of these products, for the widget."""
    return {"kind": "products", **vars(found)}


def _named(product: Mapping[str, Any], currency: str, locale: str) -> str:
    """A product with its price: `Ridge 2 tent, €449.00`; without one where the shop named none in this currency."""
    if product["price_cents"] is None:
        return str(product["name"])
    price = in_words(product["price_cents"], currency, Locale.parse(locale, sep="-"))
    varies = product["highest_cents"] is not None and product["highest_cents"] > product["price_cents"]
    return f"{product['name']}, {'from ' if varies else ''}{price}"
