"""Benefits and scopes as JSON: an object with its `kind` and the fields of that kind's class.

The one place that reads and writes them, for the storage, the offer file and the HTTP interface alike. A field that has
its default is left out. Every ValueError is one line that begins with the path of the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from promo_engine.domain.benefits.kinds import (
    AmountOff,
    AnyBenefit,
    BundlePrice,
    BuyAndGet,
    FreeDelivery,
    Gift,
    GoodwillCredit,
    LoyaltyPoints,
    PercentageOff,
    Scope,
    SpendAndSave,
    Tier,
)
from promo_engine.domain.money import Currency

MAX_ENTRIES = 1_000
MAX_TEXT = 64


class BenefitKind(StrEnum):
    """The nine kinds of benefit by their names."""

    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"
    SPEND_AND_SAVE = "spend_and_save"
    BUY_X_GET_Y = "buy_x_get_y"
    FREE_DELIVERY = "free_delivery"
    BUNDLE_PRICE = "bundle_price"
    GIFT = "gift"
    LOYALTY_POINTS = "loyalty_points"
    GOODWILL_CREDIT = "goodwill_credit"


_CLASSES: Mapping[BenefitKind, type[AnyBenefit]] = {
    BenefitKind.PERCENTAGE: PercentageOff,
    BenefitKind.FIXED_AMOUNT: AmountOff,
    BenefitKind.SPEND_AND_SAVE: SpendAndSave,
    BenefitKind.BUY_X_GET_Y: BuyAndGet,
    BenefitKind.FREE_DELIVERY: FreeDelivery,
    BenefitKind.BUNDLE_PRICE: BundlePrice,
    BenefitKind.GIFT: Gift,
    BenefitKind.LOYALTY_POINTS: LoyaltyPoints,
    BenefitKind.GOODWILL_CREDIT: GoodwillCredit,
}
_KIND_OF = {benefit_class: kind for kind, benefit_class in _CLASSES.items()}


def kind_of(benefit: AnyBenefit) -> BenefitKind:
    """Name the kind of a benefit."""
    return _KIND_OF[type(benefit)]


def benefit_to_json(benefit: AnyBenefit) -> dict[str, Any]:
    """Return what `benefit_from_json` reads."""
    values = {field.name: getattr(benefit, field.name) for field in fields(benefit)}
    told = {field.name: values[field.name] for field in fields(benefit) if values[field.name] != field.default}
    return {"kind": kind_of(benefit).value} | {name: _written(name, value) for name, value in told.items()}


def benefit_from_json(stored: object) -> AnyBenefit:
    """Read a benefit. A field that is null counts as absent where the kind has no such field. Raises ValueError."""
    if not isinstance(stored, Mapping):
        raise ValueError("kind: an object with the kind of the benefit is needed")
    kind = stored.get("kind")
    if not isinstance(kind, str) or kind not in _CLASSES:
        raise ValueError(f"kind: there is no kind {kind!r}; allowed are {', '.join(_CLASSES)}")
    of_kind = {field.name: field for field in fields(_CLASSES[BenefitKind(kind)])}
    values: dict[str, Any] = {}
    for name, value in stored.items():
        if name in of_kind:
            values[name] = _read(name, value, may_be_null=of_kind[name].default is not MISSING)
        elif name != "kind" and value is not None:
            raise ValueError(f"{name}: a {kind} benefit has no such field; {_allowed(list(of_kind))}")
    for name, field in of_kind.items():
        if field.default is MISSING and name not in values:
            raise ValueError(f"{name}: a {kind} benefit needs it")
    return _CLASSES[BenefitKind(kind)](**values)


def scope_to_json(scope: Scope) -> dict[str, Any]:
    """Return what `scope_from_json` reads; what is empty is left out."""
    return {field.name: sorted(getattr(scope, field.name)) for field in fields(scope) if getattr(scope, field.name)}


def scope_from_json(stored: Mapping[str, Any]) -> Scope:
    """Read what `scope_to_json` wrote."""
    return Scope(**{name: frozenset(value) for name, value in stored.items()})


def _allowed(names: list[str]) -> str:
    return f"allowed are {', '.join(names)}" if names else "it has none"


def _written(name: str, value: Any) -> Any:
    if isinstance(value, Currency):
        return value.code
    if name == "tiers":
        return [{"from_cents": tier.from_cents, "off_cents": tier.off_cents} for tier in value]
    if name == "pieces":
        return [{"product_id": product_id, "quantity": quantity} for product_id, quantity in value]
    return value


def _read(name: str, value: object, *, may_be_null: bool) -> Any:
    if value is None and may_be_null:
        return None
    return _READERS.get(name, _whole)(name, value)


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name}: a whole number is needed, not {value!r}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT or not value.isprintable():
        raise ValueError(f"{name}: a text of 1 to {MAX_TEXT} characters is needed, not {value!r}")
    return value


def _currency(name: str, value: object) -> Currency:
    return Currency(_text(name, value))


def _entries(name: str, value: object, first: str, second: str) -> list[tuple[str, Mapping[str, object]]]:
    """Return a list's objects, each with the path to it."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_ENTRIES:
        raise ValueError(f"{name}: a list of at most {MAX_ENTRIES} entries is needed")
    for place, entry in enumerate(value):
        if not isinstance(entry, Mapping) or set(entry) != {first, second}:
            raise ValueError(f"{name}.{place}: an object with {first} and {second} is needed")
    return [(f"{name}.{place}", entry) for place, entry in enumerate(value)]


def _tiers(name: str, value: object) -> tuple[Tier, ...]:
    entries = _entries(name, value, "from_cents", "off_cents")
    return tuple(
        Tier(_whole(f"{at}.from_cents", one["from_cents"]), _whole(f"{at}.off_cents", one["off_cents"]))
        for at, one in entries
    )


def _pieces(name: str, value: object) -> tuple[tuple[str, int], ...]:
    entries = _entries(name, value, "product_id", "quantity")
    return tuple(
        (_text(f"{at}.product_id", one["product_id"]), _whole(f"{at}.quantity", one["quantity"])) for at, one in entries
    )


_READERS: Mapping[str, Callable[[str, object], Any]] = {
    "currency": _currency,
    "tiers": _tiers,
    "pieces": _pieces,
    "product_id": _text,
}
