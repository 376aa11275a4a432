"""Readiness is the promise that the next decision can be made and its reward learned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.errors import Unavailable
from promo_engine.services.decisions.make_decision import Decider
from tests.support.fakes import AveragingPolicy, Clock
from tests.support.stored_rows import StoredRows


@pytest.fixture
async def learning(services: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    """The services with their learner running."""
    learn, running = services.learner.apply_rewards, asyncio.Event()

    async def noticed(now: datetime) -> int:
        running.set()
        return await learn(now)

    monkeypatch.setattr(services.learner, "apply_rewards", noticed)
    task = asyncio.create_task(services.learner.run())
    await running.wait()
    yield services
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_running_learner_and_a_decision_that_can_be_made_are_ready(
    learning: Services, rows: StoredRows
) -> None:
    await learning.readiness.check()
    assert await rows.count("decisions") == 0, "the trial is not stored"


async def test_without_a_learner_it_is_not_ready(services: Services) -> None:
    with pytest.raises(Unavailable, match="learner is not running"):
        await services.readiness.check()


async def test_a_policy_that_cannot_choose_is_said_in_one_line(
    learning: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_policy: object, **_asked: object) -> None:
        raise TypeError("no such argument\nand more lines")

    monkeypatch.setattr(AveragingPolicy, "choose", broken)
    with pytest.raises(Unavailable) as refused:
        await learning.readiness.check()
    assert refused.value.message == "A decision cannot be made: TypeError: no such argument"


async def test_the_trial_counts_for_some_seconds_and_heals_after_them(
    learning: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    async def rehearse(_decider: Decider, request: object) -> None:
        tried.append(request)
        if len(tried) == 1:
            raise RuntimeError("once")

    monkeypatch.setattr(Decider, "rehearse", rehearse)
    for _ in range(3):
        with pytest.raises(Unavailable, match="RuntimeError: once"):
            await learning.readiness.check()
    assert len(tried) == 1
    clock.advance(timedelta(seconds=3))
    await learning.readiness.check()
    assert len(tried) == 2
