"""A shop's purchases as one model reads them: by its positions, and beside them what is not of its own categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from promo_engine.user_model.category_index import CategoryIndex, PlacedCategories
from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory
from promo_engine.user_model.serving.other_purchases import OtherPurchases, with_basket


@dataclass(frozen=True, eq=False)
class ShopHistory:
    """Customers are numbered alike in both parts."""

    known: PurchaseHistory
    """Every basket; its steps are the model's positions."""
    other_customer: Ints
    """(n,) one row for a category in a basket that is not the model's own, in the order of time."""
    other_category: Ints
    """(n,) category_id."""
    other_day: Floats

    @classmethod
    def build(
        cls,
        *,
        index: CategoryIndex,
        placed: PlacedCategories,
        customer_count: int,
        basket_customer: Ints,
        basket_day: Floats,
        step_basket: Ints,
        step_category: Ints,
        step_quantity: Floats,
        step_spend: Floats,
    ) -> ShopHistory:
        """`step_category` are category ids of the tree that is placed; a (basket, category) comes at most once."""
        position = placed.position[step_category]
        own = np.isin(step_category, np.array(index.category_ids, dtype=np.int64))
        other = np.flatnonzero(~own)
        other = other[np.argsort(basket_day[step_basket[other]], kind="stable")]
        inside = np.flatnonzero(position >= 0)
        count = max(len(index.category_ids), 1)
        # Categories that share a position in a basket are one step.
        key, first = np.unique(step_basket[inside] * count + position[inside], return_inverse=True)
        return cls(
            known=PurchaseHistory.build(
                customer_count=customer_count,
                category_count=len(index.category_ids),
                basket_customer=basket_customer,
                basket_day=basket_day,
                step_basket=key // count,
                step_category=key % count,
                step_quantity=np.bincount(first, weights=step_quantity[inside], minlength=len(key)).astype(float),
                step_spend=np.bincount(first, weights=step_spend[inside], minlength=len(key)).astype(float),
            ),
            other_customer=basket_customer[step_basket[other]],
            other_category=step_category[other],
            other_day=basket_day[step_basket[other]],
        )

    def select(self, *, customers: Ints | None = None, before_day: float = np.inf) -> ShopHistory:
        """Only these customers, renumbered in the order given, and only what came before a day."""
        number = np.full(self.known.customer_count, -1, dtype=np.int64)
        chosen = np.arange(self.known.customer_count) if customers is None else customers
        number[chosen] = np.arange(len(chosen))
        keep = (number[self.other_customer] >= 0) & (self.other_day < before_day)
        return ShopHistory(
            self.known.select(customers=customers, before_day=before_day),
            number[self.other_customer[keep]],
            self.other_category[keep],
            self.other_day[keep],
        )

    def others(self) -> dict[int, OtherPurchases]:
        """By customer, for those who bought any."""
        found: dict[int, OtherPurchases] = {}
        rows = zip(self.other_customer.tolist(), self.other_category.tolist(), self.other_day.tolist(), strict=True)
        for customer, category_id, day in rows:
            found[customer] = with_basket(found.get(customer, {}), {category_id}, day=day)
        return found
