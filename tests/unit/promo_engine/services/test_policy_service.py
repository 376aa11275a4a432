"""Versions are proposed, judged, promoted and rolled back, and no reward is ever folded twice or lost."""

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.errors import Conflict, NotFound, ServiceError
from promo_engine.domain.learning.policy_versions import PolicyStatus
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.decisions.make_decision import Decided
from promo_engine.services.learning.release_gate import GateRules
from tests.support.fakes import AveragingPolicy, Clock
from tests.support.service_fixtures import RULES, Accept, Build, Decide
from tests.support.stored_rows import StoredRows

STRICT = replace(RULES, gate=GateRules(margin=0.1))
OPEN = replace(RULES, gate=GateRules(margin=1.0))
"""Whoever has any decisions passes."""


class Shop:
    """Anonymous customers who all accept, each in a conversation of their own."""

    def __init__(self, services: Services, decide: Decide, answer: Accept, clock: Clock) -> None:
        self.services, self._decide, self._answer, self._clock = services, decide, answer, clock
        self.count = 0

    async def serve(self, count: int, kind: OutcomeKind = OutcomeKind.ACCEPTED) -> list[Decided]:
        served = []
        for _ in range(count):
            self.count += 1
            self._clock.advance(timedelta(seconds=1))
            here = f"c-{self.count}"
            decided = await self._decide(conversation_id=here, customer_id=None, seed=self.count, by=self.services)
            if decided.offer is not None:
                await self._answer(decided, kind, conversation_id=here, entropy=self.count)
            served.append(decided)
        return served

    async def learn(self) -> int:
        return await self.services.learner.apply_rewards(self._clock())

    async def settle(self) -> None:
        """Until all of it is old enough to be judged."""
        self._clock.advance(timedelta(hours=2))

    async def live(self) -> tuple[int, int, int]:
        """(version, rewards it holds, rewards that wait)."""
        active, waiting = await self.services.policies.in_force()
        return active.version, active.reward_count, waiting


@pytest.fixture
async def strict(build: Build, decide: Decide, answer: Accept, clock: Clock) -> Shop:
    return Shop(await build(rules=STRICT), decide, answer, clock)


@pytest.fixture
async def shop(build: Build, decide: Decide, answer: Accept, clock: Clock) -> Shop:
    return Shop(await build(rules=OPEN), decide, answer, clock)


async def test_a_candidate_holds_what_the_live_version_holds_and_decides_nothing(shop: Shop) -> None:
    await shop.serve(3)
    await shop.learn()
    await shop.serve(1)
    candidate = await shop.services.policies.propose(AveragingPolicy(no_offer_share=0.5), actor="eve")
    assert (candidate.version, candidate.parent_version, candidate.reward_count) == (3, 2, 3)
    assert await shop.live() == (2, 3, 1)
    assert (await shop.serve(1))[0].decision.policy_version == 2
    await shop.learn()
    assert await shop.live() == (4, 5, 0)


async def test_one_that_does_as_well_passes_and_learns_what_came_meanwhile(strict: Shop) -> None:
    await strict.serve(2)
    await strict.learn()
    candidate = await strict.services.policies.propose(AveragingPolicy(no_offer_share=0.0), actor="eve")
    await strict.serve(80)
    await strict.learn()
    await strict.settle()
    verdict, moved = await strict.services.policies.promote(candidate.version, actor="eve")
    assert verdict.passed, verdict
    assert (verdict.decisions, verdict.forgotten, verdict.running) == (80, 0, 1.0)
    assert verdict.lower is not None
    assert 0.9 < verdict.lower < 1.0
    assert verdict.effective_decisions == pytest.approx(80)
    assert moved is not None
    assert (moved.version, moved.before_version, moved.waiting) == (3, 4, 80)
    assert await strict.live() == (3, 2, 80)
    assert await strict.learn() == 80
    assert await strict.live() == (5, 82, 0)
    newest = (await strict.services.policies.changes(limit=5))[0]
    assert (newest.action, newest.version, newest.before_version, newest.actor) == ("promoted", 3, 4, "eve")
    assert newest.numbers["lower"] == verdict.lower


async def test_one_that_does_worse_is_refused_with_the_numbers(strict: Shop) -> None:
    shy = await strict.services.policies.propose(AveragingPolicy(no_offer_share=0.9), actor="eve")
    await strict.serve(60)
    await strict.settle()
    before = await strict.live()
    verdict, moved = await strict.services.policies.promote(shy.version, actor="eve")
    assert not verdict.passed
    assert moved is None
    # Where an offer was accepted it would have offered a tenth of the time; what silence earns was never seen.
    assert verdict.ips == pytest.approx(0.1)
    assert "does not reach 0.9000" in verdict.reason
    assert await strict.live() == before
    refused = (await strict.services.policies.changes(limit=1))[0]
    assert (refused.action, refused.version, refused.numbers["passed"]) == ("refused", shy.version, False)


