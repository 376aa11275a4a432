"""Commands beside the engine: real processes, one at a time."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime

import pytest

from promo_engine.domain.errors import Conflict
from promo_engine.ports.studio_ports import Job, JobState
from studio.jobs.process_jobs import CommandJobs
from tests.support.waiting import PATIENCE_S

WAITS = "import signal; signal.pause()"
"""Until a signal ends it."""
NOW = datetime(2026, 11, 26, tzinfo=UTC)
STEPS = """
import os, sys
from studio.progress import bars
for _ in bars(range(3), "searches"): pass
print(os.environ["PROMOBOT_ACTOR"], os.environ["WHERE"], sys.argv[1:])
"""


def jobs(program: str, *, patience_s: float = 5.0) -> CommandJobs:
    command = (sys.executable, "-c", program)
    return CommandJobs(environment={"WHERE": "here"}, clock=lambda: NOW, command=command, patience_s=patience_s)


def job(command: str = "optimise") -> Job:
    return Job("j-1", command, JobState.RUNNING, NOW, "eve")


async def ended(running: CommandJobs) -> Job:
    found = await asyncio.wait_for(running.wait(), timeout=PATIENCE_S)
    assert found is not None
    return found


async def test_a_command_is_followed_to_its_end() -> None:
    running = jobs(STEPS)
    assert running.newest is None
    await running.start(job(), {"budget_cents": 5})
    found = await ended(running)
    assert (found.state, found.step, found.done, found.of) == (JobState.DONE, "searches", 2, 3)
    assert found.message == """eve here ['optimise', '--json', '{"budget_cents": 5}']"""
    assert found.finished_at == NOW


async def test_one_that_fails_says_why_in_its_own_words() -> None:
    running = jobs("import sys; sys.exit('promobot: a budget of 0 leaves nothing to plan')")
    await running.start(job(), {})
    found = await ended(running)
    assert (found.state, found.message) == (JobState.FAILED, "a budget of 0 leaves nothing to plan")


async def test_a_second_one_has_to_wait_and_a_cancelled_one_is_gone() -> None:
    running = jobs(WAITS)
    first, *others = await asyncio.gather(*(running.start(job(), {}) for _ in range(3)), return_exceptions=True)
    assert isinstance(first, Job)
    assert [getattr(other, "code", None) for other in others] == ["job_running"] * 2
    found = await running.cancel()
    assert found is not None
    assert found.state is JobState.CANCELLED
    assert await running.cancel() is None
    await running.start(job("measure"), {})
    assert running.newest is not None
    assert (running.newest.command, running.newest.state) == ("measure", JobState.RUNNING)
    await running.cancel()


async def test_one_that_does_not_listen_is_killed() -> None:
    running = jobs(WAITS, patience_s=0.05)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is ignored stays ignored in the new process
    try:
        await running.start(job(), {})
    finally:
        signal.signal(signal.SIGTERM, before)
    found = await running.cancel()
    assert found is not None
    assert found.state is JobState.CANCELLED


async def test_what_cannot_be_started_does_not_stand_in_the_way() -> None:
    running = CommandJobs(environment={}, clock=lambda: NOW, command=("/no/such/program",))
    with pytest.raises(OSError, match="no/such"):
        await running.start(job(), {})
    assert running.newest is not None
    assert running.newest.state is JobState.FAILED
    with pytest.raises((OSError, Conflict)) as again:
        await running.start(job(), {})
    assert isinstance(again.value, OSError)
