"""Keys of requests."""

import asyncio
from datetime import timedelta

import pytest

from promo_engine.domain.errors import Conflict
from promo_engine.domain.idempotency import KEPT_FOR
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.idempotent_executor import IdempotentExecutor
from tests.support.fakes import Clock
from tests.support.waiting import let_others_go_on


async def test_many_at_once_are_done_once_and_a_day_later_the_key_is_free(storage: Storage, clock: Clock) -> None:
    """On both databases: what is done is in the transaction that keeps the reply."""
    once, done = IdempotentExecutor(storage, clock=clock), 0

    async def act() -> str:
        nonlocal done
        async with storage.write() as unit:
            await unit.customers.add(f"c-{done}", demographics={}, created_at=clock())
        await let_others_go_on()
        done += 1
        return f"done {done}"

    replies = await asyncio.gather(*(once.do("k", request_hash="h", act=act) for _ in range(20)))
    assert (set(replies), done) == ({"done 1"}, 1)
    with pytest.raises(Conflict):
        await once.do("k", request_hash="other", act=act)

    async def fails() -> str:
        await act()
        raise Conflict("no", "No.")

    with pytest.raises(Conflict, match="No"):
        await once.do("k-2", request_hash="h", act=fails)
    async with storage.read() as unit:
        assert await unit.customers.exists("c-0")
        assert not await unit.customers.exists("c-1")  # it was taken back with its key
    assert await once.do("k-2", request_hash="h", act=act) == "done 3"
    clock.advance(KEPT_FOR + timedelta(seconds=1))
    assert await once.do("k", request_hash="h", act=act) == "done 4"
