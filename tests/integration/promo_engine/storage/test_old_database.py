"""A database of revision 0011 with data in it: today's engine reads it after the way up, and it goes down unharmed.

The rows are written as text, so later columns do not change them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.codecs.plan_codec import offers_of
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.errors import Conflict, InvalidRequest
from promo_engine.domain.money import MAX_CENTS
from promo_engine.domain.offers.offers import Eligibility
from promo_engine.domain.plans.plans import PlanHoldout
from promo_engine.services.plans.plan_service import PlanService
from promo_engine.services.promotions.promotion_service import PromotionService
from promo_engine.storage import migrate
from promo_engine.storage.database import open_database
from promo_engine.storage.sql_unit_of_work import SqlStorage

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RULES = {"min_baskets": 3, "signed_in_only": True, "bought_any_of": [1], "min_basket_cents": 900}
WINDOW = {"starts_at": "2026-11-22T10:00:00+00:00", "ends_at": "2026-12-06T10:00:00+00:00"}
PLAN: dict[str, Any] = {
    "goal": "revenue",
    "budget_cents": 20_000,
    "simulated": True,
    "expected": {"revenue_cents": 10.5},
    "interval_cents": [1.0, 2.0],
    "promotions": [{"promotion_id": "p-1", "name": "Tea", "limits": {"budget_cents": 900}, **WINDOW}],
    "offers": [
        {
            "offer_id": "p-1-offer",
            "promotion_id": "p-1",
            "title": "Tea",
            "terms": "Once.",
            "benefit": {"kind": "percentage", "percent_basis_points": 1000},
            "categories": ["TEA"],
            "unit_cost_cents": 20,
            "condition": {"all": [{"segment": ["p-1"]}]},
            **WINDOW,
        }
    ],
    "audiences": {"p-1": ["anna"]},
    "holdout": {"share": 0.5, "customers": 1, "power": 0.8, "customer_ids": ["ben"]},
    "pacing": [{"from": "2026-11-22", "cost_cents": 20}],
    "stop_rules": {"min_acceptance": 0.01, "look": "any time"},
    "reasons": ["because"],
    "of_an_older_version": 1,
}
OFFER = {
    "benefit": {"kind": "buy_x_get_y", "buy_quantity": 2, "get_quantity": 1, "max_sets": None},
    "scope": {"category_ids": [0, 1]},
    "condition": {"any": [{"first_order": True}, {"country": ["DE"]}]},
}


async def fill(connection: AsyncConnection, *, plan: dict[str, Any], offer: dict[str, Any] = OFFER) -> None:
    at = NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None).isoformat(" ")
    values = {"at": at, "rules": json.dumps(RULES), "plan": json.dumps(plan)}
    values |= {name: json.dumps(value) for name, value in offer.items()}
    for statement in (
        "INSERT INTO product_categories (category_id, name) VALUES (0, 'COFFEE'), (1, 'TEA')",
        "INSERT INTO products (product_id, category_id, department, brand, product_type, package_size) "
        "VALUES ('p-1', 1, '', '', '', '')",
        "INSERT INTO promotions (promotion_id, name, starts_at, ends_at, state, limits, version) "
        "VALUES ('autumn', 'Autumn', :at, :at, 'paused', '{\"max_uses\": 5}', 3)",
        "INSERT INTO offers (offer_id, promotion_id, title, terms, benefit, eligibility, unit_cost_cents, starts_at, "
        "ends_at, scope, condition, exclusive_group, priority, margin_floor_basis_points) VALUES ('o-1', 'autumn', "
        "'Ten', 'Once.', :benefit, :rules, 10, :at, :at, :scope, :condition, 'g', 4, 900)",
        "INSERT INTO strategy_plans (plan_id, state, body, created_at, created_by) "
        "VALUES ('p', 'proposed', :plan, :at, 'eve')",
    ):
        used = {name: value for name, value in values.items() if f":{name}" in statement}
        await connection.execute(text(statement), used)


async def rows(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return [
            [dict(row._mapping) for row in await connection.execute(text(f"SELECT * FROM {table}"))]
            for table in ("promotions", "offers", "strategy_plans")
        ]


async def test_it_goes_up_is_read_and_goes_down_again(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0011")
    async with engine.begin() as connection:
        await fill(connection, plan=PLAN)
    before = await rows(engine)
    await migrate.upgrade(engine)
    async with SqlStorage(engine).read() as unit:
        (offer,) = await unit.catalogue.offers()
        promotion = await unit.promotions.get("autumn")
        plan = await unit.plans.get("p")
        names = await unit.catalogue.category_names()
    assert offer.benefit == BuyAndGet(2, 1, max_sets=None)
    assert offer.scope == Scope(category_ids=frozenset({0, 1}))
    assert offer.eligibility == Eligibility(3, True, frozenset({1}), 900)
    assert (offer.exclusive_group, offer.priority, offer.margin_floor_basis_points) == ("g", 4, 900)
    assert promotion is not None
    assert (promotion.limits.max_uses, promotion.version) == (5, 3)
    assert plan is not None
    assert (plan.body.goal, plan.body.stop_rules.min_acceptance) == ("revenue", 0.01)
    category_ids = {name: category_id for category_id, name in enumerate(names)}
    (planned,) = offers_of(plan.body, category_ids=category_ids)
    assert planned.offer.scope == Scope(category_ids=frozenset({1}))
    await migrate.downgrade(engine, "0011")
    assert await rows(engine) == before
    await engine.dispose()


async def test_what_an_older_version_let_in_is_read_as_it_was(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0011")
    promotions = [promotion | {"colour": "red"} for promotion in PLAN["promotions"]]
    large = {
        "benefit": {"kind": "fixed_amount", "amount_cents": 10**12},
        "scope": {},
        "condition": {"all": [{"basket_cents": 10**12}]},
    }
    async with engine.begin() as connection:
        await fill(connection, plan=PLAN | {"promotions": promotions, "holdout": {"share": 0.5}}, offer=large)
    await migrate.upgrade(engine)
    async with SqlStorage(engine).read() as unit:
        (offer,) = await unit.catalogue.offers()
        plan = await unit.plans.get("p")
    assert offer.benefit == AmountOff(10**12)
    assert offer.condition == condition_from_json(large["condition"])
    assert plan is not None
    assert plan.body.holdout == PlanHoldout(0.5, customers=None, power=None)
    await engine.dispose()


async def test_a_plan_that_cannot_be_read_says_what_to_do(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine)
    async with engine.begin() as connection:
        await fill(connection, plan=PLAN | {"stop_rules": {}})
    async with SqlStorage(engine).read() as unit:
        with pytest.raises(Conflict) as refused:
            await unit.plans.get("p")
        assert await unit.plans.page(limit=9) == [], "the list shows the others"
    assert refused.value.message == (
        "The plan p cannot be read: stop_rules.min_acceptance: is missing. "
        "End its promotions one by one and make a new plan."
    )
    await engine.dispose()


async def test_an_older_plan_whose_amounts_are_too_large_now_is_shown_and_says_what_to_do(
    empty_database_url: str,
) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0011")
    offers = [offer | {"benefit": {"kind": "fixed_amount", "amount_cents": 10**12}} for offer in PLAN["offers"]]
    async with engine.begin() as connection:
        await fill(connection, plan=PLAN | {"offers": offers})
    await migrate.upgrade(engine)
    storage = SqlStorage(engine)
    plans = PlanService(storage, promotions=PromotionService(storage, clock=lambda: NOW), clock=lambda: NOW)
    assert (await plans.get("p")).body.offers[0].written["benefit"] == offers[0]["benefit"]
    with pytest.raises(InvalidRequest) as refused:
        await plans.approve("p", actor="eve")
    assert refused.value.message == (
        f"The plan p cannot be carried out: offer p-1-offer: benefit.amount_cents: at most {MAX_CENTS}, "
        "not 1000000000000. Make a new plan."
    )
    async with storage.read() as unit:
        assert await unit.promotions.get("p-1") is None
    await engine.dispose()
