"""Shops of every size, from training to decisions: which level serves, and that nothing answers 5xx."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pytest_aiohttp.plugin import AiohttpClient
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from common.errors import StartError
from promo_engine.app import create_app
from promo_engine.domain.catalogue.shop_catalogue import ShopCategory
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Promotion
from promo_engine.models.model_levels import Serves
from promo_engine.models.model_registry import enter, pack, serve, unpack, unpacked
from promo_engine.models.training import train
from promo_engine.policies import unpack_policy
from promo_engine.services.decisions.reconstruct_decision import DecisionReconstructor
from promo_engine.services.decisions.replay_decision import Replay
from promo_engine.settings import Settings
from promo_engine.storage import tables
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.storage.user_model_registry import archive_of, live_model, registered
from promo_engine.user_model import LstmCustomerModel, ModelMissing, ShopCustomerModel, load_user_model
from promo_engine.user_model.model_files import save_user_model
from promo_engine.user_model.model_settings import TrainingError
from promo_engine.user_model.training import fit
from tests.support.api_client import ApiClient
from tests.support.fakes import Clock
from tests.support.generated_shop import CLOSED, OPENED, fill_generated_shop
from tests.support.simulated import TINY_TRAINING
from tests.support.small_shop import offer

QUICK = replace(TINY_TRAINING, epochs=1)
SPRING = Promotion("spring", "Spring", OPENED, CLOSED + timedelta(days=90))


def in_spring(offer_id: str, *category_ids: int) -> Offer:
    dates = {"starts_at": SPRING.starts_at, "ends_at": SPRING.ends_at, "promotion_id": "spring"}
    return offer(offer_id, category_ids=frozenset(category_ids), **dates)


async def store_offers(engine: AsyncEngine, offers: Sequence[Offer]) -> None:
    async with SqlStorage(engine).write() as unit:
        await unit.catalogue.store_offers(promotions=[SPRING], offers=offers, at=CLOSED)


async def start(aiohttp_client: AiohttpClient, settings: Settings) -> ApiClient:
    return await aiohttp_client(create_app(settings, clock=Clock(CLOSED)))


async def decide(client: ApiClient, request_id: str, customer_id: str | None) -> dict[str, Any]:
    body = {
        "conversation_id": f"v-{request_id}",
        "request_id": request_id,
        "customer_id": customer_id,
        "conversation_context": {"trigger": "after_service"},
        "explain": True,
    }
    response = await client.post("/v1/decisions", json=body)
    answer: dict[str, Any] = await response.json()
    assert response.status == 200, answer
    return answer


@pytest.mark.parametrize("categories", [1, 2, 5, 9, 10, 300])
@pytest.mark.parametrize(("orders", "customers"), [(0, 3), (50, 50), (900, 45)])
async def test_shops_of_every_size_train_serve_and_decide(
    database: AsyncEngine,
    settings: Settings,
    aiohttp_client: AiohttpClient,
    *,
    categories: int,
    orders: int,
    customers: int,
) -> None:
    await fill_generated_shop(database, categories=categories, orders=orders, customers=customers)
    await store_offers(database, [in_spring("first", 0), in_spring("last", categories - 1), in_spring("basket")])
    summary = await train(database, settings.model_dir, training=QUICK)
    live = await live_model(database)
    assert live is not None
    level = str(summary).splitlines()[-1]
    wanted = "level 0 serves" if not orders else "level 1 serves" if orders < 500 else "level "
    assert level.startswith(wanted)
    assert "an LSTM is tried from 500 orders" in level or orders != 50
    depth = min(10, -(-categories // 3))
    assert live.metrics["list_depth"] == depth
    for figures in live.metrics["user_model"].values():
        assert 0.0 <= figures["recall_at_10"] <= 1.0
        assert 0.0 <= figures["ndcg_at_10"] <= 1.0
    expects_numbers(settings.model_dir, categories)
    client = await start(aiohttp_client, settings)
    assert await (await client.get("/ready")).json() == {"status": "ready", "waiting_categories": 0}
    for number, customer_id in enumerate((None, "c0", "c1", "c2")):
        await decide(client, f"m-{number}", customer_id)


def expects_numbers(model_dir: Path, categories: int) -> None:
    model = load_user_model(model_dir)
    expected = model.forecast(model.initial_state(), at=CLOSED)
    for values in (expected.purchase_probability, expected.next_basket_probability, expected.ranking):
        assert len(values) == categories
        assert all(0.0 < value < 1.0 for value in values)
    assert np.isfinite([*expected.days_to_purchase, *expected.embedding]).all()


async def test_a_shop_without_anything_trains_serves_and_decides(
    database: AsyncEngine, settings: Settings, aiohttp_client: AiohttpClient
) -> None:
    summary = await train(database, settings.model_dir, training=QUICK)
    assert "level 0 serves, popularity of the catalogue's 0 categories: there are no orders yet" in str(summary)
    client = await start(aiohttp_client, settings)
    answer = await decide(client, "m-1", None)
    assert answer["offer"] is None


async def test_orders_of_a_shop_without_categories_are_counted(database: AsyncEngine, settings: Settings) -> None:
    """Else whoever ordered a hundred times would be welcomed as a new customer."""
    await fill_generated_shop(database, categories=0, orders=900, customers=45)
    summary = await train(database, settings.model_dir, training=QUICK)
    assert "an LSTM is tried from 500 orders and 84 days on, and needs categories" in str(summary)
    async with SqlStorage(database).read() as unit:
        stored = await unit.customers.state("c0", model_version=summary.model_version)
    assert stored is not None
    expected = load_user_model(settings.model_dir).forecast(stored.state, at=CLOSED)
    assert (expected.basket_count, expected.purchase_probability) == (20, ())
    assert expected.days_since_order == pytest.approx((CLOSED - stored.last_event_at).total_seconds() / 86_400)


async def test_the_level_moves_up_with_the_orders_and_back_by_hand(database: AsyncEngine, settings: Settings) -> None:
    await fill_generated_shop(database, categories=5, orders=0, customers=45)
    first = await train(database, settings.model_dir, training=QUICK)
    async with database.begin() as connection:
        await connection.execute(
            insert(tables.orders),
            [{"order_id": "o", "customer_id": "c0", "placed_at": OPENED, "total_cents": 900}],
        )
        await connection.execute(
            insert(tables.purchases),
            [{"order_id": "o", "line": 1, "product_id": "p3", "quantity": 1, "sales_cents": 900}],
        )
    second = await train(database, settings.model_dir, training=QUICK)
    shown = [(version.metrics["kind"], version.status) for version in await registered(database)]
    assert shown == [("counts", "live"), ("catalogue", "retired")]
    assert "level 1 serves, counts of 1 orders in 0 days" in str(second)
    await serve(database, settings.model_dir, first.model_version)
    assert load_user_model(settings.model_dir).kind == "catalogue"


async def with_new_categories(database: AsyncEngine) -> None:
    """One beside all, one below a category that the model knows, one below that; each has a product and an offer."""
    new = [
        ShopCategory("beside", {"en": "Beside"}),
        ShopCategory("below", {"en": "Below"}, parent_id="k2"),
        ShopCategory("deep", {"en": "Deep below"}, parent_id="below"),
    ]
    async with SqlStorage(database).write() as unit:
        await unit.shop.store_categories(new)
    async with database.begin() as connection:
        products = [{"product_id": f"p{number}", "category_id": number} for number in (BESIDE, BELOW, DEEP)]
        await connection.execute(insert(tables.products), products)
    await store_offers(database, [in_spring("old", 2), in_spring("beside", BESIDE), in_spring("below", BELOW, DEEP)])


BESIDE, BELOW, DEEP = 6, 7, 8
PURCHASE = {
    "event_id": "e-1",
    "customer_id": "c1",
    "kind": "purchase",
    "occurred_at": CLOSED.isoformat(),
    "order_id": "new",
    "lines": [{"product_id": f"p{number}", "quantity": 1, "sales_cents": 300} for number in (BESIDE, DEEP)],
}


@pytest.mark.parametrize("serving", [Serves.COUNTS, Serves.NEW_LSTM])
async def test_categories_that_come_after_the_training_stop_nothing(
    database: AsyncEngine,
    settings: Settings,
    aiohttp_client: AiohttpClient,
    monkeypatch: pytest.MonkeyPatch,
    serving: Serves,
) -> None:
    await fill_generated_shop(database, categories=6, orders=900, customers=45)
    monkeypatch.setattr("promo_engine.models.training.choose", lambda _leads: serving)  # whatever they are worth
    await train(database, settings.model_dir, training=QUICK)
    await store_offers(database, [in_spring("old", 2)])
    client = await start(aiohttp_client, settings)
    decided = [await decide(client, f"b-{number}", f"c{number}") for number in range(10)]
    await with_new_categories(database)
    answers = [
        await decide(client, f"m-{number}", None if number % 5 == 0 else f"c{number % 45}") for number in range(100)
    ]
    stored = [await (await client.get(f"/v1/decisions/{answer['decision_id']}")).json() for answer in answers]
    assert all({"beside", "below", "old"} <= item["propensities"].keys() for item in stored)
    assert await (await client.get("/ready")).json() == {"status": "ready", "waiting_categories": 3}
    assert "promobot_waiting_categories 3.0" in await (await client.get("/metrics")).text()
    for answer in (decided[0], answers[1]):
        response = await client.get(f"/v1/decisions/{answer['decision_id']}/explanation")
        assert response.status == 200, await response.text()

    response = await client.post("/v1/events", json={"events": [PURCHASE]})
    assert response.status == 200, await response.text()
    await decide(client, "after", "c1")
    model, storage = load_user_model(settings.model_dir), SqlStorage(database)
    async with storage.read() as unit:
        state = await unit.customers.state("c1", model_version=model.version)
        tree = await unit.catalogue.category_tree()
    assert state is not None
    expected = model.forecast(state.state, at=CLOSED, categories=tree)
    assert {BESIDE, DEEP} <= expected.bought_category_ids
    assert BELOW not in expected.bought_category_ids  # nobody is said to have bought what they did not
    probability = expected.purchase_probability
    assert probability[DEEP] == probability[BELOW] == probability[2]
    assert probability[BESIDE] == pytest.approx(np.mean(probability[:6]))
    assert (expected.basket_count, expected.days_since_purchase[2]) == (21, 0.0)

    reconstructor = DecisionReconstructor(storage, model=model)
    replayed = await Replay(storage, reconstructor=reconstructor, unpack=unpack_policy).newest(200)
    assert len(replayed) == 111
    assert all(item.same for item in replayed), [item for item in replayed if not item.same]

    summary = await train(database, settings.model_dir, training=QUICK)
    assert summary.trained
    assert load_user_model(settings.model_dir).index.category_ids == tuple(range(9))


async def test_a_model_of_another_shop_is_refused_in_one_line_that_says_what_to_do(
    database: AsyncEngine, settings: Settings, aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    await fill_generated_shop(database, categories=5, orders=50, customers=50)
    await train(database, settings.model_dir, training=QUICK)
    other = tmp_path / "other.db"
    theirs = settings.model_copy(update={"engine_database_url": f"sqlite+aiosqlite:///{other}"})
    engine = open_database(theirs.engine_database_url)
    await upgrade(engine)
    await fill_generated_shop(engine, categories=5, orders=60, customers=50)  # as many categories
    with pytest.raises(StartError, match="was trained for another shop or database; run `promobot train`") as caught:
        await start(aiohttp_client, theirs)
    assert "\n" not in str(caught.value)
    summary = await train(engine, settings.model_dir, training=QUICK)
    assert summary.trained
    assert [model.model_version for model in await registered(engine)] == [summary.model_version]
    await start(aiohttp_client, theirs)
    await engine.dispose()


def no_numbers(model: LstmCustomerModel) -> LstmCustomerModel:
    weights = {name: np.array(value) for name, value in model.weights.items()}
    weights["head_out.weight"][0, 0] = np.nan
    return LstmCustomerModel(model.settings, weights)


async def test_what_is_no_number_never_serves(
    database: AsyncEngine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_generated_shop(database, categories=5, orders=900, customers=45)
    run = fit.run

    def broken(*arguments: Any, **options: Any) -> tuple[LstmCustomerModel, fit.FitReport]:
        model, report = run(*arguments, **options)
        return no_numbers(model), report

    monkeypatch.setattr(fit, "run", broken)
    summary = await train(database, settings.model_dir, training=QUICK)
    assert "level 1 serves" in str(summary)
    assert "the LSTM cannot be used, some of its weights are no numbers" in str(summary)

    def diverged(*_arguments: Any, **_options: Any) -> None:
        raise TrainingError("the user model's loss became nan after 0 epochs")

    monkeypatch.setattr(fit, "run", diverged)
    again = await train(database, settings.model_dir, training=replace(QUICK, seed=8))
    assert "the LSTM cannot be used, the user model's loss became nan after 0 epochs" in str(again)
    assert {version.metrics["kind"] for version in await registered(database)} == {"counts"}


async def test_a_stored_version_that_holds_no_numbers_is_not_made_to_serve(
    database: AsyncEngine, settings: Settings, tmp_path: Path
) -> None:
    await fill_generated_shop(database, categories=5, orders=900, customers=45)
    served = await train(database, settings.model_dir, training=QUICK)
    lstm = next(version for version in await registered(database) if version.metrics["kind"] == "lstm")
    archive = await archive_of(database, lstm.model_version)
    assert archive is not None
    broken = ShopCustomerModel(no_numbers(cast(LstmCustomerModel, unpacked(archive).model)), unpacked(archive).index)
    unpack(archive, tmp_path / "broken")
    save_user_model(broken, tmp_path / "broken", trained_on={})
    await enter(database, broken, None, pack(tmp_path / "broken"))
    with pytest.raises(ModelMissing, match="no numbers"):
        await serve(database, settings.model_dir, broken.version)
    live = await live_model(database)
    assert live is not None
    assert live.model_version == served.model_version == load_user_model(settings.model_dir).version
