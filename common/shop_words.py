"""A shop's facts as the words that replies and help articles fill in, `{return_days}` for instance.

In another language than English the sentences, and the shop's own words that the language's files know, are translated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale
from babel.lists import format_list

from common.i18n.translations import ENGLISH, translated
from common.money.currencies import DECIMALS
from common.money.words import in_words
from common.shop_facts import DeliveryCost, GiftCards, LoyaltyPoints, ShopFacts


@dataclass(frozen=True)
class _Shop:
    """The facts, and the language in which they are said."""

    facts: ShopFacts
    language: str

    @property
    def locale(self) -> Locale:
        """How amounts and lists are written."""
        return self.facts.locale if self.language == ENGLISH else Locale.parse(self.language, sep="-")

    def say(self, english: str, **values: Any) -> str:
        """The sentence with its values."""
        return translated(english, self.language, **values)

    def any_of(self, words: Sequence[str]) -> str:
        """The shop's own words, joined by "or"."""
        said = [self.say(word) for word in words]
        return format_list(said, style="or", locale=self.locale) if said else ""

    def all_of(self, words: Sequence[str]) -> str:
        """Words joined by "and"."""
        return format_list(list(words), locale=self.locale) if words else ""

    def countries(self, codes: Sequence[str]) -> str:
        """The names of countries."""
        return self.all_of([self.locale.territories.get(code, code) for code in codes])

    def amount(self, cents: int, currency: str | None = None) -> str:
        """An amount of money, in the shop's currency where none is named."""
        return in_words(cents, currency or self.facts.currency or "EUR", self.locale)

    def either(self, fact: bool | None, yes: str, no: str) -> str:
        """One of two sentences; nothing where the fact is missing."""
        return "" if fact is None else self.say(yes if fact else no)


def shop_words(facts: ShopFacts, language: str = ENGLISH) -> dict[str, str | None]:
    """The words of every fact by its name, in a language; None for what the shop did not name."""
    shop = _Shop(facts, language)
    return {name: make(shop) or None for name, (make, _) in _FACTS.items()}


def _delivery_days(shop: _Shop) -> str:
    if shop.facts.delivery.working_days is None:
        return ""
    least, most = shop.facts.delivery.working_days
    if least != most:
        return shop.say("{least} to {most} working days", least=least, most=most)
    return shop.say("{days} working day" if most == 1 else "{days} working days", days=most)


def _delivery_costs(shop: _Shop) -> str:
    """Such as `Germany and Austria: €4.95, free from €60.00; Norway: €9.95`."""
    return shop.say("; ").join(_delivery_cost(cost, shop) for cost in shop.facts.delivery.costs)


def _delivery_cost(cost: DeliveryCost, shop: _Shop) -> str:
    price = shop.amount(cost.cents, cost.currency) if cost.cents else shop.say("free")
    countries = shop.countries(cost.countries)
    if cost.free_from_cents is None or not cost.cents:
        return shop.say("{countries}: {price}", countries=countries, price=price)
    free = shop.amount(cost.free_from_cents, cost.currency)
    return shop.say("{countries}: {price}, free from {least}", countries=countries, price=price, least=free)


def _free_delivery(shop: _Shop) -> str:
    """One sentence: from which basket on delivery is free, and where."""
    costs = shop.facts.delivery.costs
    free = [cost for cost in costs if cost.free_from_cents is not None or not cost.cents]
    if not free:
        return shop.say("There is no amount from which delivery is free.") if costs else ""
    return shop.say("Delivery is free {cases}.", cases=shop.say(", ").join(_free_part(cost, shop) for cost in free))


def _free_part(cost: DeliveryCost, shop: _Shop) -> str:
    countries = shop.countries(cost.countries)
    if not cost.cents or not cost.free_from_cents:
        return shop.say("for every order ({countries})", countries=countries)
    least = shop.amount(cost.free_from_cents, cost.currency)
    return shop.say("from {least} ({countries})", least=least, countries=countries)


def _delivery_po_boxes(shop: _Shop) -> str:
    return shop.either(
        shop.facts.delivery.po_boxes, "We deliver to post office boxes, too.", "We can't deliver to a post office box."
    )


def _return_opened(shop: _Shop) -> str:
    return shop.either(
        shop.facts.returns.opened,
        "What you have opened can come back, as long as you haven't used it.",
        "What comes back has to be unopened.",
    )


def _return_box(shop: _Shop) -> str:
    return shop.either(
        shop.facts.returns.without_box,
        "It need not be in its own box; just pack it so that it survives the journey.",
        "It has to be in its own box.",
    )


def _return_days(shop: _Shop) -> str:
    days = shop.facts.returns.days
    return "" if days is None else shop.say("{days} day" if days == 1 else "{days} days", days=days)


def _return_postage(shop: _Shop) -> str:
    sentences = {"shop": "We pay the postage of a return.", "customer": "You pay the postage of a return yourself."}
    return shop.say(sentences.get(shop.facts.returns.postage or "", ""))


def _return_exceptions(shop: _Shop) -> str:
    return shop.all_of([shop.say(word) for word in shop.facts.returns.excluded])


