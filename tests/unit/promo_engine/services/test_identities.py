"""Who an identifier means: asked together it is looked up together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from promo_engine.services.connections.identities import Identities

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


class Names:
    """A storage that knows who is called what, and counts its transactions."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known
        self.transactions = 0
        self.fails = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        self.transactions += 1
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("the database is away")
        yield SimpleNamespace(privacy=self)

    async def current_id(self, customer_id: str) -> str | None:
        return self.known.get(customer_id)


def identities_of(storage: Any) -> Identities:
    return Identities(storage, clock=lambda: NOW)


async def test_what_is_asked_at_once_costs_one_transaction() -> None:
    storage = Names({"anna": "anna", "old-ben": "ben", "shopify-7": "cleo"})
    identities = identities_of(storage)
    names = ["anna", "old-ben", "shopify-7", "nobody", "anna"]
    found = await asyncio.gather(*(identities.current(name) for name in names))
    assert found == ["anna", "ben", "cleo", "nobody", "anna"]
    assert storage.transactions == 1


async def test_what_is_asked_meanwhile_is_looked_up_next() -> None:
    storage = Names({"anna": "anna", "ben": "ben"})
    identities = identities_of(storage)
    first = asyncio.create_task(identities.current("anna"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the first transaction is under way
    assert await identities.current("ben") == "ben"
    assert await first == "anna"
    assert storage.transactions == 2


async def test_everybody_hears_of_a_database_that_is_away_and_the_next_one_asks_anew() -> None:
    storage = Names({"anna": "anna"})
    storage.fails = True
    identities = identities_of(storage)
    failed = await asyncio.gather(identities.current("anna"), identities.current("ben"), return_exceptions=True)
    assert [type(error) for error in failed] == [OSError, OSError]
    storage.fails = False
    assert await identities.current("anna") == "anna"


async def test_who_stops_waiting_stops_nobody_else() -> None:
    storage = Names({"anna": "anna"})
    identities = identities_of(storage)
    impatient = asyncio.create_task(identities.current("anna"))
    patient = asyncio.create_task(identities.current("anna"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == "anna"
    with pytest.raises(asyncio.CancelledError):
        await impatient
