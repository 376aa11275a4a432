"""What the database shows of a shop, to hold against what the shop says in its `shop.yml`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import distinct, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage.tables.shop_tables import prices, variants
from promo_engine.storage.tables.shopping_tables import customers, orders

NUMBERS_LOOKED_AT = 1000
"""The newest order numbers."""


@dataclass(frozen=True)
class ObservedShop:
    """Counts and samples; empty for a shop without data."""

    active_variants: int
    priced_variants: dict[str, int]
    """Active variants with a price, by currency."""
    order_currencies: dict[str, int]
    """Orders by currency; those of a source that names none are left out."""
    customer_countries: dict[str, int]
    order_numbers: tuple[str, ...]
    """The newest ones."""


async def read_observed_shop(engine: AsyncEngine) -> ObservedShop:
    """Count and sample; reads every order and price once."""
    active = variants.c.status == "active"
    priced = (
        select(prices.c.currency, func.count(distinct(prices.c.variant_id)))
        .join(variants, variants.c.variant_id == prices.c.variant_id)
        .where(active)
        .group_by(prices.c.currency)
    )
    of_orders = select(orders.c.currency, func.count()).where(orders.c.currency != "").group_by(orders.c.currency)
    countries = select(customers.c.country, func.count()).where(customers.c.country != "").group_by(customers.c.country)
    numbers = (
        select(orders.c.number)
        .where(orders.c.number != "")
        .order_by(orders.c.placed_at.desc())
        .limit(NUMBERS_LOOKED_AT)
    )
    async with engine.connect() as connection:
        return ObservedShop(
            active_variants=(await connection.execute(select(func.count()).where(active))).scalar_one(),
            priced_variants={currency: count for currency, count in await connection.execute(priced)},
            order_currencies={currency: count for currency, count in await connection.execute(of_orders)},
            customer_countries={country: count for country, count in await connection.execute(countries)},
            order_numbers=tuple((await connection.execute(numbers)).scalars()),
        )
