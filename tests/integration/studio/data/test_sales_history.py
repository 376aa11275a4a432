from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from promo_engine.domain.errors import NotFound
from promo_engine.shops.completejourney.package_files import data_folder
from promo_engine.storage.database import open_database
from promo_engine.storage.sales_frames import read_fingerprints, read_sales
from studio.data.sales_history import SalesHistory
from tests.integration.studio.conftest import history_of
from tests.support.studio_databases import SHOP, TINY, empty_database, simulated_database, url_of


def fingerprints(path: Path) -> tuple[str, str]:
    async def read() -> tuple[str, str]:
        engine = open_database(url_of(path))
        try:
            return await read_fingerprints(engine)
        finally:
            await engine.dispose()

    return asyncio.run(read())


def test_weeks_are_those_that_the_package_counts(real_history: SalesHistory) -> None:
    raw = pd.read_parquet(
        data_folder() / "transactions.parquet", columns=["transaction_timestamp", "basket_id", "week"]
    )
    baskets = raw.assign(basket_id=raw["basket_id"].astype(str)).groupby("basket_id")["week"].first()
    ours = real_history.lines.groupby("basket_id")["week"].first()
    assert (ours == baskets.loc[ours.index]).all()
    assert real_history.lines["day"].max() == pd.Timestamp("2017-12-31")
    assert real_history.calendar.monday_of(52) == pd.Timestamp("2017-12-18")
    assert real_history.calendar.last_whole_week == 53


def test_nothing_of_the_money_is_lost(real_history: SalesHistory) -> None:
    sales = pd.read_parquet(data_folder() / "transactions.parquet", columns=["sales_value"])["sales_value"].sum()
    assert real_history.lines["sales_cents"].sum() == round(sales * 100)
    known = real_history.lines.dropna(subset="category")
    assert real_history.category_weeks["sales_cents"].sum() == known["sales_cents"].sum()
    assert not real_history.lines["code_cents"].any(), "its coupons are paid by the makers of the goods"


def test_a_shop_is_read_in_the_currency_of_most_orders_and_nothing_is_added_up_over_two(
    simulated_history: SalesHistory,
) -> None:
    with closing(sqlite3.connect(simulated_database(SHOP))) as connection:
        counts = dict(connection.execute("SELECT currency, count(*) FROM orders GROUP BY 1"))
        (cents,) = connection.execute(
            "SELECT sum(sales_cents) FROM purchases JOIN orders USING (order_id) WHERE currency = 'EUR'"
        ).fetchone()
    profile = simulated_history.profile
    assert profile.money.code == "EUR"
    assert profile.other_orders == {"GBP": counts["GBP"]}
    assert simulated_history.lines["sales_cents"].sum() == cents
    assert simulated_history.lines["basket_id"].nunique() == counts["EUR"]
    assert simulated_history.stamp["source"].endswith(
        f"Only orders in EUR count; {counts['GBP']:,} in GBP are left out."
    )
    assert profile.country == "DE", "that of most who buy in euro"
    assert profile.delivery_cents == 495


def test_categories_have_the_trees_own_names_and_offers_name_them_as_they_are_stored(
    simulated_history: SalesHistory,
) -> None:
    names = simulated_history.categories.set_index("category")["stored_name"]
    assert names["Hiking boots"] == "Footwear > Hiking boots"
    assert names["Footwear"] == "Footwear"
    assert set(simulated_history.lines["category"].dropna()) <= set(names.index)


def test_a_code_lowers_what_was_paid_and_not_what_everybody_saw(simulated_history: SalesHistory) -> None:
    coded = simulated_history.lines.query("code_cents > 0")
    assert len(coded) > 20
    assert (coded["discount_cents"] >= coded["code_cents"]).all()
    assert not simulated_history.lines["coupon_cents"].any()


def test_cancelled_orders_are_no_sales(tmp_path: Path, simulated_history: SalesHistory) -> None:
    path = Path(shutil.copy(simulated_database(SHOP), tmp_path / "engine.db"))
    with closing(sqlite3.connect(path)) as connection:
        first = "SELECT order_id FROM orders WHERE currency = 'EUR' LIMIT 1"
        connection.execute(f"UPDATE orders SET shop_state = 'cancelled' WHERE order_id = ({first})")
        connection.commit()
    left = history_of(path, zone="UTC", currency="EUR").lines["basket_id"].nunique()
    assert left == simulated_history.lines["basket_id"].nunique() - 1


def test_a_shop_stays_the_same_while_it_grows_and_is_another_with_other_orders(tmp_path: Path) -> None:
    path = Path(shutil.copy(simulated_database(TINY), tmp_path / "engine.db"))
    history, shop = fingerprints(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO orders (order_id, customer_id, placed_at, total_cents)"
            " SELECT 'new', customer_id, '2026-11-01 12:00:00.000000', 1 FROM orders LIMIT 1"
        )
        connection.commit()
    grown_history, grown_shop = fingerprints(path)
    assert grown_shop == shop
    assert grown_history != history
    assert fingerprints(simulated_database(SHOP))[1] != shop


async def test_a_database_without_orders_says_what_brings_some(tmp_path: Path) -> None:
    path = await asyncio.to_thread(empty_database, tmp_path / "engine.db")
    engine = open_database(url_of(path))
    with pytest.raises(NotFound, match="no orders yet"):
        await read_sales(engine)
    await engine.dispose()
    assert (await asyncio.to_thread(fingerprints, path))[1] == ""
