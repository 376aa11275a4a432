"""Import a shop's history into the engine's tables.

Everything happens in one transaction: an interrupted import leaves nothing behind. The row in `imports` carries a hash
of what was read; with the same hash in place, a second run reads the package's files, writes nothing and is done.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tqdm import tqdm

from common.upsert import insert_for
from promo_engine.domain.customers.demo_delivery import DEMO_SOURCE
from promo_engine.domain.errors import Conflict
from promo_engine.ports.shop.shop_source import ShopSource
from promo_engine.storage.repositories.shop.catalogue_stamps import renew_products_stamp
from promo_engine.storage.sqlite.in_place import reading
from promo_engine.storage.tables import UtcDateTime, imports, metadata, orders, shop_sources

if TYPE_CHECKING:
    import pandas as pd

_BATCH_ROWS = 20_000
_TABLES = (
    "customers",
    "product_categories",
    "products",
    "variants",
    "prices",
    "orders",
    "purchases",
    "past_promotions",
    "past_promotion_coupons",
    "past_promotion_targetings",
    "past_promotion_redemptions",
)


@dataclass(frozen=True)
class ImportSummary:
    """What the database holds of the source after an import."""

    title: str
    """Of the source."""
    already_imported: bool
    """True: an earlier run had brought everything; this one wrote nothing."""
    shift: timedelta
    """Whole days that were added to every time of the source."""
    row_counts: Mapping[str, int]
    """Rows by table; a table that others write to counts their rows too."""
    titles_added: bool = False
    """True: an earlier version had brought everything but titles."""

    def __str__(self) -> str:
        counts = f"{self.row_counts['purchases']:,} purchases of {self.row_counts['customers']:,} customers"
        if self.titles_added:
            return f"{self.title} was imported already: {counts}. Its products have titles now."
        if self.already_imported:
            return f"{self.title} is imported already: {counts}. Nothing was written."
        return f"Imported {counts}, all times moved by {self.shift.days:,} days."


async def import_shop(engine: AsyncEngine, source: ShopSource, *, now: datetime) -> ImportSummary:
    """Bring all of a source into an empty, migrated database, with its last purchase less than a day before `now`.

    Raises what the source raises, ValueError for a naive `now`, Conflict if the database already holds another edition
    of the data, or customers from elsewhere.
    """
    if now.tzinfo is None:
        raise ValueError("now: a time zone is needed")
    found_hash, *completed = await asyncio.to_thread(source.editions)
    async with reading(engine) as connection:
        earlier = await _earlier_import(connection, source, (found_hash, *completed))
        if earlier is None:
            await _require_empty(connection)
        elif await _imported_hash(connection, source) == found_hash:
            return earlier
    if earlier is not None:
        await _add_titles(engine, source, found_hash)
        return replace(earlier, titles_added=True)

    frames = await asyncio.to_thread(source.read)
    last_purchase = frames["orders"]["placed_at"].max().to_pydatetime().replace(tzinfo=UTC)
    shift = whole_day_shift(last=last_purchase, now=now)
    async with engine.begin() as connection:
        claim = insert_for(connection, imports).values(
            name=source.name, content_hash=found_hash, shift_seconds=int(shift.total_seconds()), finished_at=now
        )
        # First of all, so that of two imports at once the second waits here and then finds the data in place.
        claimed = await connection.execute(claim.on_conflict_do_nothing().returning(imports.c.name))
        if claimed.first() is None:
            other = await _earlier_import(connection, source, (found_hash,))
            assert other is not None
            return other
        await _write(connection, frames, title=source.title, shift=shift)
        await _name_source(connection, source)
        return ImportSummary(
            source.title, already_imported=False, shift=shift, row_counts=await _row_counts(connection)
        )


def whole_day_shift(*, last: datetime, now: datetime) -> timedelta:
    """The most whole days by which `last` can move without passing `now`.

    Whole days keep every time of day. `last` lands on the date of `now`, or on the day before if its time of day is
    still to come: a purchase in the future would be a lie to the user model.
    """
    return timedelta(days=(now - last) // timedelta(days=1))


async def _imported_hash(connection: AsyncConnection, source: ShopSource) -> str | None:
    query = select(imports.c.content_hash).where(imports.c.name == source.name)
    found: str | None = await connection.scalar(query)
    return found


async def _add_titles(engine: AsyncEngine, source: ShopSource, found_hash: str) -> None:
    """Bring what the importer of then did not know of; nothing else differs, and prices came with the migration."""
    named = (await asyncio.to_thread(source.read))["products"][["product_id", "title"]]
    table = metadata.tables["products"]
    statement = update(table).where(table.c.product_id == bindparam("of")).values(title=bindparam("called"))
    rows = [{"of": product_id, "called": title} for product_id, title in named.itertuples(index=False)]
    async with engine.begin() as connection:
        await connection.execute(statement, rows)
        of_source = imports.c.name == source.name
        await connection.execute(update(imports).where(of_source).values(content_hash=found_hash))
        await renew_products_stamp(connection)


async def _earlier_import(
    connection: AsyncConnection, source: ShopSource, known_hashes: Collection[str]
) -> ImportSummary | None:
    done = (await connection.execute(select(imports).where(imports.c.name == source.name))).one_or_none()
    if done is None:
        return None
    if done.content_hash not in known_hashes:
        raise Conflict(
            "other_import",
            f"The database holds another edition of {source.title}; import into a new, empty database.",
        )
    shift = timedelta(seconds=done.shift_seconds)
    return ImportSummary(source.title, already_imported=True, shift=shift, row_counts=await _row_counts(connection))


async def _require_empty(connection: AsyncConnection) -> None:
    for name in _TABLES:
        if (await connection.execute(select(metadata.tables[name]).limit(1))).first() is not None:
            raise Conflict(
                "database_not_empty",
                f"The table {name} holds rows from elsewhere; import into a new, empty database.",
            )


async def _row_counts(connection: AsyncConnection) -> dict[str, int]:
    return {
        name: int((await connection.execute(select(func.count()).select_from(metadata.tables[name]))).scalar_one())
        for name in _TABLES
    }


async def _write(
    connection: AsyncConnection, frames: Mapping[str, pd.DataFrame], *, title: str, shift: timedelta
) -> None:
    with _progress(title, total=sum(len(frames[name]) for name in _TABLES)) as progress:
        for name in _TABLES:
            table = metadata.tables[name]
            moments = {column.name for column in table.c if isinstance(column.type, UtcDateTime)}
            for batch in _batches(frames[name], moments=moments, shift=shift):
                await connection.execute(insert(table), batch)
                progress.update(len(batch))


async def _name_source(connection: AsyncConnection, source: ShopSource) -> None:
    """Say whose orders these are: a data set is its own shop, and its orders are known by their ids."""
    known = insert_for(connection, shop_sources).values(source_id=source.name, kind=DEMO_SOURCE)
    await connection.execute(known.on_conflict_do_nothing())
    values = {"source_id": source.name, "number": orders.c.order_id, "number_key": func.upper(orders.c.order_id)}
    await connection.execute(update(orders).values(**values))


def _batches(frame: pd.DataFrame, *, moments: set[str], shift: timedelta) -> Iterator[list[dict[str, Any]]]:
    """The rows of a frame as a database driver takes them; the columns in `moments` become UTC and are shifted."""
    for start in range(0, len(frame), _BATCH_ROWS):
        part = frame.iloc[start : start + _BATCH_ROWS]
        columns: list[Sequence[Any]] = []
        for name in frame.columns:
            column = part[name]
            if name in moments:
                columns.append(list((column + shift).dt.tz_localize(UTC).dt.to_pydatetime()))
            else:
                columns.append(column.tolist())
        yield [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _progress(title: str, *, total: int) -> tqdm[Any]:
    """A bar with the remaining time: redrawn on a terminal, one line every few seconds in a log."""
    watched = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=f"Importing {title}",
        unit=" rows",
        unit_scale=True,
        mininterval=0.2 if watched else 5.0,
        bar_format=None if watched else "{desc}: {percentage:3.0f} %, {n_fmt} of {total_fmt} rows, {remaining} left\n",
        file=sys.stderr,
    )
