"""The shop's tree of categories in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.storage.repositories.shop.catalogue_stamps import renew_categories_stamp
from promo_engine.storage.repositories.shop_items.shop_writes import in_parts, refused
from promo_engine.storage.tables import product_categories


async def store_categories(connection: AsyncConnection, items: Sequence[ShopCategory]) -> list[ItemAnswer]:
    """Add or change categories."""
    rows = (await connection.execute(select(product_categories))).all()
    known = {row.external_id: row for row in rows if row.external_id is not None}
    ids = {external_id: row.category_id for external_id, row in known.items()}
    taken = {row.name for row in rows}
    newest = max((row.category_id for row in rows), default=-1)
    answers: list[ItemAnswer] = []
    for item in items:
        if item.parent_id is not None and item.parent_id not in ids:
            answers.append(refused(item.category_id, "parent_id", f"there is no category {item.parent_id}"))
            continue
        values = {
            "parent_id": None if item.parent_id is None else ids[item.parent_id],
            "names": dict(item.names),
            "active": item.active,
        }
        row = known.get(item.category_id)
        if row is None:
            newest += 1
            ids[item.category_id] = newest
            name = free_name(item.category_id, taken)
            await connection.execute(
                insert(product_categories).values(
                    category_id=ids[item.category_id], name=name, external_id=item.category_id, **values
                )
            )
        elif all(getattr(row, name) == value for name, value in values.items()):
            answers.append(ItemAnswer(item.category_id, StoreResult.UNCHANGED))
            continue
        else:
            of_it = product_categories.c.category_id == row.category_id
            await connection.execute(update(product_categories).where(of_it).values(**values))
        answers.append(ItemAnswer(item.category_id, StoreResult.STORED))
    if any(answer.result is StoreResult.STORED for answer in answers):
        # Engines that run keep the categories until this says that there are others.
        await renew_categories_stamp(connection)
    return answers


async def category_ids(connection: AsyncConnection, external_ids: Collection[str]) -> dict[str, int]:
    """The ids under which categories are stored, by the shop's own ids; unknown ones are left out."""
    found: dict[str, int] = {}
    columns = (product_categories.c.external_id, product_categories.c.category_id)
    for some in in_parts(sorted(external_ids)):
        query = select(*columns).where(product_categories.c.external_id.in_(some))
        found |= {row.external_id: row.category_id for row in await connection.execute(query)}
    return found


def free_name(external_id: str, taken: set[str]) -> str:
    """A category's name is unique and at most 128 characters: what does not fit ends in a hash."""
    name = external_id
    if len(name) > 128 or name in taken:
        name = f"{external_id[:110]} {sha256(external_id.encode()).hexdigest()[:16]}"
    taken.add(name)
    return name
