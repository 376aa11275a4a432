from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.cli.shop_imports import import_completejourney
from promo_engine.domain.errors import Conflict
from promo_engine.shops.completejourney.frames import to_cents
from promo_engine.shops.completejourney.package_files import FILES, content_hash, data_folder
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import downgrade, upgrade
from promo_engine.storage.shop_import import ImportSummary, whole_day_shift
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.storage.tables import (
    customers,
    imports,
    metadata,
    orders,
    past_promotion_redemptions,
    past_promotion_targetings,
    past_promotions,
    prices,
    product_categories,
    products,
    purchases,
    variants,
)

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(2018, 1, 2), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))
LAST_PURCHASE = datetime(2018, 1, 1, 4, 1, 20, tzinfo=UTC)


async def rows_in(engine: AsyncEngine, *tables: Table) -> int:
    async with engine.connect() as connection:
        counts = [await connection.scalar(select(func.count()).select_from(table)) for table in tables]
    return sum(count or 0 for count in counts)


@pytest.fixture(scope="session")
def cut_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's files with 60 of its households, so that an import takes a second."""
    whole = {name: pd.read_parquet(data_folder() / f"{name}.parquet") for name in FILES}
    households = [900, 1228, *whole["coupon_redemptions"]["household_id"].unique()[:58]]
    folder = tmp_path_factory.mktemp("completejourney")
    for name, frame in whole.items():
        kept = frame[frame["household_id"].isin(households)] if "household_id" in frame else frame
        (kept.head(2_000) if name == "coupons" else kept).to_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def whole_import(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AsyncEngine, ImportSummary]]:
    """The real package, imported once; a runner of its own, since the tests' event loops are one per test."""
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('whole') / 'engine.db'}")

    async def build() -> ImportSummary:
        await upgrade(engine)
        summary = await import_completejourney(engine, now=NOW)
        await engine.dispose()
        return summary

    yield engine, asyncio.run(build())
    asyncio.run(engine.dispose())


async def test_everything_of_the_package_arrives(whole_import: tuple[AsyncEngine, ImportSummary]) -> None:
    engine, summary = whole_import
    assert not summary.already_imported
    assert summary.row_counts == {
        "customers": 2_469,
        "product_categories": 302,
        "variants": 78_781,
        "prices": 23_806,
        "products": 78_781,  # 68,509 that were bought and 10,272 that only ever had a coupon
        "orders": 155_848,
        "purchases": 1_469_307,
        "past_promotions": 27,
        "past_promotion_coupons": 111_332,  # 116,204 less 4,872 that the package has twice
        "past_promotion_targetings": 6_589,
        "past_promotion_redemptions": 2_102,
    }
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count(purchases.c.product_id.distinct()))) == 68_509
        assert await connection.scalar(select(func.sum(orders.c.total_cents))) == 459_603_958
        assert await connection.scalar(select(func.sum(purchases.c.sales_cents))) == 459_603_958
        known = [row for row in (await connection.scalars(select(customers.c.demographics))).all() if row]
        assert len(known) == 801
        assert all(value for answers in known for value in answers.values())


async def test_categories_are_numbered_by_name_without_gaps(whole_import: tuple[AsyncEngine, ImportSummary]) -> None:
    async with whole_import[0].connect() as connection:
        found = (await connection.execute(select(product_categories).order_by("category_id"))).all()
        bought = await connection.scalar(
            select(func.count(products.c.category_id.distinct())).join(
                purchases, purchases.c.product_id == products.c.product_id
            )
        )
    assert [row.category_id for row in found] == list(range(302))
    assert [row.name for row in found] == sorted(row.name for row in found)
    assert bought == 302


async def test_redemption_rates_are_those_of_the_package(whole_import: tuple[AsyncEngine, ImportSummary]) -> None:
    redeemed = (
        select(past_promotion_redemptions.c.past_promotion_id, past_promotion_redemptions.c.customer_id)
        .distinct()
        .subquery()
    )
    query = (
        select(past_promotions.c.kind, func.count(), func.count(redeemed.c.customer_id))
        .select_from(past_promotion_targetings.join(past_promotions))
        .outerjoin(
            redeemed,
            (redeemed.c.past_promotion_id == past_promotion_targetings.c.past_promotion_id)
            & (redeemed.c.customer_id == past_promotion_targetings.c.customer_id),
        )
        .group_by(past_promotions.c.kind)
        .order_by(past_promotions.c.kind)
    )
    async with whole_import[0].connect() as connection:
        rows = [tuple(row) for row in (await connection.execute(query)).all()]
    assert rows == [("Type A", 3_647, 604), ("Type B", 2_368, 154), ("Type C", 574, 34)]  # 16.6, 6.5 and 5.9 %


