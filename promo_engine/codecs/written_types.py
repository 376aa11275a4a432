"""Types of the values that people write: in requests, in offer files, in plans. Each has its bounds once, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict

import orjson
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, ValidationError, ValidationInfo

from promo_engine.codecs.benefit_codec import benefit_from_json
from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.conditions.conditions import Condition
from promo_engine.domain.money import MAX_CENTS
from promo_engine.domain.offers.offers import MAX_TERMS, MAX_TITLE

CategoryId = Callable[[object], int]
"""From the shop's own name of a category to its id. Raises ValueError with what is wrong, in one line."""


class Names(TypedDict):
    """Pydantic's context for what is to be checked against the shop's names at once; without it, names are kept."""

    category_id: CategoryId


# Identifiers come from other systems: text that fits its column, without control characters (PostgreSQL refuses NUL).
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TITLE, pattern=r"^[^\x00]+$")]
Terms = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TERMS, pattern=r"^[^\x00]+$")]
Cents = Annotated[int, Field(ge=0, le=MAX_CENTS, strict=True)]
Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    """JSON knows whole numbers of any length, the databases' JSON those of 64 bits."""
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"cannot be stored: {error}") from None
    return value


JsonObject = Annotated[dict[str, Any], AfterValidator(_storable)]
"""JSON of no fixed form that is kept as it is."""

# JSON has no dates, and strict reading would refuse the text that stands for one; years keep clear of the ends of time.
Instant = Annotated[
    AwareDatetime, Field(strict=False, ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9000, 1, 1, tzinfo=UTC))
]


def known_category(ids: Mapping[str, int], name: object) -> int:
    """Return the id of a category. Raises ValueError."""
    if not isinstance(name, str) or name not in ids:
        raise ValueError(f"there is no category {name!r}")
    return ids[name]


def _known_category(name: str, info: ValidationInfo) -> str:
    if info.context:
        info.context["category_id"](name)
    return name


def written_benefit(written: object) -> Benefit:
    """Read a benefit that somebody writes now, whose numbers have to be smaller than what is stored may be.

    Raises ValueError as `benefit_from_json` does.
    """
    _require_small(written)
    return benefit_from_json(written)


def written_condition(written: object, *, category_id: CategoryId) -> Condition:
    """Read a condition that somebody writes now, likewise. Raises ValueError as `condition_from_json` does."""
    _require_small(written)
    return condition_from_json(written, category_id=category_id)


def _require_small(written: object) -> None:
    """Raise ValueError for a number above MAX_CENTS, wherever it stands. No recursion: the depth is not known yet."""
    left: list[tuple[tuple[str, ...], object]] = [((), written)]
    while left:
        path, value = left.pop()
        if isinstance(value, int) and value > MAX_CENTS:
            raise ValueError(f"{'.'.join(path)}: at most {MAX_CENTS}, not {value}")
        if isinstance(value, Mapping):
            left += [((*path, str(name)), part) for name, part in value.items()]
        elif isinstance(value, list):
            left += [((*path, str(index)), part) for index, part in enumerate(value)]


def _possible_benefit(written: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    if info.context:
        written_benefit(written)
    return written


def _possible_condition(written: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    if info.context:
        written_condition(written, category_id=info.context["category_id"])
    return written


CategoryName = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$"), AfterValidator(_known_category)
]
BenefitJson = Annotated[
    dict[str, Any],
    AfterValidator(_possible_benefit),
    Field(
        description=f"`kind` ({', '.join(BENEFIT_KINDS)}) and the fields of that kind; docs/promotions.md has them",
        json_schema_extra={"required": ["kind"], "properties": {"kind": {"enum": list(BENEFIT_KINDS)}}},
    ),
]
ConditionJson = Annotated[
    dict[str, Any],
    AfterValidator(_possible_condition),
    Field(description="One key: all, any, not or a test; docs/promotions.md has them. Categories by their names."),
]


def first_fault(error: ValidationError) -> str:
    """Say in one line what is wrong first: the path of the field, then why."""
    details = error.errors(include_url=False)[0]
    path = ".".join(str(step) for step in details["loc"])
    words = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        return f"{path}: there is no such field"
    if details["type"] == "missing":
        return f"{path}: is missing"
    return f"{path}: {words[0].lower()}{words[1:]}" if path else words
