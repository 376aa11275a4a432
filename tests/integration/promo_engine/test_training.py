"""The whole training on a small simulated shop, and what the really trained models do with real households."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.learning.policy_versions import PolicyOrigin, PolicyStatus, Snapshot
from promo_engine.files.offer_file import read_offer_file
from promo_engine.models.training import train
from promo_engine.policies import load_initial_policy
from promo_engine.storage import tables
from promo_engine.storage.database import open_database
from promo_engine.storage.history_arrays import replace_states
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.user_model import ShopCustomerModel, load_user_model
from promo_engine.user_model.stepped_model import moment_of_day
from tests.support.simulated import CATEGORIES, CUSTOMERS, TINY_TRAINING, simulated_history

QUICK = replace(TINY_TRAINING, epochs=2)
LONG_ENOUGH = replace(TINY_TRAINING, epochs=6)
"""The LSTM leads the counts by then, by 5 standard errors and more."""


async def fill(engine: AsyncEngine) -> None:
    """Store the simulated shop, one product per category, one product without, and a campaign."""
    history = simulated_history()
    born = moment_of_day(history.basket_day.min())
    starts = moment_of_day(history.basket_day.min() + 60)
    content: dict[str, list[dict[str, object]]] = {
        "customers": [
            {"customer_id": f"c{number}", "demographics": {}, "created_at": born} for number in range(CUSTOMERS)
        ]
        + [{"customer_id": "newcomer", "demographics": {}, "created_at": born}],
        "product_categories": [{"category_id": number, "name": f"CATEGORY {number}"} for number in range(CATEGORIES)],
        "products": [{"product_id": f"p{number}", "category_id": number} for number in range(CATEGORIES)]
        + [{"product_id": "odd", "category_id": None}],
        "orders": [
            {
                "order_id": f"o{basket}",
                "customer_id": f"c{history.basket_customer[basket]}",
                "placed_at": moment_of_day(history.basket_day[basket]),
                "total_cents": 0,
            }
            for basket in range(len(history.basket_day))
        ],
        "purchases": [
            {
                "order_id": f"o{history.step_basket[step]}",
                "line": step,
                "product_id": f"p{history.step_category[step]}",
                "quantity": int(history.step_quantity[step]),
                "sales_cents": round(history.step_spend[step] * 100),
            }
            for step in range(len(history.step_day))
        ]
        + [{"order_id": "o0", "line": 10**6, "product_id": "odd", "quantity": 1, "sales_cents": 100}],
        "past_promotions": [
            {"past_promotion_id": "1", "kind": "A", "starts_at": starts, "ends_at": starts + timedelta(days=30)}
        ],
        "past_promotion_coupons": [
            {"past_promotion_id": "1", "coupon_id": f"k{number}", "product_id": f"p{number}"} for number in (0, 5)
        ],
        "past_promotion_targetings": [
            {"past_promotion_id": "1", "customer_id": f"c{number}"} for number in range(CUSTOMERS)
        ],
        "past_promotion_redemptions": [
            {
                "redemption_id": number,
                "past_promotion_id": "1",
                "customer_id": f"c{number}",
                "coupon_id": "k0",
                "redeemed_at": starts + timedelta(days=2),
            }
            for number in range(0, CUSTOMERS, 2)
        ],
    }
    async with engine.begin() as connection:
        for name, rows in content.items():
            await connection.execute(insert(tables.metadata.tables[name]), rows)


async def stored_states(engine: AsyncEngine) -> dict[str, tuple[str, bytes, datetime]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(tables.customer_states))
        return {row.customer_id: (row.model_version, row.state, row.last_event_at) for row in rows}


async def test_training_leaves_a_model_a_policy_metrics_and_every_customers_state(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await fill(database)
    summary = await train(database, tmp_path, training=LONG_ENOUGH)
    model, policy = load_user_model(tmp_path), load_initial_policy(tmp_path)
    assert model.kind == "lstm"
    states = await stored_states(database)
    assert summary.trained and summary.model_version == model.version and policy.version == 1
    assert set(states) == {f"c{number}" for number in range(CUSTOMERS)}  # who bought nothing has no state
    assert {version for version, _, _ in states.values()} == {model.version}
    batch = model.model.states(simulated_history())
    _, state, last = states["c7"]
    stored, expected = (model.forecast(item, at=last).purchase_probability for item in (state, batch[7]))
    assert stored == pytest.approx(expected, abs=1e-5)
    assert last == moment_of_day(simulated_history().select(customers=np.array([7])).basket_day[-1])
    assert model.forecast(state, at=last).basket_count > 5
    assert summary.metrics["policy"]["redeemed"] == CUSTOMERS / 2
    for shown in ("lstm", "counts", "personal frequency", "Recall@4", "ROC-AUC", "level 2 serves, the LSTM: ahead of"):
        assert shown in str(summary)


async def test_nothing_is_trained_again_until_something_changes(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    first = await train(database, tmp_path, training=QUICK)
    again = await train(database, tmp_path, training=QUICK)
    assert (again.trained, again.model_version, again.metrics) == (False, first.model_version, first.metrics)
    assert (await train(database, tmp_path, training=replace(QUICK, seed=8))).trained
    async with database.begin() as connection:
        await connection.execute(update(tables.purchases).values(quantity=1))
        await connection.execute(
            insert(tables.imports),
            {"name": "simulated", "content_hash": "2", "shift_seconds": 0, "finished_at": datetime.now(UTC)},
        )
    assert (await train(database, tmp_path, training=replace(QUICK, seed=8))).trained


async def test_another_processor_is_a_reason_to_train(
    database: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database)
    await train(database, tmp_path, training=QUICK)
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "ANOTHER")
    assert (await train(database, tmp_path, training=QUICK)).trained
    assert not (await train(database, tmp_path, training=QUICK)).trained


async def test_a_running_engine_keeps_its_states_until_it_starts_with_the_new_model(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await fill(database)
    at = datetime.now(UTC)

    async def versions() -> list[str]:
        async with database.connect() as connection:
            return sorted(await connection.scalars(select(tables.customer_states.c.model_version).distinct()))

    async def decide_with(version: int, model_version: str) -> None:
        snapshot = Snapshot(
            version,
            model_version,
            reward_count=0,
            created_at=at,
            status=PolicyStatus.LIVE,
            origin=PolicyOrigin.TRAINED,
            parent_version=None,
            branch=version,
            created_by="engine",
            snapshot=b"",
        )
        async with SqlStorage(database).write() as unit:
            await unit.snapshots.add(snapshot)

    for model_version in ("first", "second"):
        await replace_states(database, model_version=model_version, states=[("c0", b"state", at)])
    assert await versions() == ["second"]
    await decide_with(1, "second")
    await replace_states(database, model_version="third", states=[("c0", b"state", at)])
    assert await versions() == ["second", "third"]
    await decide_with(2, "third")
    await replace_states(database, model_version="third", states=[("c0", b"state", at)])
    assert await versions() == ["third"]


async def test_new_offers_are_no_reason_to_train(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    await train(database, tmp_path, training=QUICK)
    async with SqlStorage(database).write() as unit:
        await unit.catalogue.store_offers(promotions=[], offers=[], at=datetime.now(UTC))
    assert not (await train(database, tmp_path, training=QUICK)).trained


async def test_states_that_are_missing_or_behind_are_made_again_without_training(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await fill(database)
    await train(database, tmp_path, training=QUICK)
    before = await stored_states(database)
    async with database.begin() as connection:
        table = tables.customer_states
        await connection.execute(delete(table).where(table.c.customer_id == "c3"))
        await connection.execute(
            update(table).where(table.c.customer_id == "c4").values(last_event_at=before["c4"][2] - timedelta(days=1))
        )
    assert not (await train(database, tmp_path, training=QUICK)).trained
    assert await stored_states(database) == before


async def test_a_stored_state_is_stepped_on_like_any_other(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    await train(database, tmp_path, training=QUICK)
    model = load_user_model(tmp_path)
    _, state, last = (await stored_states(database))["c1"]
    moved = model.step(state, occurred_at=last + timedelta(hours=1), purchases=[CategoryPurchase(2, 1, 199)])
    assert model.forecast(moved, at=last + timedelta(days=1)).days_since_purchase[2] == pytest.approx(23 / 24)


async def test_an_empty_database_is_trained_to_level_0(database: AsyncEngine, tmp_path: Path) -> None:
    summary = await train(database, tmp_path / "model", training=QUICK)
    assert str(summary).splitlines()[-1] == (
        "level 0 serves, popularity of the catalogue's 0 categories: there are no orders yet"
    )
    assert load_user_model(tmp_path / "model").version == summary.model_version
    assert not (await train(database, tmp_path / "model", training=QUICK)).trained


async def test_a_training_cut_short_counts_as_none(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    await train(database, tmp_path, training=QUICK)
    (tmp_path / "settings.json").unlink()
    assert (await train(database, tmp_path, training=QUICK)).trained


@pytest.mark.parametrize("name", ["metrics.json", "policy.npz", "settings.json", "weights.safetensors"])
async def test_a_damaged_file_is_made_again(database: AsyncEngine, tmp_path: Path, name: str) -> None:
    await fill(database)
    await train(database, tmp_path, training=QUICK)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:40])
    assert (await train(database, tmp_path, training=QUICK)).trained


ROOT = Path(__file__).parents[3]
NOW_IS_SOON_AFTER = timedelta(hours=6)


@pytest.fixture(scope="session")
def trained_model() -> ShopCustomerModel:
    """The model of `make train SHOP=larder`; a missing one fails with the line that says so."""
    return load_user_model(ROOT / os.environ.get("PROMOBOT_MODEL_DIR", "var/models/user_model"))


@pytest.fixture
async def forecasts(trained_model: ShopCustomerModel) -> list[CustomerForecast]:
    """Of a hundred customers, each tenth of the thousand with most categories, six hours after the last purchase."""
    url = os.environ.get("PROMOBOT_ENGINE_DATABASE_URL", f"sqlite+aiosqlite:///{ROOT}/var/engine.db")
    engine = open_database(url)
    table = tables.customer_states
    async with engine.connect() as connection:
        rows = (await connection.execute(select(table).where(table.c.model_version == trained_model.version))).all()
    await engine.dispose()
    assert len(rows) > 2000, f"the database has no states of user model {trained_model.version}; run `promobot train`"
    now = max(row.last_event_at for row in rows) + NOW_IS_SOON_AFTER
    chosen = sorted(rows, key=lambda row: (-len(row.state), row.customer_id))[:1000:10]
    return [trained_model.forecast(row.state, at=now) for row in chosen]


async def test_customers_with_different_histories_get_different_offers_for_the_same_words(
    trained_model: ShopCustomerModel, forecasts: list[CustomerForecast]
) -> None:
    """Total variation distance (0 same, 1 disjoint) of the policy's distributions.

    The values in comments are of two trainings, one with AVX2 and one with AVX-512: compared offer by offer they
    differ by a hundredth.
    """
    policy = load_initial_policy(ROOT / os.environ.get("PROMOBOT_MODEL_DIR", "var/models/user_model"))
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    offers = read_offer_file(ROOT / "data/offers/demo.yml", category_ids=await category_ids(), now=now).offers
    offer_ids = [offer.offer_id for offer in offers]
    anonymous = trained_model.forecast(trained_model.initial_state(), at=now)

    def distribution(forecast: CustomerForecast) -> np.ndarray:
        """By offer: each customer has arms of their own, in an order of their own."""
        words = ConversationContext(trigger="after_service", intent="track_order")
        choice = policy.choose(forecast=forecast, context=words, offers=offers, seed=0)
        return np.array([choice.propensities.get(offer_id, 0.0) for offer_id in (*offer_ids, NO_OFFER)])

    rows = np.array([distribution(forecast) for forecast in forecasts])
    distance = np.abs(rows[:, None] - rows[None]).sum(axis=2) / 2
    between = distance[np.triu_indices(len(rows), 1)]
    assert np.median(between) > 0.25  # 0.353 and 0.353
    assert np.quantile(between, 0.01) > 0.06  # 0.120 and 0.120: two customers may be alike, but few pairs are
    # Customers may buy what everybody buys, so that some look much like an anonymous one, but not many.
    from_anonymous = np.abs(rows - distribution(anonymous)).sum(axis=1) / 2
    assert np.median(from_anonymous) > 0.15  # 0.24 and 0.24
    assert np.quantile(from_anonymous, 0.1) > 0.08  # 0.16 and 0.17
    assert len(set(rows.argmax(axis=1))) >= 3  # 6 and 6 different favourites


async def category_ids() -> dict[str, int]:
    url = os.environ.get("PROMOBOT_ENGINE_DATABASE_URL", f"sqlite+aiosqlite:///{ROOT}/var/engine.db")
    engine = open_database(url)
    async with engine.connect() as connection:
        rows = (await connection.execute(select(tables.product_categories))).all()
    await engine.dispose()
    return {row.name: row.category_id for row in rows}


async def test_the_trained_lstm_beats_personal_frequency_on_weeks_it_never_saw() -> None:
    """It stays only if it does; the numbers are those of the training itself."""
    folder = ROOT / os.environ.get("PROMOBOT_MODEL_DIR", "var/models/user_model")
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["user_model"]
    for baseline in ("personal_frequency", "decayed_frequency"):
        assert metrics["lstm"]["recall_at_10"] > metrics[baseline]["recall_at_10"]  # by 0.007 to 0.017
        assert metrics[baseline]["lstm_leads_ndcg_by"] > 2 * metrics[baseline]["standard_error"]  # 3.5 to 8.3 of them
