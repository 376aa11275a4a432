"""Benefit, condition and categories of an offer as a request writes them: the domain's, with names for categories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from promo_engine.codecs.benefit_codec import benefit_from_json
from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.conditions.conditions import Condition
from promo_engine.domain.errors import InvalidRequest

ConditionJson = Annotated[
    dict[str, Any],
    Field(description="One key: all, any, not or a test; docs/promotions.md has them. Categories by their names."),
]


def category_ids(names: Iterable[str], ids: Mapping[str, int], *, field: str) -> frozenset[int]:
    """Resolve the shop's category names. Raises InvalidRequest `unknown_category`."""
    for name in names:
        if name not in ids:
            raise InvalidRequest("unknown_category", f"There is no category {name}.", field=field)
    return frozenset(ids[name] for name in names)


def read_benefit(written: Mapping[str, Any]) -> Benefit:
    """Read a benefit. Raises InvalidRequest `invalid_benefit` with the path of the field."""
    try:
        return benefit_from_json(written)
    except ValueError as error:
        raise _misplaced("benefit", error) from None


def read_condition(written: Mapping[str, Any], ids: Mapping[str, int]) -> Condition:
    """Read a condition. Raises InvalidRequest `invalid_condition` with the path of the test."""

    def category_id(name: object) -> int:
        if not isinstance(name, str) or name not in ids:
            raise ValueError(f"there is no category {name!r}")
        return ids[name]

    try:
        return condition_from_json(written, category_id=category_id)
    except ValueError as error:
        raise _misplaced("condition", error) from None


def _misplaced(name: str, error: ValueError) -> InvalidRequest:
    """Say which part of a field is wrong; the domain's message begins with the path inside it."""
    path, _, words = str(error).partition(": ")
    field = name if path == name else f"{name}.{path}"
    return InvalidRequest(f"invalid_{name}", f"{field}: {words}", field=field)