async def test_without_decisions_nobody_passes(strict: Shop, rows: StoredRows) -> None:
    await strict.serve(5)
    await strict.settle()
    candidate = await strict.services.policies.propose(AveragingPolicy(no_offer_share=0.0), actor="eve")
    assert "the log is empty" in (await strict.services.policies.judge(candidate.version)).reason
    await strict.serve(5)
    assert "the log is empty" in (await strict.services.policies.judge(candidate.version)).reason, "too young"
    await strict.settle()
    assert (await strict.services.policies.judge(candidate.version)).decisions == 5
    await rows.forget_prices()
    verdict = await strict.services.policies.judge(candidate.version)
    assert not verdict.passed
    assert verdict.reason.startswith("none of 5 decisions can be put together again: it was made before")


async def test_the_log_ends_where_an_answer_is_awaited(strict: Shop, decide: Decide, clock: Clock) -> None:
    candidate = await strict.services.policies.propose(AveragingPolicy(no_offer_share=0.0), actor="eve")
    await strict.serve(3)
    clock.advance(timedelta(seconds=1))
    shown = await decide(conversation_id="slow", customer_id=None, by=strict.services)
    await strict.services.outcomes.expose(shown.decision.decision_id, conversation_id="slow", now=clock())
    clock.advance(timedelta(seconds=1))
    await strict.serve(3)
    await strict.settle()
    assert (await strict.services.policies.judge(candidate.version)).decisions == 3
    await strict.learn()  # silent for too long: now it is known
    judged = await strict.services.policies.judge(candidate.version)
    assert judged.decisions == 7
    assert judged.running == pytest.approx(6 / 7)


