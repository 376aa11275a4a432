from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.learning.reward_trust import TrustRules
from tests.support.fakes import Clock
from tests.support.service_fixtures import RULES, Accept, Build, Decide
from tests.support.stored_rows import StoredRows

HEARD = replace(RULES, trust=TrustRules(anonymous_weight=0.25))


async def test_answers_of_strangers_teach_nothing_and_those_of_one_customer_ever_less(
    decide: Decide, answer: Accept, services: Services, rows: StoredRows, clock: Clock
) -> None:
    for number in range(3):
        for customer in ("anna", "ben", None):
            here = f"{customer} {number}"
            decided = await decide(conversation_id=here, customer_id=customer)
            await answer(decided, OutcomeKind.DECLINED, conversation_id=here)
            clock.advance(timedelta(hours=1))
    assert await services.learner.apply_rewards(clock()) == 9
    weights = await rows.weights()
    anna = [weights[f"anna {number} m-1"] for number in range(3)]
    assert anna == pytest.approx([3 / 8, 3 / 16, 3 / 24])  # three orders
    assert {weights[f"{name} {number} m-1"] for name in ("ben", None) for number in range(3)} == {0.0}


async def test_a_burst_teaches_nothing_until_somebody_lets_it_go(
    decide: Decide, answer: Accept, build: Build, rows: StoredRows, clock: Clock
) -> None:
    services = await build(rules=HEARD)
    for number in range(30):
        decided = await decide(conversation_id=f"c-{number}", customer_id=None, seed=number)
        await answer(decided, conversation_id=f"c-{number}", entropy=number)
    assert await services.learner.apply_rewards(clock()) == 30
    assert set((await rows.weights()).values()) == {0.0}
    (held,) = await services.policies.quarantined()
    assert (held.rewards, held.accepted) == (30, 30)
    assert await services.policies.release(held.offer_id) == 30
    assert await services.policies.quarantined() == []
    assert await services.learner.apply_rewards(clock()) == 30
    assert set((await rows.weights()).values()) == {0.25}


async def test_what_comes_after_a_burst_is_learned_again(
    decide: Decide, answer: Accept, build: Build, rows: StoredRows, clock: Clock
) -> None:
    services = await build(rules=HEARD)
    for number in range(30):
        decided = await decide(conversation_id=f"c-{number}", customer_id=None)
        await answer(decided, conversation_id=f"c-{number}", entropy=number)
    await services.learner.apply_rewards(clock())
    clock.advance(timedelta(hours=2))
    await answer(await decide(conversation_id="late", customer_id=None), conversation_id="late", entropy=99)
    await services.learner.apply_rewards(clock())
    assert (await rows.weights())["late m-1"] == 0.25
