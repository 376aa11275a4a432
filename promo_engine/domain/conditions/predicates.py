"""The predicates that conditions are made of: one entry a predicate, with the fact it compares and what it says.

A new predicate is one entry here, and where it asks for something new, a field of `Facts`. Its JSON follows from
`Expected`, which says what it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from promo_engine.domain.conditions.facts import Facts

NOT_NOW = "this offer is not for you at the moment"


class Expected(Enum):
    """What a fact is compared with, as Python and in JSON."""

    NUMBER = auto()
    """int above 0."""
    FLAG = auto()
    """Only true; its opposite stands under `not`."""
    TEXTS = auto()
    """frozenset[str]; a list of one or more."""
    COUNTRIES = auto()
    """frozenset[str] of ISO 3166 alpha-2."""
    CURRENCIES = auto()
    """frozenset[str] of ISO 4217."""
    CATEGORIES = auto()
    """frozenset[int] of category_ids; names where people write them."""
    TIME_WINDOWS = auto()
    """TimeWindows."""


@dataclass(frozen=True)
class PredicateKind:
    """One question about one fact."""

    expected: Expected
    meets: Callable[[Any, Facts], bool | None]
    """From what is expected and the facts to whether it holds; None where the fact is unknown."""
    words: Callable[[Any], str]
    """Said to a shopper where it does not hold."""
    against: str = NOT_NOW
    """Said where it stands under `not` and holds."""


def _on_fact(name: str, holds: Callable[[Any, Any], bool]) -> Callable[[Any, Facts], bool | None]:
    """Judge one fact: `holds` gets what is expected and the fact, which is known then."""

    def meets(expected: Any, facts: Facts) -> bool | None:
        fact = getattr(facts, name)
        return None if fact is None else holds(expected, fact)

    return meets


def _fact_is_one_of(name: str, expected: Expected, words: str, *, named: bool = True) -> PredicateKind:
    meets = _on_fact(name, lambda wanted, fact: fact in wanted)
    return PredicateKind(expected, meets, lambda wanted: f"{words} {' or '.join(sorted(wanted))}" if named else words)


def _facts_overlap(name: str, expected: Expected, words: str) -> PredicateKind:
    return PredicateKind(expected, _on_fact(name, lambda wanted, fact: bool(wanted & fact)), lambda _: words)


def _fact_is_at_least(name: str, words: str) -> PredicateKind:
    return PredicateKind(Expected.NUMBER, _on_fact(name, lambda least, fact: fact >= least), words.format)


PREDICATES: Mapping[str, PredicateKind] = {
    "time_windows": PredicateKind(
        Expected.TIME_WINDOWS,
        _on_fact("at", lambda windows, at: windows.holds(at)),
        lambda _: "this offer does not hold at this time of the week",
    ),
    "segment": _facts_overlap("segments", Expected.TEXTS, "this offer is for another group of customers"),
    "first_order": PredicateKind(
        Expected.FLAG,
        _on_fact("order_count", lambda _, count: count == 0),
        lambda _: "this offer is for a first order",
        "this offer is not for a first order",
    ),
    "lapsed_days": _fact_is_at_least(
        "days_since_order", "this offer is for customers who have not ordered for {} days"
    ),
    "basket_cents": _fact_is_at_least("basket_cents", "your basket is too small for this offer"),
    "category_in_basket": _facts_overlap(
        "basket_category_ids", Expected.CATEGORIES, "nothing in your basket goes with this offer"
    ),
    "category_bought": _facts_overlap(
        "bought_category_ids", Expected.CATEGORIES, "you have not bought anything that goes with this offer"
    ),
    "channel": _fact_is_one_of("channel", Expected.TEXTS, "this offer is only for"),
    "intent": _fact_is_one_of("intent", Expected.TEXTS, "this offer does not go with what you asked for", named=False),
    "sentiment": _fact_is_one_of("sentiment", Expected.TEXTS, "this is not the moment for this offer", named=False),
    "country": _fact_is_one_of("country", Expected.COUNTRIES, "this offer is only for"),
    "currency": _fact_is_one_of("currency", Expected.CURRENCIES, "this offer is only for orders in"),
    "in_stock": PredicateKind(
        Expected.TEXTS,
        _on_fact("stock", lambda products, stock: all(stock.get(product_id, 0) > 0 for product_id in products)),
        lambda _: "a product of this offer is out of stock",
        "this offer is only for products that are out of stock",
    ),
}
"""By name. Conditions are stored by these names."""
