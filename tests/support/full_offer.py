"""An offer in which every field differs from its default, made by looking at the fields the class has.

A new field of a plain type is filled in here by itself. One of a new type needs a line in `_VALUES`.
"""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.conditions.conditions import Predicate
from promo_engine.domain.offers.limits import Limits
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import ManagedOffer
from tests.support.small_shop import CATEGORIES, NOW

_NAMED: dict[str, Any] = {
    "promotion_id": "autumn",
    "starts_at": NOW - timedelta(days=3),
    "ends_at": NOW + timedelta(days=9),
    "brands": frozenset({"Acme", "Ridge"}),
}
"""Values that depend on the shop around the offer; the categories are the small shop's."""
_VALUES: dict[Any, Any] = {
    int: 7,
    str: "words",
    bool: True,
    datetime: NOW,
    frozenset[int]: frozenset({1, 3}),
    frozenset[str]: frozenset({"p-1", "p-2"}),
    Benefit: BuyAndGet(2, 1, off_basis_points=5_000, max_sets=None),
    Predicate: condition_from_json(
        {"any": [{"segment": ["club"]}, {"not": {"category_bought": [2]}}, {"basket_cents": 900}]}
    ),
}


def filled(of: type, **given: Any) -> Any:
    """Return an instance of a dataclass with a value of its own in every field."""
    hints = get_type_hints(of)
    made = of(**{field.name: given.get(field.name, _value(field.name, hints[field.name])) for field in fields(of)})
    for field in fields(of):
        default = field.default if field.default_factory is MISSING else field.default_factory()
        assert getattr(made, field.name) != default, f"{of.__name__}.{field.name} has its default"
    return made


def _value(name: str, of: Any) -> Any:
    if name in _NAMED:
        return _NAMED[name]
    if of in _VALUES:
        return _VALUES[of]
    if isinstance(of, UnionType):
        return _value(name, next(each for each in get_args(of) if each is not NoneType))
    assert isinstance(of, type) and is_dataclass(of), f"{name}: say in tests/support/full_offer.py what a {of} could be"
    return filled(of)


def full_offer() -> Offer:
    """Return an offer with every field there is."""
    offer: Offer = filled(Offer, offer_id="full-1")
    return offer


def full_managed_offer() -> ManagedOffer:
    """Return an offer with every field and every limit."""
    return ManagedOffer(full_offer(), limits=filled(Limits))


def category_name(category_id: int) -> str:
    """The small shop's name of a category."""
    return CATEGORIES[category_id]


def category_id(name: object) -> int:
    """The small shop's id of a category."""
    return CATEGORIES.index(str(name))