async def test_a_basket_becomes_an_order_with_its_lines(whole_import: tuple[AsyncEngine, ImportSummary]) -> None:
    async with whole_import[0].connect() as connection:
        order = (await connection.execute(select(orders).where(orders.c.order_id == "31198570044"))).one()
        line = (await connection.execute(select(purchases).where(purchases.c.order_id == "31198570044"))).one()
        longest = (await connection.execute(select(func.min(purchases.c.line), func.max(purchases.c.line)))).one()
    assert (order.customer_id, order.total_cents, order.override_state) == ("900", 50, None)
    assert order.placed_at == datetime(2025, 11, 22, 11, 53, 26, tzinfo=UTC)
    assert (line.line, line.product_id, line.quantity, line.sales_cents) == (1, "1095275", 1, 50)
    assert tuple(longest) == (1, 161)


async def test_the_last_purchase_is_of_today(whole_import: tuple[AsyncEngine, ImportSummary]) -> None:
    engine, summary = whole_import
    async with engine.connect() as connection:
        last = await connection.scalar(select(func.max(orders.c.placed_at)))
        first_of_customers = await connection.scalar(select(func.min(customers.c.created_at)))
    assert last == datetime(2026, 11, 22, 4, 1, 20, tzinfo=UTC)
    assert first_of_customers == datetime(2025, 11, 22, 11, 53, 26, tzinfo=UTC)
    assert summary.shift == timedelta(days=3_247)


@given(MOMENTS)
def test_times_move_by_whole_days_and_never_past_now(now: datetime) -> None:
    shift = whole_day_shift(last=LAST_PURCHASE, now=now)
    assert shift % timedelta(days=1) == timedelta(0)
    assert timedelta(0) <= now - (LAST_PURCHASE + shift) < timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2026, 11, 22, 4, 1, 20, tzinfo=UTC), datetime(2026, 11, 22, 4, 1, 20, tzinfo=UTC)),
        (datetime(2026, 11, 22, 4, 1, 19, tzinfo=UTC), datetime(2026, 11, 21, 4, 1, 20, tzinfo=UTC)),
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 22, 4, 1, 20, tzinfo=UTC)),
    ],
)
def test_a_purchase_lands_on_today_unless_its_hour_is_still_to_come(now: datetime, last: datetime) -> None:
    assert LAST_PURCHASE + whole_day_shift(last=LAST_PURCHASE, now=now) == last


async def test_a_second_run_brings_nothing_twice(database: AsyncEngine, cut_package: Path) -> None:
    first = await import_completejourney(database, now=NOW, folder=cut_package)
    second = await import_completejourney(database, now=NOW + timedelta(days=3), folder=cut_package)
    assert (first.already_imported, second.already_imported) == (False, True)
    assert second.row_counts == first.row_counts
    assert second.shift == first.shift
    assert first.row_counts["customers"] == 60
    assert await rows_in(database, imports) == 1
    assert "of 60 customers, all times moved by 3,247 days." in str(first)
    assert "is imported already" in str(second)


async def _catalogue(database: AsyncEngine) -> tuple[list[object], ...]:
    """What is on sale, without the moments at which it was written."""
    queries = (
        select(variants.c.variant_id, variants.c.product_id, variants.c.status).order_by(variants.c.variant_id),
        select(prices.c.variant_id, prices.c.currency, prices.c.list_cents).order_by(prices.c.variant_id),
        select(products.c.product_id, products.c.status, products.c.source_id).order_by(products.c.product_id),
    )
    async with database.connect() as connection:
        found: list[list[object]] = []
        for query in queries:
            found.append([tuple(row) for row in await connection.execute(query)])
    return tuple(found)


async def test_what_sold_in_the_last_four_weeks_has_a_price_and_the_rest_is_archived(
    database: AsyncEngine, cut_package: Path
) -> None:
    await import_completejourney(database, now=NOW, folder=cut_package)
    async with SqlStorage(database).read() as unit:
        listed = await unit.catalogue.listed(currency="USD", at=NOW + timedelta(days=900), max_age=timedelta(hours=24))
        sold = await unit.catalogue.sold_lately(within=timedelta(days=28))
    assert {product.product_id for product in listed.products} < set(sold)
    assert all(product.on_sale and 20 <= (product.price_cents or 0) <= 10_000 for product in listed.products)
    titles = {product.title for product in listed.products}
    assert {"White bread, 20 oz", "Milk, 1 gal"} & titles, sorted(titles)[:50]
    every = await rows_in(database, variants)
    async with database.connect() as connection:
        archived = await connection.scalar(select(func.count()).where(products.c.status == "archived"))
    assert archived == every - len(listed.products)


