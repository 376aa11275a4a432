"""Sentences that contain facts; those about orders are in `order_wording`. All others are responses in bot/domain."""

from typing import Any, Dict, Mapping, Optional, Sequence

from babel import Locale

from actions.engine_replies import NO_EXAMPLES, AlsoBought, ExampleProducts, QuotedProducts
from actions.language import say, say_theirs
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
    "Your yes has arrived, but the shop couldn't create your code just now. I keep trying and write it here as soon as "
    "it works; you needn't wait for it."
)
CODE_FAILED = "I'm sorry, the shop couldn't create your code, so this offer can't be used. Our team can help you."
STILL_OPEN = "This one is still open for you:"
REASON_UNREACHABLE = "I can't look that up at the moment. The offer stays open."
OFFER_GONE = "I'm sorry, this offer can't be used any more."
WHICH_PRODUCT = 'Which of these shall go into your basket? Say its name, or "the first one".'
CHEAPEST_FIRST = "The cheapest first:"
CHEAPEST = "This is the cheapest:"
DEAREST_FIRST = "The most expensive first:"
DEAREST = "This is the most expensive:"
SIZES = "It comes in these sizes:"
NO_SIZES = "The names don't say the size; the product's page and its label do:"
OTHERS = "I also have these:"
BEST_SELLERS = "This is what sells best here:"
CANNOT_JUDGE = "I can't judge which one is best, but this is what I found:"
NO_OTHERS = "That's all I found. Name something else, and I'll look again."
OPT_OUT_STAYS = "I can't note that just now, so you still get no offers. Please tell me again in a moment."
OPT_OUT_NOT_STORED = (
    "I show you no more offers in this chat. I couldn't note it for later chats; please tell me again in a moment."
)
HAND_OVER = "I'll pass you on to a person of our team. They can read what we wrote, so you won't have to repeat it."


def offer(offer: Mapping[str, Any], explanation: str, *, opening: str = "") -> str:
    """Present an offer in one or two sentences."""
    title = say("{title}.", title=say_theirs(offer["title"]))
    return " ".join(part for part in (opening and say(opening), title, explanation and say_theirs(explanation)) if part)


def offer_above(offer: Mapping[str, Any]) -> Sequence[str]:
    """Speak of an offer whose card stands in the chat already."""
    title = say_theirs(offer["title"])
    return (
        say(
            "{title} is the offer I have for you; it stands above, and I can't change it. Would you like it?",
            title=title,
        ),
        say(
            "I have only this one for you at the moment: {title}. I can't make it another. Shall I take it for you?",
            title=title,
        ),
        say("It stays at {title}. The offer is open, so just say yes if you want it.", title=title),
    )


def no_offer_on(thing: str, *, instead: bool = False, still_open: Optional[Mapping[str, Any]] = None) -> str:
    """There is no offer on what was named."""
    if still_open is not None:
        title = say(still_open["title"])
        return say("I have no offer on {thing} right now. This one is still open: {title}.", thing=thing, title=title)
    if instead:
        return say("I have no offer on {thing} right now, but this one:", thing=thing)
    return say("I have no offer on {thing} right now.", thing=thing)


def terms(offer: Mapping[str, Any]) -> str:
    """An offer's conditions and its last day."""
    title, terms = say_theirs(offer["title"]), say_theirs(offer["terms"])
    return say("{title}: {terms} It ends on {day}.", title=title, terms=terms, day=day(offer["ends_at"]))


def reason(offer: Mapping[str, Any], explanation: str) -> str:
    """Why this offer."""
    why = say_theirs(explanation or "It is one of the offers that are open to you now.")
    return say("{why} That is why I thought of {title}.", why=why, title=say_theirs(offer["title"]))


def accepted(code: Optional[str], code_expires_at: Optional[str], *, late: bool = False) -> str:
    """The code, if the offer has one; `late` where the customer had to wait for it."""
    if code is None:
        return say("Wonderful! It will be taken into account at checkout.")
    until = say(" It is valid until {day}.", day=day(code_expires_at)) if code_expires_at else ""
    if late:
        return say("Good news: your code is {code}.{until} Enter it at checkout.", code=code, until=until)
    return say("Wonderful! Your code is {code}.{until} Enter it at checkout.", code=code, until=until)


