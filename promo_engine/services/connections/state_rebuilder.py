"""Computes a customer's state in the user model anew, from all their orders: a recurrent model cannot step back."""

from __future__ import annotations

from collections.abc import Iterable

from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.ports.models import CustomerModel
from promo_engine.ports.unit_of_work import UnitOfWork
from promo_engine.services.customers.ingest_events import step_through, tree_if_needed


class StateRebuilder:
    """Rebuilds states inside the unit that changed the orders."""

    def __init__(self, model: CustomerModel) -> None:
        self._model = model

    async def rebuild(self, unit: UnitOfWork, customer_ids: Iterable[str]) -> None:
        """Replace the states of these customers by what their orders say now."""
        for customer_id in sorted(set(customer_ids)):
            await unit.shop_changes.forget_states(customer_id)
            history = await unit.shop_changes.history(customer_id)
            categories = await _categories(unit, history)
            tree = await tree_if_needed(unit, self._model, categories)
            stored, _ = step_through(self._model, None, history, categories, tree)
            if stored is not None:
                await unit.customers.save_state(customer_id, model_version=self._model.version, stored=stored)


async def _categories(unit: UnitOfWork, history: Iterable[Purchase]) -> dict[str, int | None]:
    product_ids = sorted({line.product_id for purchase in history for line in purchase.lines})
    found: dict[str, int | None] = {}
    for start in range(0, len(product_ids), 400):
        products = await unit.catalogue.products(product_ids[start : start + 400])
        found |= {product_id: product.category_id for product_id, product in products.items()}
    return found
