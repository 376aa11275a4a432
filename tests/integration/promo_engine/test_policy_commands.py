"""`promobot policy` and replays: decisions of the really trained models on real households, after all has moved on."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.app import load_models
from promo_engine.bootstrap import Services, build_services
from promo_engine.cli import policy_commands
from promo_engine.cli.main import main
from promo_engine.codecs.context_codec import context_to_json
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import Decision, OutcomeKind
from promo_engine.domain.errors import Conflict
from promo_engine.services.decisions.make_decision import DecisionRequest, Randomness
from promo_engine.services.decisions.record_outcome import Answer
from promo_engine.services.shop_rules import Rules
from promo_engine.storage import tables
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.fakes import Clock

ROOT = Path(__file__).parents[3]
RULES = Rules(holdout_basis_points=0, reward_window=timedelta(minutes=30), shop_time_zone=UTC)
ROUNDS, TOGETHER = 60, 4
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class RealShop:
    """The imported shop on a copy of its database, and what was decided there."""

    url: str
    database: AsyncEngine
    services: Services
    clock: Clock
    customer_ids: list[str]
    decisions: list[Decision]

    def now(self, _zone: object) -> datetime:
        """What the commands take for the time."""
        return self.clock()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real_shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealShop]:
    """Some days of trade: decisions, answers, purchases, learning, offers that change, pacing that comes and goes."""
    source = ROOT / "var" / "engine.db"
    assert source.exists(), f"{source} is missing; run: make train SHOP=larder"
    file = tmp_path_factory.mktemp("real") / "engine.db"
    shutil.copyfile(source, file)
    url = f"sqlite+aiosqlite:///{file}"
    database = open_database(url)
    await upgrade(database)
    async with database.connect() as connection:
        last = await connection.scalar(select(func.max(tables.customer_states.c.last_event_at)))
        of_customers = select(tables.customers.c.customer_id).order_by(tables.customers.c.customer_id).limit(20)
        customer_ids = list(await connection.scalars(of_customers))
    clock = Clock(last + timedelta(hours=6))
    models = load_models(ROOT / os.environ.get("PROMOBOT_MODEL_DIR", "var/models/user_model"))
    services = build_services(SqlStorage(database), models=models, rules=RULES, clock=clock)
    await services.policies.stock(models.initial_policy)
    shop = RealShop(url, database, services, clock, customer_ids, [])
    chance = random.Random(4)
    for number in range(ROUNDS):
        await trade(shop, number, chance)
    yield shop
    await database.dispose()
    file.unlink()


async def trade(shop: RealShop, number: int, chance: random.Random) -> None:
    services, clock = shop.services, shop.clock
    clock.advance(timedelta(minutes=chance.randint(1, 50)))
    requests = [
        DecisionRequest(
            conversation_id=f"c-{number}-{position}",
            request_id="m-1",
            customer_id=chance.choice([*shop.customer_ids, None]),
            context=ConversationContext(
                trigger=chance.choice(["after_service", "asked_for_offers", "asked_for_discount"]),
                sentiment=chance.choice([None, "negative", "positive"]),
                turn_count=chance.randint(0, 9),
                basket_cents=chance.choice([None, 500, 4000]),
            ),
        )
        for position in range(TOGETHER)
    ]
    decided = await asyncio.gather(
        *(
            services.decisions.decide(
                request, now=clock(), chance=Randomness(UUID(int=chance.getrandbits(128)), chance.getrandbits(53))
            )
            for request in requests
        )
    )
    shop.decisions += [decided_offer.decision for decided_offer in decided]
    for answered in decided:
        if answered.offer is not None and chance.random() < 0.8:
            answer: Answer = OutcomeKind.ACCEPTED if chance.random() < 0.3 else OutcomeKind.DECLINED
            decision = answered.decision
            try:
                await services.outcomes.record(
                    decision.decision_id,
                    conversation_id=decision.conversation_id,
                    answer=answer,
                    now=clock(),
                    entropy=chance.getrandbits(80),
                )
            except Conflict as error:  # the same customer has accepted it in the conversation beside
                assert error.code == "offer_already_accepted"
    if number % 5 == 2:
        await buy(shop, number, chance)
    if number % 7 == 3:
        await services.learner.apply_rewards(clock())
    if number % 20 == 10:
        await raise_cost(shop, chance)
    if number % 15 == 8:
        services.pacer.penalties_by_promotion = {} if services.pacer.penalties_by_promotion else {"everyday": 0.0004}


async def buy(shop: RealShop, number: int, chance: random.Random) -> None:
    async with shop.database.connect() as connection:
        known = select(tables.products.c.product_id).where(tables.products.c.category_id.is_not(None)).limit(200)
        product_ids = list(await connection.scalars(known))
    for customer_id in chance.sample(shop.customer_ids, 5):
        lines = tuple(OrderLine(product_id, 1, 250) for product_id in chance.sample(product_ids, 4))
        order = Order(f"replay-{number}-{customer_id}", customer_id, shop.clock(), 1000)
        event = CustomerEvent(order.order_id, customer_id, "purchase", shop.clock(), Purchase(order, lines))
        await shop.services.ingest.take_in([event], now=shop.clock())


async def raise_cost(shop: RealShop, chance: random.Random) -> None:
    shop.clock.advance(timedelta(seconds=1))
    offer_id = chance.choice([offer_id for offer_id in shop.decisions[-1].expected_rewards])
    managed, _ = await shop.services.promotions.offer(offer_id)
    dearer = replace(managed.offer, unit_cost_cents=managed.offer.unit_cost_cents + 300)
    await shop.services.promotions.change_offer(replace(managed, offer=dearer), expected_version=None, actor="test")
    shop.clock.advance(timedelta(seconds=1))


async def test_every_decision_comes_out_as_it_was_stored(real_shop: RealShop) -> None:
    chosen = [decision for decision in real_shop.decisions if decision.expected_rewards]
    assert len(chosen) > 0.9 * ROUNDS * TOGETHER
    assert len({decision.policy_version for decision in chosen}) > 5
    assert any(decision.pacing_penalties for decision in chosen)
    assert any(decision.customer_id is None for decision in chosen)
    replayed = await real_shop.services.replay.newest(len(real_shop.decisions))
    assert {replay.decision_id for replay in replayed} == {decision.decision_id for decision in real_shop.decisions}
    made = [replay for replay in replayed if replay.forgotten is None]
    assert len(made) == len(chosen)
    assert all(replay.same for replay in made), [replay for replay in made if not replay.same][:3]
    without = {replay.forgotten for replay in replayed if replay.forgotten is not None}
    assert without <= {"no policy was asked: no offer was certain"}


async def test_contributions_add_up_to_the_difference_between_two_offers(real_shop: RealShop) -> None:
    shown = [
        decision
        for decision in real_shop.decisions
        if decision.offer_id is not None and len(decision.expected_rewards) > 1
    ][::10]
    assert len(shown) > 10
    for decision in shown:
        explanation = await real_shop.services.explanations.explain(decision.decision_id)
        assert explanation.runner_up is not None
        expected = decision.expected_rewards
        difference = expected[str(explanation.offer_id)] - expected[explanation.runner_up]
        assert explanation.difference == pytest.approx(difference, abs=1e-5)
        for parts in (explanation.features, explanation.reasons):
            assert sum(part.value for part in parts) == pytest.approx(explanation.difference, abs=1e-9)
        assert str(explanation.runner_up) in explanation.text


async def test_the_commands_of_a_version_from_its_proposal_to_its_end(
    real_shop: RealShop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROMOBOT_ENGINE_DATABASE_URL", real_shop.url)
    monkeypatch.setenv("PROMOBOT_HOLDOUT_BASIS_POINTS", "0")
    monkeypatch.setattr(policy_commands, "datetime", real_shop)

    async def said(*arguments: str) -> str:
        await asyncio.to_thread(main, ["policy", *arguments])
        return capsys.readouterr().out

    async def refused(*arguments: str) -> str:
        with pytest.raises(SystemExit) as caught:
            await said(*arguments)
        assert str(caught.value.code).startswith("promobot: ")
        assert "\n" not in str(caught.value.code)
        return str(caught.value.code)

    active, _ = await real_shop.services.policies.in_force()
    proposed = await said("propose", "--set", "exploration=0.06")
    version = int(proposed.split()[1])
    assert f"with the {active.reward_count} rewards of version {active.version}." in proposed
    assert "the log is empty" in await refused("promote", str(version))
    chance = random.Random(5)
    for number in range(ROUNDS, ROUNDS + 8):
        await trade(real_shop, number, chance)
    real_shop.clock.advance(timedelta(hours=3))
    await real_shop.services.learner.apply_rewards(real_shop.clock())
    too_strict = await refused("promote", str(version))
    assert f"version {version} is not promoted: its lower bound 0." in too_strict
    before, _ = await real_shop.services.policies.in_force()
    monkeypatch.setenv("PROMOBOT_GATE_MARGIN", "1")
    tried = await said("promote", str(version), "--dry-run")
    assert {"running", "lower", "snips", "dr", "effective", "passed:"} <= set(tried.split())
    assert tried.endswith(f"Version {version} would be promoted.\n")
    assert (await real_shop.services.policies.in_force())[0].version == before.version
    assert f"Version {version} is live in place of {before.version}." in await said("promote", str(version))
    assert (await real_shop.services.policies.in_force())[0].version == version
    assert "only a candidate can be promoted" in await refused("promote", str(version))
    assert f"Version {before.version} is live in place of {version}. 0 rewards" in await said("rollback")
    assert "say which version is wanted" in await refused("rollback")
    listed = await said("list", "--all", "--limit", "100")
    for words in ("proposed", "refused", "promoted", "rolled_back", "trained", "learned"):
        assert words in listed
    assert len((await said("list")).splitlines()) < len(listed.splitlines())
    assert json.loads(await said())["version"] == before.version

    decision = next(decision for decision in real_shop.decisions if decision.offer_id is not None)
    compared = await said("fairness", "--by", "income", "--at-least", "5")
    assert "as often as the most exposed one" in compared
    assert "shoe_size: there are no two groups" in await refused("fairness", "--by", "shoe_size")
    assert await said("quarantine") == "Nothing is quarantined.\n"
    assert "nothing of tea is quarantined" in await refused("quarantine", "--release", "tea")
    kind = await said("propose", "--kind", "squarecb", "--set", "gamma_scale=50")
    assert "is a candidate" in kind
    assert "is a candidate" in await said("propose", "--kind", "neural_linear", "--refit")
    assert "the policy 'thompson' has no representation" in await refused("propose", "--refit")
    assert "there is no policy 'oracle'" in await refused("propose", "--kind", "oracle")
    assert "the policy 'uniform' has no settings" in await refused("propose", "--kind", "uniform", "--set", "a=1")
    explained = await said("explain", decision.decision_id)
    assert explained.startswith(f"{decision.offer_id} was drawn with a probability of")
    assert "decisions came out as they were stored, to the last bit." in await said("replay", "--last", "50")
    assert "1 of 1 decisions" in await said("replay", decision.decision_id)
    assert "There is no decision nothing." in await refused("explain", "nothing")
    assert "There is no version 999" in await refused("promote", "999")
    assert "missing.npz cannot be used" in await refused("propose", "missing.npz")
    assert "unexpected keyword argument 'daring'" in await refused("propose", "--set", "daring=1")
    too_low = "exploration, least_exploration and retention must be above 0"
    assert too_low in await refused("propose", "--set", "exploration=0")
    assert "'exploration' is not NAME=VALUE" in await refused("propose", "--set", "exploration")


async def test_a_record_that_was_tampered_with_is_found(real_shop: RealShop) -> None:
    first, second, third = [
        decision for decision in real_shop.decisions if decision.expected_rewards and decision.customer_id
    ][:3]
    async with real_shop.database.begin() as connection:
        of = tables.decisions.c.decision_id
        context = context_to_json(first.decision_context) | {"turn_count": 99, "local_hour": 3}
        await connection.execute(
            update(tables.decisions).where(of == first.decision_id).values(decision_context=context)
        )
        of_state = tables.decision_states.c.state_hash == second.state_hash
        await connection.execute(update(tables.decision_states).where(of_state).values(state=b"another"))
        await connection.execute(update(tables.decisions).where(of == third.decision_id).values(model_version="older"))
    read = [
        (await real_shop.services.outcomes.read(decision.decision_id)).decision for decision in (first, second, third)
    ]
    changed, damaged, other_model = await real_shop.services.replay.again(read)
    assert changed.forgotten is None
    assert not changed.same
    assert "missing or damaged" in str(damaged.forgotten)
    assert "user model older" in str(other_model.forgotten)
