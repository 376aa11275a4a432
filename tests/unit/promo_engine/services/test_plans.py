import asyncio
from datetime import timedelta
from typing import Any

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound
from promo_engine.domain.plans.plans import PlanState
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.plans.plan_service import PlanService
from tests.support.fakes import Clock
from tests.support.service_fixtures import Accept, Decide
from tests.support.small_shop import NOW

Body = dict[str, Any]


@pytest.fixture
def service(storage: Storage, services: Services, clock: Clock) -> PlanService:
    return PlanService(storage, promotions=services.promotions, clock=clock)


def body(*, category: str = "COFFEE", audience: str = "anna") -> Body:
    window = {"starts_at": NOW.isoformat(), "ends_at": (NOW + timedelta(days=14)).isoformat()}
    offer = {
        "offer_id": "p1-1-offer", "promotion_id": "p1-1", "title": "30 % off coffee", "terms": "Once per customer.",
        "benefit": {"kind": "percentage", "percent_basis_points": 3000}, "categories": [category],
        "unit_cost_cents": 100, "condition": {"all": [{"segment": ["p1-1"]}]}, **window,
    }  # fmt: skip
    return {
        "promotions": [{"promotion_id": "p1-1", "name": "Coffee", "limits": {"budget_cents": 20_000}, **window}],
        "offers": [offer],
        "audiences": {"p1-1": [audience, "a customer who left"]},
        "stop_rules": {"min_acceptance": 0.5},
    }


async def offered(decide: Decide, customer: str, request: str) -> set[str]:
    decided = await decide(request, conversation_id=request, customer_id=customer)
    return set(decided.decision.propensities)


async def test_approving_changes_what_a_decision_offers_to_the_audience_alone(
    service: PlanService, decide: Decide
) -> None:
    await service.propose("p1", body(), actor="eve")
    assert "p1-1-offer" not in await offered(decide, "anna", "before")
    approved = await service.approve("p1", actor="eve")
    assert (approved.state, approved.decided_by) == (PlanState.APPROVED, "eve")
    assert "p1-1-offer" in await offered(decide, "anna", "after")
    assert "p1-1-offer" not in await offered(decide, "ben", "held out")
    await service.stop("p1", actor="eve")
    assert "p1-1-offer" not in await offered(decide, "anna", "stopped")


async def test_approving_twice_is_refused_also_at_the_same_moment(service: PlanService, storage: Storage) -> None:
    await service.propose("p1", body(), actor="eve")
    answers = await asyncio.gather(*(service.approve("p1", actor="eve") for _ in range(4)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert [refusal.code for refusal in refused] == ["already_decided"] * 3
    async with storage.read() as unit:
        assert len(await unit.promotions.offers_of("p1-1")) == 1


async def test_a_plan_that_fails_half_way_leaves_nothing(
    service: PlanService, services: Services, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.propose("p1", body(), actor="eve")

    async def broken(*_of: object, **_named: object) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(services.promotions, "move", broken)
    with pytest.raises(RuntimeError):
        await service.approve("p1", actor="eve")
    async with storage.read() as unit:
        assert await unit.promotions.get("p1-1") is None
        assert await unit.customers.segments("anna") == frozenset()
    assert (await service.get("p1")).state is PlanState.PROPOSED


async def test_what_could_not_be_approved_is_not_even_kept(service: PlanService, storage: Storage) -> None:
    with pytest.raises(InvalidRequest, match="no category 'CAVIAR'"):
        await service.propose("p1", body(category="CAVIAR"), actor="eve")
    with pytest.raises(InvalidRequest, match="nothing to put live"):
        await service.propose("p1", body() | {"offers": []}, actor="eve")
    assert await service.newest(5) == []
    with pytest.raises(NotFound):
        await service.approve("p1", actor="eve")


async def test_a_plan_whose_time_is_over_cannot_be_approved(service: PlanService, clock: Clock) -> None:
    await service.propose("p1", body(), actor="eve")
    clock.now = NOW + timedelta(days=30)
    with pytest.raises(InvalidRequest, match="ended already"):
        await service.approve("p1", actor="eve")


async def test_a_stop_rule_ends_what_hardly_anybody_takes(
    service: PlanService, decide: Decide, services: Services, clock: Clock, answer: Accept
) -> None:
    await service.propose("p1", body(), actor="eve")
    await service.approve("p1", actor="eve")
    assert await service.watch("p1", actor="watch") == []
    shown = 0
    for number in range(60):
        decided = await decide(f"r{number}", conversation_id=f"c{number}", seed=number)
        if decided.decision.offer_id == "p1-1-offer":
            await services.outcomes.expose(decided.decision.decision_id, conversation_id=f"c{number}", now=clock())
            await answer(decided, OutcomeKind.DECLINED, conversation_id=f"c{number}")
            shown += 1
    assert shown > 15
    (stopped,) = await service.watch("p1", actor="watch")
    assert stopped.promotion_id == "p1-1"
    assert f"0 of {shown} accepted" in stopped.reason
    assert await service.watch("p1", actor="watch") == []
