"""The report counts what happened; and its alarms go off when they should and only then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.decisions.funnel import DaySteps, Enrolment
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.learning.learner import LearnerStatus
from promo_engine.services.monitoring import alarms
from tests.support.fakes import Clock
from tests.support.service_fixtures import RULES, Accept, Build, Decide


async def test_the_funnel_counts_each_step_and_the_line(
    services: Services, decide: Decide, answer: Accept, clock: Clock
) -> None:
    first = clock().date()
    for number, kind in enumerate([OutcomeKind.ACCEPTED, OutcomeKind.DECLINED, None], start=1):
        here = f"c-{number}"
        decided = await decide(conversation_id=here, customer_id=None, seed=number)
        assert decided.offer is not None
        await services.outcomes.expose(decided.decision.decision_id, conversation_id=here, now=clock())
        if kind is not None:
            await answer(decided, kind, conversation_id=here, entropy=number)
        clock.advance(timedelta(days=1))
    report = await services.reports.report(days=30, outcome_days=7)
    assert [(day.day, day.offered, day.exposed, day.accepted, day.redeemed) for day in report.days] == [
        (first, 1, 1, 1, 0),
        (first + timedelta(days=1), 1, 1, 0, 0),
        (first + timedelta(days=2), 1, 1, 0, 0),
    ]
    (branch,) = report.branches
    assert (branch.branch, branch.first_version, branch.last_version) == (1, 1, 1)
    assert (branch.decisions, branch.answered, branch.accepted) == (3, 2, 1)
    assert branch.expected == pytest.approx(0.5)
    assert report.alarms == []
    clock.advance(timedelta(days=1))
    assert (await services.reports.report(days=1, outcome_days=7)).days == []


async def test_decisions_are_noted_in_their_order_from_any_of_them_on(services: Services, decide: Decide) -> None:
    made = [(await decide(conversation_id=f"c-{number}", customer_id=None)).decision for number in range(3)]
    ids = sorted(replay.decision_id for replay in made)
    found = await services.reports.decision_notes(after="", limit=2)
    assert [row.decision_id for row in found] == ids[:2]
    assert {(row.policy_version, row.branch) for row in found} == {(1, 1)}
    assert [
        decision_note.decision_id for decision_note in await services.reports.decision_notes(after=ids[1], limit=9)
    ] == ids[2:]


async def test_uplift_compares_buyers_after_their_first_decision_with_the_holdout(
    build: Build, decide: Decide, clock: Clock, storage: Storage
) -> None:
    services = await build(rules=replace(RULES, holdout_basis_points=5000))
    names = [f"customer-{number}" for number in range(120)]
    for name in names:
        await services.customers.put(name, demographics={}, segments=None, now=clock())
    held = {}
    for name in names:
        decided = await decide(conversation_id=f"c-{name}", customer_id=name, by=services)
        held[name] = decided.decision.holdout
    assert 30 < sum(held.values()) < 90
    bought_at = {name: clock() + timedelta(days=2 if not held[name] else 20) for name in names}
    async with storage.write() as unit:
        orders = [Order(f"o-{name}", name, at, 1000) for name, at in bought_at.items()]
        await unit.orders.add([Purchase(order, (OrderLine("p-0", 1, 1000),)) for order in orders])
    clock.advance(timedelta(minutes=1))
    waiting = (await services.reports.report(days=30, outcome_days=7)).uplift
    assert (waiting.treated, waiting.held_out, waiting.waiting, waiting.rate) == (0, 0, 120, None)
    clock.advance(timedelta(days=8))
    found = (await services.reports.report(days=30, outcome_days=7)).uplift
    assert (found.treated_rate, found.held_out_rate, found.waiting) == (1.0, 0.0, 0)
    assert found.rate is not None
    assert found.rate.uplift == 1.0
    assert 0.6 < found.rate.lower < 1.0
    assert [point.customers for point in found.curve] == sorted(point.customers for point in found.curve)
    assert found.curve[0].lower < found.curve[-1].lower
    assert found.cents == pytest.approx(1000)


def _days(*counts: tuple[int, int, int]) -> list[DaySteps]:
    return [
        DaySteps(
            day=date(2026, 11, position + 1), decisions=offered, offered=offered, exposed=seen, accepted=yes, redeemed=0
        )
        for position, (offered, seen, yes) in enumerate(counts)
    ]


def test_an_alarm_about_acceptance_needs_a_fall_that_chance_does_not_make() -> None:
    steady = _days(*[(100, 100, 30)] * 8)
    assert alarms.acceptance_fell(steady) is None
    assert alarms.acceptance_fell(_days((4, 4, 4), (4, 4, 0))) is None
    fallen = alarms.acceptance_fell([*_days(*[(200, 200, 80)] * 6), *_days(*[(200, 200, 2)] * 2)])
    assert fallen is not None
    assert fallen.name == "acceptance_fell"
    assert "1.0%" in fallen.message
    assert "40.0%" in fallen.message


def test_offers_that_nobody_saw_and_a_holdout_of_another_size_are_alarms(clock: Clock) -> None:
    assert alarms.offers_unseen(_days((60, 40, 0))) is None
    assert alarms.offers_unseen(_days((60, 10, 0))) is not None
    status = LearnerStatus(running=True)

    def names(enrolled: Sequence[Enrolment]) -> list[str]:
        found = alarms.find_alarms([], enrolled, learner=status, holdout_basis_points=500)
        return [alarm.name for alarm in found]

    def enrolled(share: float) -> list[Enrolment]:
        drawn = np.random.default_rng(3).random(2000) < share
        return [Enrolment(str(position), clock(), bool(held), 0, 0) for position, held in enumerate(drawn)]

    assert names(enrolled(0.05)) == []
    assert names(enrolled(0.2)) == ["holdout_share"]
    status.failure = "disk full"
    assert names([]) == ["learning_fails"]


def test_acceptances_of_a_day_are_spread_over_it() -> None:
    assert alarms.spread(2, 5).tolist() == [0, 0, 1, 0, 1]
    assert alarms.spread(0, 3).sum() == 0
    assert alarms.spread(9, 3).sum() == 3
