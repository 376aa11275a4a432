"""Product categories, products and offers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.codecs.offer_codec import offer_from_row, offer_to_row
from promo_engine.domain.catalogue.category_labels import CategoryNode, category_labels
from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.catalogue.listed_products import ListedCatalogue, ListedVariant
from promo_engine.domain.catalogue.products import Product
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Promotion
from promo_engine.storage.repositories.shop import sql_listed_products
from promo_engine.storage.repositories.shop.catalogue_stamps import OFFERS_IMPORT, PRODUCTS_STAMP
from promo_engine.storage.sqlite.prepared_statements import quick
from promo_engine.storage.tables import imports, offers, prices, product_categories, products, promotions, variants
from promo_engine.storage.tables.shopping_tables import UNLISTED

_BATCH = 10_000

_OF_PRODUCT = (products.c.product_id, products.c.category_id, products.c.brand, products.c.unit_cost_cents)
_PRODUCTS = quick(select(*_OF_PRODUCT).where(products.c.product_id.in_(bindparam("ids", expanding=True))))
_OF_VARIANTS = quick(
    select(variants.c.variant_id, *_OF_PRODUCT)
    .join(variants, variants.c.product_id == products.c.product_id)
    .where(variants.c.variant_id.in_(bindparam("ids", expanding=True)))
)
_STAMP = quick(select(imports.c.content_hash, imports.c.finished_at).where(imports.c.name == bindparam("name")))


def _product(row: Any) -> Product:
    return Product(row.product_id, row.category_id, row.brand or None, row.unit_cost_cents)


async def category_tree(connection: AsyncConnection) -> CategoryTree:
    """Every category, deactivated ones too."""
    columns = product_categories.c
    rows = (
        await connection.execute(
            select(columns.category_id, columns.parent_id, columns.active).order_by(columns.category_id)
        )
    ).all()
    return CategoryTree(
        parents={row.category_id: row.parent_id for row in rows},
        inactive=frozenset(row.category_id for row in rows if not row.active),
    )


class SqlCatalogue:
    """`ports.unit_of_work.Catalogue` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stamp(self) -> str | None:
        """Return a text that changes whenever offers are stored."""
        return await self._stamp(OFFERS_IMPORT)

    async def products_stamp(self) -> str | None:
        """Return a text that changes whenever products, prices or stock are stored."""
        return await self._stamp(PRODUCTS_STAMP)

    async def _stamp(self, name: str) -> str | None:
        row = (await self._connection.execute(_STAMP, {"name": name})).first()
        return None if row is None else f"{row.content_hash}@{row.finished_at.isoformat()}"

    async def category_names(self) -> tuple[str, ...]:
        """Return the names, indexed by category_id."""
        query = select(product_categories.c.name).order_by(product_categories.c.category_id)
        return tuple((await self._connection.execute(query)).scalars())

    async def category_labels(self, language: str) -> Mapping[str, str]:
        """Return by name what a category is called in the language."""
        columns = product_categories.c
        query = select(columns.category_id, columns.name, columns.names, columns.parent_id)
        nodes = [CategoryNode(*row) for row in await self._connection.execute(query.order_by(columns.category_id))]
        return {node.name: label for node, label in category_labels(nodes, locale=language).values()}

    async def category_tree(self) -> CategoryTree:
        """Return who stands above whom."""
        return await category_tree(self._connection)

    async def products(self, product_ids: Collection[str]) -> dict[str, Product]:
        """Return what is known of each known product."""
        rows = await self._connection.execute(_PRODUCTS, {"ids": list(product_ids)}) if product_ids else ()
        return {row.product_id: _product(row) for row in rows}

    async def add_unlisted(self, product_ids: Collection[str]) -> None:
        """Add products of which only orders and events speak, unless they are there."""
        statement = insert_for(self._connection, products).on_conflict_do_nothing(index_elements=["product_id"])
        rows = [{"product_id": product_id, "title": product_id, "status": UNLISTED} for product_id in product_ids]
        await self._connection.execute(statement, rows)

    async def in_basket(self, ids: Collection[str]) -> dict[str, Product]:
        """Return the product of each id, which is a variant's or a product's."""
        if not ids:
            return {}
        rows = await self._connection.execute(_OF_VARIANTS, {"ids": list(ids)})
        found = {row.variant_id: _product(row) for row in rows}
        # A product's own id wins: the only variant of a product often bears the same one.
        return found | await self.products(ids)

    async def unknown_brands(self, brands: Collection[str]) -> set[str]:
        """Return those that no product has."""
        query = select(products.c.brand).where(products.c.brand.in_(brands)).distinct()
        return set(brands) - set((await self._connection.execute(query)).scalars()) if brands else set()

    async def listed(self, *, currency: str, at: datetime, max_age: timedelta) -> ListedCatalogue:
        """Return every active product with its price at a moment."""
        tree = await self.category_tree()
        return await sql_listed_products.listed(self._connection, currency=currency, at=at, max_age=max_age, tree=tree)

    async def variants_of(
        self, product_id: str, *, currency: str, at: datetime, max_age: timedelta
    ) -> list[ListedVariant]:
        """Return the options in which an active product is sold, by variant_id."""
        return await sql_listed_products.variants_of(
            self._connection, product_id, currency=currency, at=at, max_age=max_age
        )

    async def currencies(self) -> tuple[str, ...]:
        """Return the currencies in which anything has a price, sorted."""
        query = select(prices.c.currency).distinct().order_by(prices.c.currency)
        return tuple((await self._connection.execute(query)).scalars())

    async def sold_lately(self, *, within: timedelta) -> dict[str, int]:
        """Return in how many lines of the newest orders each product is."""
        return await sql_listed_products.sold_lately(self._connection, within=within)

    async def set_costs(self, costs: Mapping[str, int]) -> set[str]:
        """Set what a piece of each product costs; return the products that are not known."""
        product_ids, unknown = sorted(costs), set(costs)
        for start in range(0, len(product_ids), _BATCH):
            some = product_ids[start : start + _BATCH]
            unknown -= set(await self.products(some))
        if not unknown:
            statement = update(products).where(products.c.product_id == bindparam("of"))
            await self._connection.execute(
                statement.values(unit_cost_cents=bindparam("cost")),
                [{"of": product_id, "cost": costs[product_id]} for product_id in product_ids],
            )
        return unknown

    async def offers(self) -> tuple[Offer, ...]:
        """Return every offer, ended ones too, by offer_id."""
        return tuple(
            offer_from_row(row._asdict())
            for row in await self._connection.execute(select(offers).order_by(offers.c.offer_id))
        )

    async def store_offers(
        self, *, promotions: Sequence[Promotion], offers: Sequence[Offer], at: datetime
    ) -> tuple[int, int]:
        """Add or replace these, end every other running offer at `at`; return how many were stored and ended."""
        rows = [offer_to_row(offer) for offer in offers]
        await self._store_promotions(promotions)
        await self._store_rows(rows)
        ended = await self._end_others({offer.offer_id for offer in offers}, at)
        await self._renew_stamp(rows, at)
        return len(rows), ended

    async def _store_promotions(self, new: Sequence[Promotion]) -> None:
        # State and limits are decided over HTTP or by command; a file brings texts and dates only.
        written = ("name", "starts_at", "ends_at")
        stored = {row.promotion_id: row for row in await self._connection.execute(select(promotions))}
        for promotion in new:
            values = {name: getattr(promotion, name) for name in written}
            row = stored.get(promotion.promotion_id)
            if row is None:
                await self._connection.execute(
                    insert(promotions).values(promotion_id=promotion.promotion_id, limits={}, **values)
                )
            elif any(getattr(row, name) != value for name, value in values.items()):
                await self._connection.execute(
                    update(promotions)
                    .where(promotions.c.promotion_id == promotion.promotion_id)
                    .values(version=promotions.c.version + 1, **values)
                )

    async def _store_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        stored = {offer.offer_id: offer_to_row(offer) for offer in await self.offers()}
        for row in rows:
            if row["offer_id"] not in stored:
                await self._connection.execute(insert(offers).values(limits={}, **row))
            elif stored[row["offer_id"]] != row:
                await self._connection.execute(
                    update(offers)
                    .where(offers.c.offer_id == row["offer_id"])
                    .values(version=offers.c.version + 1, from_file=1, **row)
                )

    async def _end_others(self, kept: Collection[str], at: datetime) -> int:
        # Offers made over HTTP are none of the file's business.
        others = (offers.c.offer_id.not_in(kept), offers.c.ends_at > at, offers.c.from_file == 1)
        ended = {"ends_at": at, "version": offers.c.version + 1}
        statement = update(offers).where(*others).values(ended).returning(offers.c.offer_id)
        return len((await self._connection.execute(statement)).all())

    async def touch(self, what: str, *, at: datetime) -> None:
        """Make the stamp another one, since `what` (an id with its version) was changed at `at`."""
        await self._renew_stamp([{"changed": what}], at)

    async def _renew_stamp(self, rows: Sequence[dict[str, Any]], at: datetime) -> None:
        content = json.dumps(rows, sort_keys=True, default=str).encode()
        values = {
            "name": OFFERS_IMPORT,
            "content_hash": hashlib.sha256(content).hexdigest(),
            "shift_seconds": 0,
            "finished_at": at,
        }
        await self._connection.execute(
            insert_for(self._connection, imports)
            .values(**values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )
