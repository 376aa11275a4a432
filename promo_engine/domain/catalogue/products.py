"""Products of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """What the catalogue knows of a product that a basket may hold."""

    product_id: str
    category_id: int | None
    brand: str | None
    unit_cost_cents: int | None
