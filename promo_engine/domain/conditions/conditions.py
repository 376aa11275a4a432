"""Conditions of an offer: a tree of all, any and not over predicates about customer, basket, conversation and clock.

A fact may be unknown. Then a condition on it is neither met nor unmet. `refusal` refuses then; `reason_to_hide` does
not, so that it can judge by the clock alone what nobody gets now. `codecs.condition_codec` reads and writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.conditions.predicates import NOT_NOW, PREDICATES

UNKNOWN = "we cannot tell yet whether this offer is for you"


class Operator(StrEnum):
    """How a compound joins its children."""

    ALL = "all"
    ANY = "any"
    NOT = "not"
    """Of one child."""


@dataclass(frozen=True)
class Predicate:
    """One question about one fact. `expected` is what the fact is compared with; the codec makes and checks it."""

    name: str
    expected: Any


@dataclass(frozen=True)
class Compound:
    """`all` or `any` of several, or `not` of one."""

    op: Operator
    children: tuple[Condition, ...]


Condition = Predicate | Compound


def refusal(condition: Condition, facts: Facts) -> str | None:
    """Say why the condition is not met, in words for the shopper; None if it is. Unknown facts refuse."""
    met, reason = _judge(condition, facts)
    return None if met else reason


def reason_to_hide(condition: Condition, facts: Facts) -> str | None:
    """Say why the condition is certainly not met; None if it is, or if that is not known yet."""
    met, reason = _judge(condition, facts)
    return reason if met is False else None


def names_in(condition: Condition) -> frozenset[str]:
    """Return the names of all predicates in a condition."""
    if isinstance(condition, Predicate):
        return frozenset({condition.name})
    return frozenset().union(*(names_in(child) for child in condition.children))


def _judge(condition: Condition, facts: Facts) -> tuple[bool | None, str]:
    """Return whether it is met (None: unknown) by Kleene's three-valued logic, and the words if it is not."""
    if isinstance(condition, Predicate):
        kind = PREDICATES[condition.name]
        met = kind.meets(condition.expected, facts)
        return met, UNKNOWN if met is None else kind.words(condition.expected)
    judged = [_judge(child, facts) for child in condition.children]
    if condition.op is Operator.NOT:
        met, child = judged[0][0], condition.children[0]
        words = PREDICATES[child.name].against if isinstance(child, Predicate) else NOT_NOW
        return (None, UNKNOWN) if met is None else (not met, words)
    if condition.op is Operator.ALL:
        unmet = [each for each in judged if each[0] is False] or [each for each in judged if each[0] is None]
        return unmet[0] if unmet else (True, "")
    if any(met for met, _ in judged):
        return True, ""
    if any(met is None for met, _ in judged):
        return None, UNKNOWN
    return False, "; or ".join(dict.fromkeys(reason for _, reason in judged))