def _cancellation(shop: _Shop) -> str:
    until, hours = shop.facts.cancellation.until, shop.facts.cancellation.hours
    limit = {
        "never": "An order that is placed can't be cancelled",
        "packing": "An order can be cancelled until it is packed",
        "shipped": "An order can be cancelled until it leaves us",
    }.get(until or "", "An order can be cancelled" if hours else "")
    if not limit:
        return ""
    if until == "never" or hours is None:
        return shop.say(f"{limit}.")
    within = shop.say(
        " within {hours} hour of ordering" if hours == 1 else " within {hours} hours of ordering", hours=hours
    )
    return shop.say("{limit}{within}.", limit=shop.say(f"{limit},") if until else shop.say(limit), within=within)


def _cancellation_fee(shop: _Shop) -> str:
    fee = shop.facts.cancellation.fee_cents
    if fee is None or shop.facts.cancellation.until == "never":
        return ""
    return shop.say("Cancelling costs {fee}.", fee=shop.amount(fee)) if fee else shop.say("Cancelling costs nothing.")


def _payment_taken(shop: _Shop) -> str:
    sentences = {
        "order": "We take the money when you order. If the order is cancelled, it goes back the way you paid.",
        "shipping": "We take the money when the parcel leaves us; until then it is only reserved. "
        "For an order that is cancelled before that, nothing is taken.",
    }
    return shop.say(sentences.get(shop.facts.payment_taken or "", ""))


def _service_ways(shop: _Shop) -> str:
    """Ways beside the chat, such as `by e-mail at help@example.com or by telephone at +49 30 1234`."""
    contact = shop.facts.contact
    ways = [
        *([shop.say("by e-mail at {address}", address=contact.email)] if contact.email else []),
        *([shop.say("by telephone at {phone}", phone=contact.phone)] if contact.phone else []),
    ]
    return shop.any_of(ways)


def _gift_cards(shop: _Shop) -> str:
    cards = shop.facts.gift_cards
    if not isinstance(cards, GiftCards):
        return shop.say("We don't sell gift cards.") if cards == "none" else ""
    least, most = shop.amount(cards.least_cents), shop.amount(cards.most_cents)
    if least == most:
        sold = shop.say("We sell gift cards for {least}.", least=least)
    else:
        sold = shop.say("We sell gift cards for any amount from {least} to {most}.", least=least, most=most)
    return sold + _lasting(shop, "A card is valid for", cards.valid_years)


def _loyalty_points(shop: _Shop) -> str:
    points = shop.facts.loyalty_points
    if not isinstance(points, LoyaltyPoints):
        return shop.say("We have no loyalty programme.") if points == "none" else ""
    unit = shop.amount(10 ** DECIMALS[shop.facts.currency or "EUR"])
    count = points.points_per_unit
    collected = (
        "You collect {count} point for each {unit} you spend; 100 points are worth {worth}."
        if count == 1
        else "You collect {count} points for each {unit} you spend; 100 points are worth {worth}."
    )
    worth = shop.amount(points.hundred_points_cents)
    return shop.say(collected, count=count, unit=unit, worth=worth) + _lasting(shop, "Points last", points.expire_years)


def _points_at_closing(shop: _Shop) -> str:
    points = shop.facts.loyalty_points
    if not isinstance(points, LoyaltyPoints):
        none = "We have no loyalty programme, so there are no points to lose."
        return shop.say(none) if points == "none" else ""
    return shop.either(
        points.lost_with_account,
        "Points are lost when the account is closed, so use them before that.",
        "Your points stay yours when the account is closed.",
    )


def _lasting(shop: _Shop, opening: str, years: int | None) -> str:
    if years is None:
        return ""
    return shop.say(f" {opening} {{years}} year{'' if years == 1 else 's'}.", years=years)


def _price_match(shop: _Shop) -> str:
    return shop.either(
        shop.facts.price_match, "We match the price of another shop.", "We don't match the prices of other shops."
    )


def _data_sold(shop: _Shop) -> str:
    return shop.either(shop.facts.sells_data, "We sell data to others.", "We don't sell your data.")


_FACTS: Mapping[str, tuple[Callable[[_Shop], str], str]] = {
    "shop_name": (lambda shop: shop.facts.name or "", ""),
    "delivery_days": (_delivery_days, "how long delivery takes (delivery.working_days)"),
    "delivery_countries": (
        lambda shop: shop.countries(shop.facts.delivery.countries),
        "where the shop delivers (delivery.countries)",
    ),
    "delivery_costs": (_delivery_costs, "what delivery costs (delivery.costs)"),
    "delivery_ways": (lambda shop: shop.any_of(shop.facts.delivery.ways), "how orders are delivered (delivery.ways)"),
    "free_delivery": (_free_delivery, ""),
    "delivery_hours": (
        lambda shop: shop.say(shop.facts.delivery.hours or ""),
        "on which days and at what time parcels come (delivery.hours)",
    ),
    "delivery_missed": (
        lambda shop: shop.say(shop.facts.delivery.missed or ""),
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
    "cancel_reasons": (lambda shop: shop.any_of(shop.facts.cancellation.reasons), ""),
    "refund_ways": (lambda shop: shop.any_of(shop.facts.returns.refund_ways), ""),
    "payment_ways": (lambda shop: shop.any_of(shop.facts.payment), "how to pay (payment)"),
    "payment_taken": (_payment_taken, "when the money is taken (payment_taken)"),
    "service_hours": (lambda shop: shop.say(shop.facts.contact.hours or ""), "when people answer (contact.hours)"),
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