async def test_a_decision_that_stands_twice_is_refused(
    strict: Shop, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = await strict.services.policies.propose(AveragingPolicy(no_offer_share=0.0), actor="eve")
    await strict.serve(2)
    await strict.settle()
    async with storage.read() as unit:
        repository = type(unit.decisions)
    settled = repository.settled

    async def doubled(*arguments: Any, **named: Any) -> object:
        found = await settled(*arguments, **named)
        return [*found, *found]

    monkeypatch.setattr(repository, "settled", doubled)
    assert "stands twice in the log" in (await strict.services.policies.judge(candidate.version)).reason


async def promoted(shop: Shop, silence: float = 0.0) -> int:
    candidate = await shop.services.policies.propose(AveragingPolicy(no_offer_share=silence), actor="eve")
    await shop.serve(2)
    await shop.settle()
    _, moved = await shop.services.policies.promote(candidate.version, actor="eve")
    assert moved is not None
    return candidate.version


async def test_rolled_back_the_earlier_one_learns_on_and_nothing_is_lost(shop: Shop) -> None:
    await shop.serve(4)
    await shop.learn()
    version = await promoted(shop)
    await shop.learn()
    await shop.serve(3)
    await shop.learn()
    moved = await shop.services.policies.rollback(to=None, set_aside=False, actor="ada")
    # Version 2 holds 4; the 2 of the shadow time and the 3 since were learned by the other line alone.
    assert (moved.version, moved.waiting, moved.set_aside) == (2, 5, 0)
    assert await shop.live() == (2, 4, 5)
    assert await shop.learn() == 5
    assert (await shop.live())[1:] == (9, 0)
    line = {version.version: version for version in await shop.services.policies.versions(limit=50, learned=True)}
    assert line[(await shop.live())[0]].parent_version == 2
    assert line[version].status is PolicyStatus.RETIRED
    change = (await shop.services.policies.changes(limit=1))[0]
    assert (change.action, change.actor, change.numbers) == ("rolled_back", "ada", {"waiting": 5, "set_aside": 0})


async def test_back_and_forth_folds_nothing_twice(shop: Shop) -> None:
    await shop.serve(2)
    await shop.learn()
    await promoted(shop)
    await shop.learn()
    ahead, held, _ = await shop.live()
    await shop.services.policies.rollback(to=2, set_aside=False, actor="ada")
    await shop.learn()
    moved = await shop.services.policies.rollback(to=ahead, set_aside=False, actor="ada")
    assert (moved.waiting, await shop.live()) == (0, (ahead, held, 0))
    assert await shop.learn() == 0


async def test_set_aside_what_was_learned_since_teaches_nothing(shop: Shop) -> None:
    await shop.serve(2)
    await shop.learn()
    poisoned = await shop.serve(5)
    await shop.learn()
    moved = await shop.services.policies.rollback(to=2, set_aside=True, actor="ada")
    assert (moved.waiting, moved.set_aside) == (0, 5)
    assert await shop.learn() == 0
    await shop.serve(1)
    await shop.learn()
    version, held, waiting = await shop.live()
    assert (version, held, waiting) == (4, 3, 0)
    record = await shop.services.outcomes.read(poisoned[0].decision.decision_id)
    assert record.outcome is not None
    assert (record.outcome.reward, record.outcome.learned_in_version) == (1.0, None)
    moved = await shop.services.policies.rollback(to=2, set_aside=False, actor="ada")
    assert moved.waiting == 1, "what is set aside does not come back with the others"


@pytest.mark.parametrize("seed", [1, 3])
async def test_whatever_is_done_every_reward_is_held_once_or_waits(shop: Shop, rows: StoredRows, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        act = chance.choice(["serve", "learn", "learn", "promote", "rollback", "rollback", "restart"])
        if act == "serve":
            await shop.serve(chance.randint(1, 3))
        elif act == "learn":
            await shop.learn()
        elif act == "promote":
            await promoted(shop)
        elif act == "rollback":
            versions = await shop.services.policies.versions(limit=100, learned=True)
            retired = [version.version for version in versions if version.status is PolicyStatus.RETIRED]
            if retired:
                await shop.services.policies.rollback(to=chance.choice(retired), set_aside=False, actor="ada")
        else:
            await shop.services.policies.stock(AveragingPolicy(no_offer_share=0.0))
        rewards = await rows.count("outcomes")
        _, held, waiting = await shop.live()
        assert held + waiting == rewards, act
    await shop.learn()
    assert (await shop.live())[1:] == (rewards, 0)


async def test_a_rollback_and_a_round_of_the_learner_at_once(shop: Shop) -> None:
    await shop.serve(2)
    await shop.learn()
    await promoted(shop)
    await shop.learn()
    await shop.serve(3)
    await asyncio.gather(shop.learn(), shop.services.policies.rollback(to=2, set_aside=False, actor="ada"))
    await shop.learn()
    assert (await shop.live())[1:] == (7, 0)


async def test_a_running_engine_takes_the_change_with_its_next_decision(shop: Shop, build: Build) -> None:
    await shop.serve(2)
    await shop.learn()
    await shop.serve(1)
    await shop.learn()
    elsewhere = await build(rules=OPEN)
    await elsewhere.policies.rollback(to=2, set_aside=True, actor="ada")
    assert (await shop.serve(1))[0].decision.policy_version == 2


async def test_what_cannot_be_moved_is_refused_and_nothing_changes(shop: Shop) -> None:
    service = shop.services.policies
    await shop.serve(1)
    await shop.learn()
    before = await service.versions(limit=9, learned=True)

    async def refused(code: str, work: Awaitable[object]) -> None:
        with pytest.raises(ServiceError) as caught:
            await work
        assert caught.value.code == code

    await refused("unknown_version", service.promote(99, actor="eve"))
    await refused("not_a_candidate", service.promote(1, actor="eve"))
    await refused("unknown_version", service.rollback(to=99, set_aside=False, actor="eve"))
    await refused("not_retired", service.rollback(to=2, set_aside=False, actor="eve"))
    await refused("nothing_to_roll_back", service.rollback(to=None, set_aside=False, actor="eve"))
    await refused("holds_rewards", service.propose(AveragingPolicy(reward_count=3), actor="eve"))
    assert await service.versions(limit=9, learned=True) == before
    assert await service.changes(limit=9) == []


async def test_a_version_that_no_longer_fits_stays_away(shop: Shop, rows: StoredRows) -> None:
    await shop.serve(1)
    await shop.learn()
    candidate = await shop.services.policies.propose(AveragingPolicy(no_offer_share=0.0), actor="eve")
    await rows.damage_snapshots([1, candidate.version])
    await shop.serve(1)
    await shop.settle()
    with pytest.raises(Conflict, match="Version 1 cannot be used"):
        await shop.services.policies.rollback(to=1, set_aside=False, actor="eve")
    verdict, moved = await shop.services.policies.promote(candidate.version, actor="eve")
    assert moved is None
    assert "this version of the engine cannot use it" in verdict.reason


async def test_an_unknown_decision_is_not_explained(shop: Shop) -> None:
    with pytest.raises(NotFound):
        await shop.services.explanations.explain("nothing")
