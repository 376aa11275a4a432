"""Any benefit of any registered kind, for hypothesis: made from the types of its fields."""

from __future__ import annotations

import contextlib
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from hypothesis import strategies as st

from promo_engine.codecs.json_fields import field_types
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.money import Currency

MOST = 6_000
_TEXTS = st.sampled_from(["p", "q", "mug"])


@cache
def values_of(of: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, small enough to meet the baskets of tests."""
    if isinstance(of, UnionType):
        return st.one_of(*(st.none() if each is NoneType else values_of(each) for each in get_args(of)))
    if get_origin(of) is tuple:
        return st.lists(_entries(get_args(of)[0]), min_size=1, max_size=3).map(_rising)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(1, 3) | st.integers(0, MOST),
        str: _TEXTS,
        Currency: st.just(Currency("EUR")),
    }
    return simple[of]


@cache
def _entries(of: type) -> st.SearchStrategy[Any]:
    return st.builds(of, **{name: values_of(of_field) for name, of_field in field_types(of).items()})


def _rising(entries: list[Any]) -> tuple[Any, ...]:
    """Entries whose columns rise, as tiers have to."""
    of = type(entries[0])
    rows = [tuple(entry) if isinstance(entry, tuple) else tuple(vars(entry).values()) for entry in entries]
    return tuple(of(*row) for row in zip(*(sorted(column) for column in zip(*rows, strict=True)), strict=True))


@cache  # a strategy that is made anew for each example costs more than what it draws
def _fields_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Values of a benefit's fields; those with a default are left out half of the time."""
    of = BENEFIT_KINDS[kind]
    values = {name: values_of(of_field) for name, of_field in field_types(of).items()}
    optional = {field.name for field in fields(of) if field.default is not MISSING}
    return st.fixed_dictionaries(
        {name: values[name] for name in values if name not in optional},
        optional={name: values[name] for name in values if name in optional},
    )


@st.composite
def _benefits_of(draw: st.DrawFn, kind: str) -> Benefit:
    for _ in range(20):
        with contextlib.suppress(ValueError):
            return BENEFIT_KINDS[kind](**draw(_fields_of(kind)))
    return draw(st.nothing())  # rejected: nothing that was drawn is possible


@cache
def benefits_of(kind: str) -> st.SearchStrategy[Benefit]:
    """Benefits that their class accepts."""
    return _benefits_of(kind)


ANY_BENEFIT: st.SearchStrategy[Benefit] = st.one_of(*(benefits_of(kind) for kind in BENEFIT_KINDS))
