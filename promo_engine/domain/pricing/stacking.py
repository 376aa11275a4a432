"""Which of several offers apply together.

Offers without a group all apply: one more never lessens what the customer gets (see `reductions`). Of each exclusive
group exactly one applies, and the rule says which. Best for customer and best for shop try every combination of the
groups' members while combinations times lines stay within `MAX_WORK`; above, each group is settled alone, by what its
members are worth without other offers. Equal worth goes to the higher priority, then to the smaller offer_id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from itertools import product
from math import prod

MAX_WORK = 50_000


class StackingRule(StrEnum):
    """How an exclusive group is settled."""

    PRIORITY = "priority"
    """The highest priority, then what is worth most alone."""
    BEST_FOR_CUSTOMER = "best_for_customer"
    BEST_FOR_SHOP = "best_for_shop"
    """The least worth, though every group gives something."""


def chosen_of(
    offers: Sequence[tuple[str, str | None, int]],
    *,
    rule: StackingRule,
    priority: Mapping[str, int],
    lines: int,
    worth_of: Callable[[Sequence[str]], int],
) -> frozenset[str]:
    """Return the ids to apply.

    `offers` are (offer_id, exclusive group, cents that it is worth alone); `worth_of` prices a combination, in cents.
    """
    alone = {offer_id: worth for offer_id, _, worth in offers}
    groups: dict[str, list[str]] = {}
    free = sorted(offer_id for offer_id, group, _ in offers if group is None)
    for offer_id, group, _ in sorted(offers, key=lambda offer: (-priority[offer[0]], offer[0])):
        if group is not None:
            groups.setdefault(group, []).append(offer_id)
    sign = -1 if rule is StackingRule.BEST_FOR_SHOP else 1
    members = [groups[group] for group in sorted(groups)]
    if rule is StackingRule.PRIORITY:
        picked = tuple(max(group, key=lambda offer_id: (priority[offer_id], alone[offer_id])) for group in members)
    elif prod(len(group) for group in members) * max(lines, 1) <= MAX_WORK:
        picked = max(product(*members), key=lambda chosen: sign * worth_of([*free, *chosen]))
    else:
        picked = tuple(max(group, key=lambda offer_id: sign * alone[offer_id]) for group in members)
    return frozenset((*free, *picked))
