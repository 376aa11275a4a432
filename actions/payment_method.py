"""Answers "can I pay with …?" from the ways to pay that the shop named."""

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Pattern

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import Turn
from actions.language import say

WAYS_SLOT = "payment_ways"
"""The shop's ways to pay in words, `credit card, PayPal or invoice`; None if it named none."""
CASH_INTENT = "cash_on_delivery"


@dataclass(frozen=True)
class Method:
    """A way to pay: how it is called, how customers write it, and how a shop does."""

    name: str
    said: Pattern[str]
    taken: Pattern[str]
    brand_of: Optional[Pattern[str]] = None
    """Where a shop that takes these may take this one: cards, for a brand of cards."""


def _method(name: str, said: str, taken: Optional[str] = None, brand_of: Optional[str] = None) -> Method:
    def pattern(words: str) -> Pattern[str]:
        return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)

    return Method(name, pattern(said), pattern(taken or said), pattern(brand_of) if brand_of else None)


_CARDS = r"credit|debit|(?<!gift )cards?"
METHODS = (
    _method("PayPal", r"pay ?pal"),
    _method("Apple Pay", r"app?le ?pay"),
    _method("Google Pay", r"google ?pay|g ?pay"),
    _method("Amazon Pay", r"amazon ?pay"),
    _method("Klarna", r"klarna"),
    _method("Venmo", r"venmo"),
    _method("iDEAL", r"ideal"),
    _method("Sofort", r"sofort"),
    _method("Visa", r"visa", brand_of=_CARDS),
    _method("Mastercard", r"master ?card", brand_of=_CARDS),
    _method("American Express", r"american express|amex", brand_of=_CARDS),
    _method("Discover", r"discover", brand_of=_CARDS),
    _method("Maestro", r"maestro|ec[- ]cards?|girocard", r"maestro|girocard", brand_of=_CARDS),
    _method("credit card", r"credit(?: ?cards?)?", r"credit|(?<!gift )(?<!debit )cards?"),
    _method("debit card", r"debit ?cards?|bank cards?", r"(?<!direct )debit", brand_of=r"(?<!gift )(?<!credit )cards?"),
    _method("prepaid cards", r"pre-?paid(?: cards?)?", brand_of=_CARDS),
    _method("direct debit", r"direct debit|sepa", r"direct debit"),
    _method("bank transfer", r"(?:bank|wire) ?transfers?|transfer|wire|bank account"),
    _method("invoice", r"invoices?|bills? later"),
    _method("gift cards", r"gift ?(?:cards?|vouchers?|certificates?)"),
    _method("cheques", r"che(?:que|ck)s?"),
    _method("cryptocurrency", r"bitcoins?|crypto\w*|ethereum"),
    _method("food stamps", r"food stamps?|snap|ebt"),
    _method(
        "cash",
        r"cash|cod|banknotes?|bills and coins|on (?:delivery|arrival)|at the door|(?:the )?(?:driver|courier)",
        r"cash(?: on delivery)?",
    ),
    _method("card", r"(?<!gift )cards?", r"(?<!gift )cards?"),
)
"""What is named more closely comes first: its words are not read a second time."""
_CASH = next(method for method in METHODS if method.name == "cash")


class AnswerPaymentMethod(Action):
    """Says yes or no to a way to pay by its name."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_payment_method"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """One answer for each method that the message names; all ways to pay where it names none."""
        turn = Turn.of(tracker)
        ways = _ways(tracker)
        methods = methods_in(turn.text)
        if not methods and turn.intent == CASH_INTENT:
            methods = [_CASH]
        if not ways or not methods:
            dispatcher.utter_message(response="utter_payment_methods")
            return []
        for method in methods:
            dispatcher.utter_message(response=answer_of(method, ways), payment_method=say(method.name))
        return []


def _ways(tracker: Tracker) -> Optional[str]:
    """The shop's ways to pay as it wrote them: the slot has them in the language of the talk."""
    words = ((tracker.latest_message or {}).get("metadata") or {}).get("shop_words") or {}
    ways: Optional[str] = words.get(WAYS_SLOT) or tracker.get_slot(WAYS_SLOT)
    return ways


def methods_in(text: str) -> List[Method]:
    """The methods that a message names; each word counts for one method alone."""
    found = []
    for method in METHODS:
        text, count = method.said.subn(" , ", text)
        if count:
            found.append(method)
    return found


def answer_of(method: Method, ways: str) -> str:
    """The response that answers whether the shop takes a method, `ways` being its own words."""
    if method.taken.search(ways):
        return "utter_payment_method_taken"
    if method.brand_of is not None and method.brand_of.search(ways):
        return "utter_card_brand"
    return "utter_payment_method_not_taken"
