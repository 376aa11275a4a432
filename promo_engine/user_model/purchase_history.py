"""Purchase histories as flat numpy arrays, in the two orders that training needs.

Baskets lie in the order (customer, time). Steps, the purchases of one category in one basket, lie in the order
(customer, category, time), so that the sequence of one (customer, category) pair is one slice. Days are floats counted
from 1970-01-01 UTC. Baskets of one customer at the same moment keep the order in which they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PurchaseHistory:
    """Baskets and steps of `customer_count` customers and `category_count` categories."""

    customer_count: int
    category_count: int
    basket_customer: Ints
    basket_day: Floats
    step_basket: Ints
    """Index of the step's basket."""
    step_category: Ints
    step_quantity: Floats
    step_spend: Floats
    """Currency units, not cents."""

    @classmethod
    def build(
        cls,
        *,
        customer_count: int,
        category_count: int,
        basket_customer: Ints,
        basket_day: Floats,
        step_basket: Ints,
        step_category: Ints,
        step_quantity: Floats,
        step_spend: Floats,
    ) -> PurchaseHistory:
        """Sort baskets and steps given in any order. A (basket, category) must come at most once."""
        order = np.lexsort((np.arange(len(basket_day)), basket_day, basket_customer))
        position = np.empty(len(order), dtype=np.int64)
        position[order] = np.arange(len(order))
        moved = position[step_basket]
        steps = np.lexsort((moved, step_category, basket_customer[step_basket]))
        return cls(
            customer_count=customer_count,
            category_count=category_count,
            basket_customer=basket_customer[order].astype(np.int64),
            basket_day=basket_day[order].astype(np.float64),
            step_basket=moved[steps],
            step_category=step_category[steps].astype(np.int64),
            step_quantity=step_quantity[steps].astype(np.float64),
            step_spend=step_spend[steps].astype(np.float64),
        )

    @cached_property
    def customer_start(self) -> Ints:
        """(customers + 1,) first basket of each customer."""
        return np.searchsorted(self.basket_customer, np.arange(self.customer_count + 1)).astype(np.int64)

    @cached_property
    def basket_number(self) -> Ints:
        """(baskets,) 1, 2, 3 … within the customer."""
        return np.arange(len(self.basket_day), dtype=np.int64) - self.customer_start[self.basket_customer] + 1

    @cached_property
    def basket_breadth(self) -> Floats:
        """(baskets,) categories in the basket."""
        return np.bincount(self.step_basket, minlength=len(self.basket_day)).astype(np.float64)

    @cached_property
    def basket_spend(self) -> Floats:
        """(baskets,) what the categories of the basket cost together."""
        return np.bincount(self.step_basket, weights=self.step_spend, minlength=len(self.basket_day)).astype(np.float64)

    @cached_property
    def step_day(self) -> Floats:
        """(steps,) day of the step's basket."""
        return self.basket_day[self.step_basket]

    @cached_property
    def _pair_key(self) -> Ints:
        return self.basket_customer[self.step_basket] * self.category_count + self.step_category

    @cached_property
    def pair_start(self) -> Ints:
        """(pairs + 1,) first step of each pair."""
        changes = np.flatnonzero(np.diff(self._pair_key, prepend=-1))
        return np.append(changes, len(self._pair_key)).astype(np.int64)

    @cached_property
    def step_pair(self) -> Ints:
        """(steps,) pair of the step."""
        return np.repeat(np.arange(len(self.pair_start) - 1), np.diff(self.pair_start))

    @cached_property
    def pair_customer(self) -> Ints:
        """(pairs,) customer of the pair."""
        return self._pair_key[self.pair_start[:-1]] // self.category_count

    @cached_property
    def pair_category(self) -> Ints:
        """(pairs,) category of the pair."""
        return self._pair_key[self.pair_start[:-1]] % self.category_count

    @cached_property
    def customer_pairs(self) -> Ints:
        """(customers + 1,) first pair of each customer."""
        return np.searchsorted(self.pair_customer, np.arange(self.customer_count + 1)).astype(np.int64)

    def select(self, *, customers: Ints | None = None, before_day: float = np.inf) -> PurchaseHistory:
        """Only these customers, renumbered 0, 1, 2 … in the order given, and only baskets before a day."""
        chosen = np.arange(self.customer_count) if customers is None else customers
        number = np.full(self.customer_count, -1, dtype=np.int64)
        number[chosen] = np.arange(len(chosen))
        keep = (number[self.basket_customer] >= 0) & (self.basket_day < before_day)
        position = np.cumsum(keep) - 1
        steps = keep[self.step_basket]
        return PurchaseHistory.build(
            customer_count=len(chosen),
            category_count=self.category_count,
            basket_customer=number[self.basket_customer[keep]],
            basket_day=self.basket_day[keep],
            step_basket=position[self.step_basket[steps]],
            step_category=self.step_category[steps],
            step_quantity=self.step_quantity[steps],
            step_spend=self.step_spend[steps],
        )


def positions_in_sequence(starts: Ints) -> Ints:
    """0, 1, 2 … within each of the slices that `starts` (slices + 1) delimits."""
    lengths = np.diff(starts)
    return np.arange(starts[-1], dtype=np.int64) - np.repeat(starts[:-1], lengths)


def by_position(starts: Ints) -> tuple[Ints, Ints]:
    """All first elements, then all second ones …, longest slice first: the order of a packed sequence.

    Returns the element indices in that order and how many elements each position has.
    """
    position = positions_in_sequence(starts)
    lengths = np.diff(starts)
    rank = np.empty(len(lengths), dtype=np.int64)
    rank[np.argsort(-lengths, kind="stable")] = np.arange(len(lengths))
    order = np.lexsort((np.repeat(rank, lengths), position))
    return order, np.bincount(position).astype(np.int64)
