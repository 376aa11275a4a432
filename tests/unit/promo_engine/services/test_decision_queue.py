"""Decisions asked for at the same moment: each gets its own answer, and they share what they can."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.errors import Conflict, NotFound, Unavailable
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.decisions.make_decision import Decided, DecisionRequest, Randomness
from tests.support.fakes import Clock
from tests.support.stored_rows import StoredRows

Ask = Callable[..., Awaitable[Decided]]


@pytest.fixture
def ask(services: Services, clock: Clock) -> Ask:
    async def decide(request_id: str, customer_id: str | None = "anna", conversation_id: str = "c-1") -> Decided:
        request = DecisionRequest(conversation_id, request_id, customer_id, ConversationContext("after_service"))
        return await services.decisions.decide(request, now=clock(), chance=Randomness(uuid4(), 1))

    return decide


async def test_a_hundred_at_once_are_all_stored_in_a_few_transactions(
    ask: Ask, services: Services, storage: Storage, rows: StoredRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = 0
    write = storage.write

    @asynccontextmanager
    async def counting() -> AsyncIterator[UnitOfWork]:
        nonlocal writes
        writes += 1
        async with write() as unit:
            yield unit

    monkeypatch.setattr(storage, "write", counting)
    answers = await asyncio.gather(*(ask(f"m-{number}", conversation_id=f"c-{number}") for number in range(100)))
    assert len({answer.decision.decision_id for answer in answers}) == 100
    assert {answer.decision.conversation_id for answer in answers} == {f"c-{number}" for number in range(100)}
    assert await rows.count("decisions") == 100
    assert writes <= 100 // 32 + 2


async def test_what_is_wrong_with_one_request_is_told_to_that_one_alone(ask: Ask, rows: StoredRows) -> None:
    good, unknown, stranger = await asyncio.gather(
        ask("m-1"), ask("m-2", "nobody"), ask("m-3", None), return_exceptions=True
    )
    assert isinstance(good, Decided)
    assert isinstance(stranger, Decided)
    assert isinstance(unknown, NotFound)
    assert unknown.code == "unknown_customer"
    assert await rows.count("decisions") == 2


async def test_the_same_request_many_times_at_once_is_one_decision(ask: Ask, rows: StoredRows) -> None:
    answers = await asyncio.gather(*(ask("m-1") for _ in range(20)), ask("m-2"))
    assert len({answer.decision.decision_id for answer in answers}) == 2
    assert await rows.count("decisions") == 2


async def test_two_customers_with_one_request_id_are_told_apart(ask: Ask) -> None:
    await ask("m-1")
    with pytest.raises(Conflict) as refused:
        await ask("m-1", None)
    assert refused.value.code == "request_of_another_customer"


async def test_a_database_that_fails_fails_all_of_the_batch_and_none_after_it(
    ask: Ask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[UnitOfWork]:
        raise Unavailable("database_unavailable", "The database does not answer.")
        yield

    with monkeypatch.context() as patched:
        patched.setattr(storage, "write", broken)
        failed = await asyncio.gather(*(ask(f"m-{number}") for number in range(5)), return_exceptions=True)
    assert all(isinstance(failure, Unavailable) for failure in failed)
    assert (await ask("m-9")).decision.request_id == "m-9"


async def test_who_gives_up_waiting_takes_nobody_along(
    ask: Ask, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, begun, given_up = storage.write, asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def held() -> AsyncIterator[UnitOfWork]:
        begun.set()
        await given_up.wait()
        async with write() as unit:
            yield unit

    monkeypatch.setattr(storage, "write", held)
    gone, stays = asyncio.ensure_future(ask("m-1")), asyncio.ensure_future(ask("m-2"))
    await begun.wait()
    gone.cancel()
    given_up.set()
    assert (await stays).decision.request_id == "m-2"
    assert gone.cancelled()