async def test_the_migration_gives_an_earlier_import_the_same_prices_and_a_second_import_its_titles(
    database: AsyncEngine, cut_package: Path
) -> None:
    await import_completejourney(database, now=NOW, folder=cut_package)
    imported = await _catalogue(database)
    await downgrade(database, "0013")
    async with database.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(prices)) == 0
        await connection.execute(update(products).values(title=""))
        earlier = content_hash(cut_package, importer_version=1)
        await connection.execute(update(imports).values(content_hash=earlier))
    await upgrade(database)
    assert await _catalogue(database) == imported
    again = await import_completejourney(database, now=NOW, folder=cut_package)
    assert "Its products have titles now." in str(again)
    async with database.connect() as connection:
        untitled = select(func.count()).where(products.c.title == "", products.c.status == "active")
        assert await connection.scalar(untitled) == 0
    assert "Nothing was written." in str(await import_completejourney(database, now=NOW, folder=cut_package))


async def test_two_imports_at_once_bring_everything_once(database: AsyncEngine, cut_package: Path) -> None:
    both = await asyncio.gather(*(import_completejourney(database, now=NOW, folder=cut_package) for _ in range(2)))
    assert sorted(summary.already_imported for summary in both) == [False, True]
    assert both[0].row_counts == both[1].row_counts
    assert await rows_in(database, imports) == 1


async def test_an_import_that_breaks_off_leaves_nothing(
    database: AsyncEngine, cut_package: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in FILES:
        frame = pd.read_parquet(cut_package / f"{name}.parquet")
        if name == "coupon_redemptions":  # the last table to be written
            frame.loc[frame.index[-1], "household_id"] = 999_999
        frame.to_parquet(broken / f"{name}.parquet")
    with pytest.raises(IntegrityError):
        await import_completejourney(database, now=NOW, folder=broken)
    assert await rows_in(database, *metadata.sorted_tables) == 0
    assert not (await import_completejourney(database, now=NOW, folder=cut_package)).already_imported


async def test_another_edition_of_the_package_is_refused(
    database: AsyncEngine, cut_package: Path, tmp_path: Path
) -> None:
    await import_completejourney(database, now=NOW, folder=cut_package)
    other = tmp_path / "other"
    other.mkdir()
    for name in FILES:
        frame = pd.read_parquet(cut_package / f"{name}.parquet")
        (frame.head(1) if name == "demographics" else frame).to_parquet(other / f"{name}.parquet")
    with pytest.raises(Conflict, match="another edition"):
        await import_completejourney(database, now=NOW, folder=other)


async def test_a_database_with_customers_from_elsewhere_is_refused(database: AsyncEngine, cut_package: Path) -> None:
    async with database.begin() as connection:
        await connection.execute(insert(customers).values(customer_id="c-1", demographics={}, created_at=NOW))
    with pytest.raises(Conflict, match="customers holds rows from elsewhere"):
        await import_completejourney(database, now=NOW, folder=cut_package)
    assert await rows_in(database, *metadata.sorted_tables) == 1


async def test_a_missing_file_and_a_time_without_zone_are_refused(
    database: AsyncEngine, cut_package: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="campaign_descriptions"):
        await import_completejourney(database, now=NOW, folder=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="time zone"):
        await import_completejourney(database, now=NOW.replace(tzinfo=None), folder=cut_package)


def test_the_hash_follows_the_files_and_the_importer(cut_package: Path) -> None:
    whole, cut = content_hash(data_folder(), importer_version=1), content_hash(cut_package, importer_version=1)
    assert len({whole, cut, content_hash(cut_package, importer_version=2)}) == 3
    assert content_hash(cut_package, importer_version=1) == cut


@given(st.lists(st.integers(min_value=0, max_value=100_000_00), min_size=1))
def test_every_amount_of_dollars_gives_its_cents(cents: list[int]) -> None:
    assert to_cents(pd.Series([amount / 100 for amount in cents])).tolist() == cents


def test_a_fraction_of_a_cent_is_refused() -> None:
    with pytest.raises(ValueError, match="sales_value: some amounts are not whole cents"):
        to_cents(pd.Series([1.0, 0.005], name="sales_value"))