def offer_card(
    decision_id: str, offer: Mapping[str, Any], explanation: str, examples: ExampleProducts = NO_EXAMPLES
) -> Dict[str, Any]:
    """The card of an offer, for the widget."""
    return {
        "kind": "offer",
        "decision_id": decision_id,
        "offer": {
            **offer,
            "title": say_theirs(offer["title"]),
            **({"terms": say_theirs(offer["terms"])} if offer.get("terms") else {}),
        },
        "explanation": explanation and say_theirs(explanation),
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
    if thing:
        opening = say("Often bought along with {thing}:", thing=thing)
    else:
        opening = say(openings.get(found.basis, "These go well with it:"))
    return "\n".join([opening, *(f"• {_named(row, found.currency, locale)}" for row in found.products)])


def also_bought_card(found: AlsoBought, thing: Optional[str]) -> Dict[str, Any]:
    """The card of these products, for the widget."""
    return {"kind": "companions", "thing": thing, **vars(found)}


def quoted(found: QuotedProducts, locale: str, *, opening: Optional[str] = None) -> str:
    """What products cost; a product a line, so that a card can replace the lines."""
    if opening is None:
        opening = "Here is what I found:" if len(found.products) > 1 else "I found this:"
    opening = say(opening)
    if all(row["price_cents"] is None for row in found.products):
        opening += say(" Today's price is on the product's page.")
    return product_lines(opening, found, locale)


def product_lines(opening: str, found: QuotedProducts, locale: str) -> str:
    """Products under an opening, one a line: a card replaces all but the first line."""
    lines = []
    for row in found.products:
        sold_out = "" if row["in_stock"] else say(" (sold out at the moment)")
        lines.append(f"• {_named(row, found.currency, locale)}{sold_out}")
    return "\n".join([opening, *lines])


def add_opening(products: Sequence[Mapping[str, Any]]) -> str:
    """Where to tap: only the page can put something into the basket."""
    if not any(product["in_stock"] for product in products):
        return say("That is sold out at the moment, so it can't go into the basket:")
    if all(product["variant_id"] is None for product in products):
        return say("Please choose size or colour on its page, and add it there:")
    if len(products) == 1:
        return say('Please tap "Add to basket" on it, then it is in:')
    return say('Please tap "Add to basket" on the one you want, then it is in:')


def reorder_opening(number: str, *, gone: int, left: int) -> str:
    """What is shown of an order's products: `gone` of them are not sold any more, `left` were too many for cards."""
    parts = [say("This was in order {number}, at today's prices. I put nothing into your basket:", number=number)]
    parts.append(say('please tap "Add to basket" on what you want.'))
    if gone:
        sold = "One product isn't sold any more." if gone == 1 else "{gone} products aren't sold any more."
        parts.append(say(sold, gone=gone))
    if left:
        shown = "{left} more would be too many to show here." if left > 1 else "One more isn't shown here."
        parts.append(say(shown, left=left))
    return " ".join(parts)


def nothing_to_reorder(number: str) -> str:
    """The shop sells nothing of it any more."""
    return say("The shop no longer sells what was in order {number}, so I have nothing to show you.", number=number)


def promotions_stopped(*, signed_in: bool) -> str:
    """What an opt-out does, and how to take it back."""
    where = say("in this chat or any other while you are signed in" if signed_in else "in this chat")
    return say(
        "Understood, I won't show you offers {where}. If you change your mind, tell me that you want offers again. "
        "Emails are a separate matter: each has an unsubscribe link at the bottom.",
        where=where,
    )


def promotions_resumed(*, signed_in: bool) -> str:
    """What taking it back does."""
    where = say("in your chats" if signed_in else "in this chat")
    return say("Done: from now on I may show you offers {where} again. Ask me for one whenever you like.", where=where)


def up_to(cents: int, currency: str, locale: str) -> str:
    """What opens the products below a price."""
    return say("Up to {amount} I found:", amount=amount(cents, currency, locale))


def none_left(most_cents: Optional[int], currency: str, locale: str) -> str:
    """The shop has such products, but none as they are wanted."""
    if most_cents is None:
        return say(NO_OTHERS)
    return say("I found nothing up to {amount}.", amount=amount(most_cents, currency, locale))


def quoted_card(found: QuotedProducts) -> Dict[str, Any]:
    """The card of these products, for the widget."""
    return {"kind": "products", **vars(found)}


def amount(cents: int, currency: str, locale: str) -> str:
    """An amount as it is written in the conversation's language."""
    return in_words(cents, currency, Locale.parse(locale, sep="-"))


def _named(product: Mapping[str, Any], currency: str, locale: str) -> str:
    """A product with its price: `Ridge 2 tent, €449.00`; without one where the shop named none in this currency."""
    if product["price_cents"] is None:
        return str(product["name"])
    price = amount(product["price_cents"], currency, locale)
    varies = product["highest_cents"] is not None and product["highest_cents"] > product["price_cents"]
    return say("{name}, from {price}" if varies else "{name}, {price}", name=product["name"], price=price)
