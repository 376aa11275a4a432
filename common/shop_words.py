"""A shop's facts as the words that replies and help articles fill in, `{return_days}` for instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from babel import Locale
from babel.lists import format_list

from common.money.currencies import DECIMALS
from common.money.words import in_words
from common.shop_facts import DeliveryCost, GiftCards, LoyaltyPoints, ShopFacts


def shop_words(facts: ShopFacts) -> dict[str, str | None]:
    """The words of every fact by its name; None for what the shop did not name."""
    return {name: make(facts) or None for name, (make, _) in _FACTS.items()}


def _delivery_days(facts: ShopFacts) -> str:
    if facts.delivery.working_days is None:
        return ""
    least, most = facts.delivery.working_days
    days = str(most) if least == most else f"{least} to {most}"
    return f"{days} working day{'' if most == 1 else 's'}"


def _delivery_countries(facts: ShopFacts) -> str:
    return _countries(facts.delivery.countries, facts.locale)


def _countries(codes: Sequence[str], locale: Locale) -> str:
    return format_list([locale.territories.get(code, code) for code in codes], locale=locale) if codes else ""


def _delivery_costs(facts: ShopFacts) -> str:
    """Such as `Germany and Austria: €4.95, free from €60.00; Norway: €9.95`."""
    return "; ".join(_delivery_cost(cost, facts) for cost in facts.delivery.costs)


def _delivery_cost(cost: DeliveryCost, facts: ShopFacts) -> str:
    price = _amount(cost.cents, facts, cost.currency) if cost.cents else "free"
    whereto = f"{_countries(cost.countries, facts.locale)}: {price}"
    if cost.free_from_cents is None or not cost.cents:
        return whereto
    return f"{whereto}, free from {_amount(cost.free_from_cents, facts, cost.currency)}"


def _free_delivery(facts: ShopFacts) -> str:
    """One sentence: from which basket on delivery is free, and where."""
    free = [cost for cost in facts.delivery.costs if cost.free_from_cents is not None or not cost.cents]
    if not free:
        return "There is no amount from which delivery is free." if facts.delivery.costs else ""
    return f"Delivery is free {', '.join(_free_part(cost, facts) for cost in free)}."


def _free_part(cost: DeliveryCost, facts: ShopFacts) -> str:
    countries = f"({_countries(cost.countries, facts.locale)})"
    if not cost.cents or not cost.free_from_cents:
        return f"for every order {countries}"
    return f"from {_amount(cost.free_from_cents, facts, cost.currency)} {countries}"


def _delivery_po_boxes(facts: ShopFacts) -> str:
    return _either(
        facts.delivery.po_boxes, "We deliver to post office boxes, too.", "We can't deliver to a post office box."
    )


def _return_opened(facts: ShopFacts) -> str:
    return _either(
        facts.returns.opened,
        "What you have opened can come back, as long as you haven't used it.",
        "What comes back has to be unopened.",
    )


def _return_box(facts: ShopFacts) -> str:
    return _either(
        facts.returns.without_box,
        "It need not be in its own box; just pack it so that it survives the journey.",
        "It has to be in its own box.",
    )


def _return_days(facts: ShopFacts) -> str:
    days = facts.returns.days
    return "" if days is None else f"{days} day{'' if days == 1 else 's'}"


def _return_postage(facts: ShopFacts) -> str:
    sentences = {"shop": "We pay the postage of a return.", "customer": "You pay the postage of a return yourself."}
    return sentences.get(facts.returns.postage or "", "")


def _return_exceptions(facts: ShopFacts) -> str:
    return format_list(facts.returns.excluded, locale=facts.locale) if facts.returns.excluded else ""


def _cancellation(facts: ShopFacts) -> str:
    limit = {
        "never": "An order that is placed can't be cancelled.",
        "packing": "An order can be cancelled until it is packed",
        "shipped": "An order can be cancelled until it leaves us",
    }.get(facts.cancellation.until or "", "An order can be cancelled" if facts.cancellation.hours else "")
    if facts.cancellation.until == "never" or not limit:
        return limit
    hours = facts.cancellation.hours
    within = "" if hours is None else f" within {hours} hour{'' if hours == 1 else 's'} of ordering"
    return f"{limit}{',' if within and facts.cancellation.until else ''}{within}."


def _cancellation_fee(facts: ShopFacts) -> str:
    fee = facts.cancellation.fee_cents
    if fee is None or facts.cancellation.until == "never":
        return ""
    return f"Cancelling costs {_amount(fee, facts)}." if fee else "Cancelling costs nothing."


def _payment_taken(facts: ShopFacts) -> str:
    sentences = {
        "order": "We take the money when you order. If the order is cancelled, it goes back the way you paid.",
        "shipping": "We take the money when the parcel leaves us; until then it is only reserved. "
        "For an order that is cancelled before that, nothing is taken.",
    }
    return sentences.get(facts.payment_taken or "", "")


def _service_ways(facts: ShopFacts) -> str:
    """Ways beside the chat, such as `by e-mail at help@example.com or by telephone at +49 30 1234`."""
    contact = facts.contact
    ways = [
        *([f"by e-mail at {contact.email}"] if contact.email else []),
        *([f"by telephone at {contact.phone}"] if contact.phone else []),
    ]
    return _or_list(ways, facts)


def _gift_cards(facts: ShopFacts) -> str:
    cards = facts.gift_cards
    if not isinstance(cards, GiftCards):
        return "We don't sell gift cards." if cards == "none" else ""
    least, most = (_amount(cents, facts) for cents in (cards.least_cents, cards.most_cents))
    span = f"for {least}" if cards.least_cents == cards.most_cents else f"for any amount from {least} to {most}"
    return f"We sell gift cards {span}.{_lasting('A card is valid for', cards.valid_years)}"


def _loyalty_points(facts: ShopFacts) -> str:
    points = facts.loyalty_points
    if not isinstance(points, LoyaltyPoints):
        return "We have no loyalty programme." if points == "none" else ""
    unit = _amount(10 ** DECIMALS[facts.currency or "EUR"], facts)
    earned = f"{points.points_per_unit} point{'' if points.points_per_unit == 1 else 's'}"
    return (
        f"You collect {earned} for each {unit} you spend; 100 points are worth "
        f"{_amount(points.hundred_points_cents, facts)}.{_lasting('Points last', points.expire_years)}"
    )


def _points_at_closing(facts: ShopFacts) -> str:
    points = facts.loyalty_points
    if not isinstance(points, LoyaltyPoints):
        return "We have no loyalty programme, so there are no points to lose." if points == "none" else ""
    return _either(
        points.lost_with_account,
        "Points are lost when the account is closed, so use them before that.",
        "Your points stay yours when the account is closed.",
    )


def _lasting(opening: str, years: int | None) -> str:
    return "" if years is None else f" {opening} {years} year{'' if years == 1 else 's'}."


def _price_match(facts: ShopFacts) -> str:
    if facts.price_match is None:
        return ""
    return "We match the price of another shop." if facts.price_match else "We don't match the prices of other shops."


def _data_sold(facts: ShopFacts) -> str:
    return _either(facts.sells_data, "We sell data to others.", "We don't sell your data.")


def _amount(cents: int, facts: ShopFacts, currency: str | None = None) -> str:
    return in_words(cents, currency or facts.currency or "EUR", facts.locale)


_FACTS: Mapping[str, tuple[Callable[[ShopFacts], str], str]] = {
    "shop_name": (lambda facts: facts.name or "", ""),
    "delivery_days": (_delivery_days, "how long delivery takes (delivery.working_days)"),
    "delivery_countries": (_delivery_countries, "where the shop delivers (delivery.countries)"),
    "delivery_costs": (_delivery_costs, "what delivery costs (delivery.costs)"),
    "delivery_ways": (lambda facts: _or_list(facts.delivery.ways, facts), "how orders are delivered (delivery.ways)"),
    "free_delivery": (_free_delivery, ""),
    "delivery_hours": (
        lambda facts: facts.delivery.hours or "",
        "on which days and at what time parcels come (delivery.hours)",
    ),
    "delivery_missed": (
        lambda facts: facts.delivery.missed or "",
        "what happens if nobody is at home (delivery.missed)",
    ),
    "delivery_po_boxes": (_delivery_po_boxes, "whether post office boxes are possible (delivery.po_boxes)"),
    "return_days": (_return_days, "how long goods can be returned (returns.days)"),
    "return_postage": (_return_postage, "who pays for a return (returns.postage)"),
    "return_exceptions": (_return_exceptions, ""),
    "return_opened": (_return_opened, "whether opened goods can come back (returns.opened)"),
    "return_box": (_return_box, "whether a return needs its own box (returns.without_box)"),
    "cancellation": (_cancellation, "until when an order can be cancelled (cancellation.until)"),
    "cancellation_fee": (_cancellation_fee, "what cancelling costs (cancellation.fee_cents)"),
    "cancel_reasons": (lambda facts: _or_list(facts.cancellation.reasons, facts), ""),
    "refund_ways": (lambda facts: _or_list(facts.returns.refund_ways, facts), ""),
    "payment_ways": (lambda facts: _or_list(facts.payment, facts), "how to pay (payment)"),
    "payment_taken": (_payment_taken, "when the money is taken (payment_taken)"),
    "service_hours": (lambda facts: facts.contact.hours or "", "when people answer (contact.hours)"),
    "service_ways": (_service_ways, ""),
    "gift_cards": (_gift_cards, "whether there are gift cards (gift_cards)"),
    "loyalty_points": (_loyalty_points, "whether there is a loyalty programme (loyalty_points)"),
    "points_at_closing": (
        _points_at_closing,
        "what becomes of points when an account is closed (loyalty_points.lost_with_account)",
    ),
    "price_match": (_price_match, "whether prices of other shops are matched (price_match)"),
    "data_sold": (_data_sold, "whether the shop sells data (sells_data)"),
}
"""How its words are made, and what a customer cannot be told without it; empty where another fact answers that too."""

FACT_QUESTIONS: Mapping[str, str] = {name: question for name, (_, question) in _FACTS.items() if question}
"""What the bot has to pass to a person while the shop does not name the fact."""
FACT_NAMES = tuple(_FACTS)
"""Every name that a reply or an article may fill in."""


def _either(fact: bool | None, yes: str, no: str) -> str:
    return "" if fact is None else yes if fact else no


def _or_list(words: Sequence[str], facts: ShopFacts) -> str:
    return format_list(list(words), style="or", locale=facts.locale) if words else ""
