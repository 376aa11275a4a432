import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.errors import Conflict, Unavailable
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.ports.unit_of_work import Storage
from tests.support.fakes import AveragingPolicy, CountingCustomerModel
from tests.support.service_fixtures import Accept, Build, Decide
from tests.support.small_shop import NOW
from tests.support.stored_rows import StoredRows
from tests.support.waiting import PATIENCE_S


async def test_an_answer_becomes_a_new_version_for_the_next_decision(
    decide: Decide, answer: Accept, services: Services
) -> None:
    decided = await decide()
    await answer(decided)
    assert (await services.policies.in_force())[1] == 1
    assert await services.learner.apply_rewards(NOW) == 1
    active, waiting = await services.policies.in_force()
    assert (active.version, active.reward_count, waiting) == (2, 1, 0)
    record = await services.outcomes.read(decided.decision.decision_id)
    assert record.outcome is not None
    assert record.outcome.learned_in_version == 2
    after = (await decide(conversation_id="c-2", customer_id="ben")).decision
    assert after.policy_version == 2
    assert after.expected_rewards == {"soft-drinks-15": 1.0}


async def test_nothing_to_learn_writes_no_version(services: Services, rows: StoredRows) -> None:
    assert await services.learner.apply_rewards(NOW) == 0
    assert await rows.count("policy_snapshots") == 1


async def test_no_reward_is_folded_twice(decide: Decide, answer: Accept, services: Services, build: Build) -> None:
    await answer(await decide())
    await services.learner.apply_rewards(NOW)
    assert await services.learner.apply_rewards(NOW) == 0
    restarted = await build()
    assert await restarted.learner.apply_rewards(NOW) == 0
    active, _ = await restarted.policies.in_force()
    assert (active.version, active.reward_count) == (2, 1)


async def test_what_a_stopped_learner_left_is_folded_after_the_start(
    decide: Decide, answer: Accept, build: Build
) -> None:
    await answer(await decide())
    restarted = await build()
    assert await restarted.learner.apply_rewards(NOW) == 1


async def test_a_crash_between_snapshot_and_mark_folds_nothing(
    decide: Decide, answer: Accept, services: Services, rows: StoredRows, storage: Storage
) -> None:
    await answer(await decide())
    with pytest.raises(ZeroDivisionError):
        async with storage.write() as unit:
            await services.policy_store.add(unit, AveragingPolicy(version=2), now=NOW)
            raise ZeroDivisionError
    assert await rows.count("policy_snapshots") == 1
    assert await services.learner.apply_rewards(NOW) == 1
    assert (await services.policies.in_force())[0].version == 2


async def test_exposed_and_silent_is_reward_zero_after_the_window(
    decide: Decide, answer: Accept, services: Services
) -> None:
    silent, unseen = await decide(), await decide("m-2")
    await services.outcomes.expose(silent.decision.decision_id, conversation_id="c-1", now=NOW)
    assert await services.learner.apply_rewards(NOW + timedelta(minutes=29, seconds=59)) == 0
    assert await services.learner.apply_rewards(NOW + timedelta(minutes=30)) == 1
    outcome = (await services.outcomes.read(silent.decision.decision_id)).outcome
    assert outcome is not None
    assert (outcome.outcome, outcome.reward, outcome.learned_in_version) == (OutcomeKind.UNANSWERED, 0.0, 2)
    assert (await services.outcomes.read(unseen.decision.decision_id)).outcome is None
    with pytest.raises(Conflict):
        await answer(silent)


async def test_a_later_search_for_silence_still_finds_new_ones(decide: Decide, services: Services) -> None:
    assert await services.learner.apply_rewards(NOW) == 0
    decided = await decide()
    await services.outcomes.expose(decided.decision.decision_id, conversation_id="c-1", now=NOW)
    assert await services.learner.apply_rewards(NOW + timedelta(minutes=10)) == 0
    assert await services.learner.apply_rewards(NOW + timedelta(hours=1)) == 1


async def test_another_user_model_starts_from_its_own_policy(
    decide: Decide, answer: Accept, services: Services, build: Build, model: CountingCustomerModel
) -> None:
    await answer(await decide())
    await services.learner.apply_rewards(NOW)
    model.version = "counting-2"
    retrained = await build()
    active, _ = await retrained.policies.in_force()
    assert (active.version, active.reward_count) == (3, 0)


async def test_rewards_of_another_user_model_teach_nothing(
    decide: Decide, answer: Accept, build: Build, model: CountingCustomerModel
) -> None:
    await answer(await decide())
    model.version = "counting-2"
    retrained = await build()
    assert await retrained.learner.apply_rewards(NOW) == 0
    assert (await retrained.policies.in_force())[1] == 0


