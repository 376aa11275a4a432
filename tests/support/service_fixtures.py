"""Fixtures of the services over the small shop, with its clock in the test's hand.

A conftest that imports them says what `storage` and `rows` are: in memory, or in a database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from uuid import uuid4

import pytest

from promo_engine.bootstrap import Services, build_services
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import Outcome, OutcomeKind
from promo_engine.ports.models import Models
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.decisions.make_decision import Decided, DecisionRequest, Randomness
from promo_engine.services.decisions.record_outcome import Answer
from promo_engine.services.shop_rules import Rules
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution
from tests.support.small_shop import NOW

Build = Callable[..., Awaitable[Services]]
Decide = Callable[..., Awaitable[Decided]]
Accept = Callable[..., Awaitable[Outcome]]
RULES = Rules(holdout_basis_points=0, reward_window=timedelta(minutes=30), shop_time_zone=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def model() -> CountingCustomerModel:
    return CountingCustomerModel()


@pytest.fixture
def policy() -> AveragingPolicy:
    return AveragingPolicy(no_offer_share=0.0)


@pytest.fixture
def build(storage: Storage, model: CountingCustomerModel, policy: AveragingPolicy, clock: Clock) -> Build:
    """Build the services as a start of the process would."""

    async def build(
        rules: Rules = RULES,
        initial: AveragingPolicy = policy,
        unpack: Callable[[bytes], AveragingPolicy] = AveragingPolicy.from_bytes,
    ) -> Services:
        models = Models(
            customer_model=model, initial_policy=initial, unpack_policy=unpack, attribution=MeanAttribution()
        )
        services = build_services(storage, models=models, rules=rules, clock=clock)
        await services.policies.stock(initial)
        return services

    return build


@pytest.fixture
async def services(build: Build) -> Services:
    return await build()


@pytest.fixture
def decide(services: Services, clock: Clock) -> Decide:
    async def ask(
        request_id: str = "m-1",
        *,
        conversation_id: str = "c-1",
        customer_id: str | None = "anna",
        seed: int = 1,
        by: Services = services,
    ) -> Decided:
        request = DecisionRequest(conversation_id, request_id, customer_id, ConversationContext("after_service"))
        return await by.decisions.decide(request, now=clock(), chance=Randomness(decision_id=uuid4(), seed=seed))

    return ask


@pytest.fixture
def answer(services: Services, clock: Clock) -> Accept:
    async def give(
        decided: Decided, kind: Answer = OutcomeKind.ACCEPTED, *, conversation_id: str = "c-1", entropy: int = 7
    ) -> Outcome:
        return await services.outcomes.record(
            decided.decision.decision_id,
            conversation_id=conversation_id,
            answer=kind,
            now=clock(),
            entropy=entropy,
        )

    return give
