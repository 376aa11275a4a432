"""Margin as goal: what an order earned is learned once its code can no longer be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from promo_engine.domain.decisions.decisions import CODE_LIFETIME, OutcomeKind
from promo_engine.domain.learning.objective import Goal, Objective
from promo_engine.domain.pricing.baskets import BasketLine
from promo_engine.services.checkout.checkout_service import Checkout
from tests.support.fakes import Clock
from tests.support.service_fixtures import RULES, Accept, Build, Decide

MARGIN = Objective(Goal.MARGIN, full_margin_cents=1000, wait=CODE_LIFETIME)


@pytest.mark.parametrize(("margin_cents", "reward"), [(None, 0.0), (250, 0.25), (1000, 1.0), (5000, 1.0), (-300, 0.0)])
def test_margin_becomes_a_reward_between_0_and_1(margin_cents: int | None, reward: float) -> None:
    assert MARGIN.reward(acceptance=1.0, margin_cents=margin_cents) == reward
    assert Objective().reward(acceptance=1.0, margin_cents=margin_cents) == 1.0


async def test_every_outcome_is_learned_at_the_same_age_with_what_its_order_earned(
    decide: Decide, answer: Accept, build: Build, clock: Clock
) -> None:
    services = await build(rules=replace(RULES, objective=MARGIN))
    outcome = await answer(await decide())
    await answer(await decide(conversation_id="c-2", customer_id="ben"), OutcomeKind.DECLINED, conversation_id="c-2")
    lines = (BasketLine("1", "p-0", 300, quantity=2, tax_basis_points=1900, unit_cost_cents=100),)
    checkout = Checkout(lines, "EUR", (str(outcome.code),), customer_id="anna")
    redemption = await services.checkout.redeem(checkout, order_id="w-1", redemption_id=uuid4())
    # 600 less 15 % leaves 510, of which 81 are tax, and 200 were paid for the goods.
    assert redemption.margin_cents == 510 - 81 - 200
    assert await services.learner.apply_rewards(clock()) == 0  # the code could still be used
    assert (await services.policies.in_force())[1] == 0
    clock.advance(CODE_LIFETIME + timedelta(minutes=1))
    assert (await services.policies.in_force())[1] == 2
    assert await services.learner.apply_rewards(clock()) == 2
    learned = (await decide(conversation_id="c-3", customer_id=None)).decision
    assert set(learned.expected_rewards.values()) == {0.229 / 2}


async def test_a_cancelled_order_earns_nothing(decide: Decide, answer: Accept, build: Build, clock: Clock) -> None:
    services = await build(rules=replace(RULES, objective=MARGIN))
    outcome = await answer(await decide())
    checkout = Checkout((BasketLine("1", "p-0", 600, unit_cost_cents=100),), "EUR", (str(outcome.code),), "anna")
    redemption = await services.checkout.redeem(checkout, order_id="w-1", redemption_id=uuid4())
    await services.checkout.cancel(redemption.redemption_id)
    clock.advance(CODE_LIFETIME + timedelta(minutes=1))
    assert await services.learner.apply_rewards(clock()) == 1
    learned = (await decide(conversation_id="c-3", customer_id=None)).decision
    assert set(learned.expected_rewards.values()) == {0.0}