class WiderPolicy(AveragingPolicy):
    """After an upgrade: one more feature, and no use for the snapshots from before."""

    def choose(self, **question: Any) -> OfferChoice:
        choice = super().choose(**question)
        return replace(choice, features=(*choice.features, 1.0))

    def learn(self, rewards: Sequence[TrainingExample]) -> AveragingPolicy:
        assert all(len(reward.features) == 3 for reward in rewards)
        return super().learn([TrainingExample(reward.features[:2], reward.reward) for reward in rewards])

    def to_bytes(self) -> bytes:
        return b"wider" + super().to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> AveragingPolicy:
        if not data.startswith(b"wider"):
            raise ValueError("it was made with other features")
        return super().from_bytes(data.removeprefix(b"wider"))


async def test_after_an_upgrade_of_the_features_learning_begins_anew(
    decide: Decide, answer: Accept, services: Services, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    await answer(await decide())
    await services.learner.apply_rewards(NOW)
    left_waiting = await decide(conversation_id="c-2", customer_id="ben")
    answered_later = await decide(conversation_id="c-3", customer_id=None)
    await answer(left_waiting, conversation_id="c-2", entropy=8)

    upgraded = await build(initial=WiderPolicy(no_offer_share=0.0), unpack=WiderPolicy.from_bytes)
    assert "policy version 2 cannot be used (it was made with other features)" in caplog.text
    active, waiting = await upgraded.policies.in_force()
    assert (active.version, active.reward_count, waiting) == (3, 0, 0)
    await answer(answered_later, conversation_id="c-3", entropy=9)
    assert await upgraded.learner.apply_rewards(NOW) == 0

    await answer(await decide(conversation_id="c-4", customer_id=None, by=upgraded), conversation_id="c-4", entropy=10)
    assert await upgraded.learner.apply_rewards(NOW) == 1
    restarted = await build(initial=WiderPolicy(no_offer_share=0.0), unpack=WiderPolicy.from_bytes)
    active, waiting = await restarted.policies.in_force()
    assert (active.version, active.reward_count, waiting) == (4, 1, 0)
    for decided in (left_waiting, answered_later):
        outcome = (await services.outcomes.read(decided.decision.decision_id)).outcome
        assert outcome is not None
        assert outcome.learned_in_version is None


def folded_by(services: Services, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """An event that is set once the learner has folded something."""
    fold, folded = services.learner.apply_rewards, asyncio.Event()

    async def watched(now: datetime) -> int:
        count = await fold(now)
        if count:
            folded.set()
        return count

    monkeypatch.setattr(services.learner, "apply_rewards", watched)
    return folded


async def test_the_running_learner_wakes_for_an_answer(
    decide: Decide, answer: Accept, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded = folded_by(services, monkeypatch)
    learning = asyncio.create_task(services.learner.run())
    decided = await decide()
    await answer(decided)
    await asyncio.wait_for(folded.wait(), PATIENCE_S)
    assert (await services.policies.in_force())[0].version == 2
    assert services.learner.status.learned_rewards == 1
    learning.cancel()
    await asyncio.gather(learning, return_exceptions=True)
    assert not services.learner.status.running


async def test_a_failing_round_shows_and_the_next_one_heals(
    decide: Decide, answer: Accept, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answer(await decide())
    folded, failed = folded_by(services, monkeypatch), asyncio.Event()
    fold = services.learner.apply_rewards

    async def fail_once(now: datetime) -> int:
        if not failed.is_set():
            failed.set()
            raise Unavailable("database_unavailable", "The database does not answer: gone")
        return await fold(now)

    monkeypatch.setattr(services.learner, "apply_rewards", fail_once)
    learning = asyncio.create_task(services.learner.run())
    await asyncio.wait_for(failed.wait(), PATIENCE_S)
    with pytest.raises(Unavailable, match="learner is failing"):
        await services.readiness.check()
    await asyncio.wait_for(folded.wait(), PATIENCE_S)
    await services.readiness.check()
    learning.cancel()
    await asyncio.gather(learning, return_exceptions=True)


async def test_two_learners_never_fold_one_reward_twice(
    decide: Decide, answer: Accept, services: Services, build: Build, rows: StoredRows
) -> None:
    await answer(await decide())
    other = await build()
    folded = await asyncio.gather(services.learner.apply_rewards(NOW), other.learner.apply_rewards(NOW))
    assert sorted(folded) == [0, 1]
    assert (await services.policies.in_force())[0].reward_count == 1
    assert await rows.count("policy_snapshots") == 2
