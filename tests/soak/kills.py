"""`kill -9` at random moments of an engine under load: what it has answered stands, and nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any

import aiohttp
from sqlalchemy import select

from promo_engine.domain.offers.limits import Limits
from promo_engine.storage.tables import decisions, redemptions
from tests.soak.fork_server import Engines, start_and_wait
from tests.soak.ledger_audit import read_books
from tests.soak.load_shoppers import Ledger, Line, shop_for_ever
from tests.soak.races import Progress, Result
from tests.soak.soak_shop import Shop

SHOPPERS = 16
_ANSWERS_BETWEEN_KILLS = (1, 60)
_VISITS_PER_KILL = 60
"""More than there can be: each visit of a known customer is another one's."""


async def kill_again_and_again(
    shop: Shop,
    engines: Engines,
    *,
    url: str,
    kills: int,
    seed: int,
    progress: Progress = lambda: None,
) -> Result:
    """Kill the engine at `url` so many times while 16 shoppers use it; after each restart the books are compared."""
    chance = Random(seed)
    await _stock(shop)
    customers = iter(await shop.add_customers(kills * _VISITS_PER_KILL + 1000))
    result, ledger, closing = Result({"kills": 0, "lost_acceptances": 0}), Ledger(), asyncio.Event()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        line = Line(http, url, ledger)
        visits = asyncio.gather(
            *(
                shop_for_ever(
                    line, name=f"shopper-{number}", customers=customers, chance=Random(seed + number), closing=closing
                )
                for number in range(SHOPPERS)
            )
        )
        try:
            for _ in range(kills):
                pid = await start_and_wait(engines, url)
                await _compare(shop, ledger, result)
                line.up.set()
                await _until(line.wait_for_answers(chance.randint(*_ANSWERS_BETWEEN_KILLS)), visits)
                await asyncio.sleep(chance.random() * 0.01)  # so that the end falls into any part of a transaction
                line.up.clear()
                await asyncio.to_thread(engines.kill, pid)
                result.count("kills")
                progress()
            pid = await start_and_wait(engines, url)
            line.up.set()
            closing.set()
            await visits
            await _compare(shop, ledger, result)
            await asyncio.to_thread(engines.kill, pid)
        finally:
            visits.cancel()
            with suppress(asyncio.CancelledError):
                await visits
    result.figures |= {
        "double_acceptances": len(ledger.doubled),
        "acknowledged_decisions": len(ledger.decided),
        "acknowledged_acceptances": len(ledger.accepted),
        "acknowledged_redemptions": len(ledger.redeemed),
        "acknowledged_cancellations": len(ledger.cancelled),
        "requests_sent_again": ledger.resent,
    }
    result.broken += ledger.doubled + ledger.broken
    return result


async def _stock(shop: Shop) -> None:
    """Offers without a cap, and one that is nearly always sold out."""
    for name in ("one", "two"):
        await shop.add_offer(f"plenty-{name}", Limits(budget_cents=10**9))
    await shop.add_offer("scarce", Limits(max_uses=25))


async def _until(event: Coroutine[Any, Any, None], visits: asyncio.Future[list[None]]) -> None:
    """Wait for an event; an error of a shopper comes up here."""
    waiting = asyncio.create_task(event)
    both: set[asyncio.Future[Any]] = {waiting, visits}
    done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if visits in done:
        waiting.cancel()
        await visits


async def _compare(shop: Shop, ledger: Ledger, result: Result) -> None:
    """Hold the database against what was answered; nobody shops meanwhile."""
    books = await read_books(shop.database)
    result.broken += books.faults()
    granted = books.granted
    # The engine ended between the commit and the answer; the shopper asks again and gets the code that is there.
    result.count("granted_without_answer", len(granted.keys() - ledger.accepted.keys()))
    lost = [f"code {code} of {who} is lost" for who, code in ledger.accepted.items() if granted.get(who) != code]
    result.count("lost_acceptances", len(lost))
    result.broken += lost
    async with shop.database.connect() as connection:
        stored = set(await connection.scalars(select(decisions.c.decision_id)))
        orders = dict(
            (row[0], row[1])
            for row in await connection.execute(select(redemptions.c.redemption_id, redemptions.c.cancelled_at))
        )
    result.broken += [f"decision {item} is lost" for item in ledger.decided - stored]
    result.broken += [f"redemption {order} is lost" for order in ledger.redeemed.keys() - orders.keys()]
    result.broken += [f"cancellation of {item} is lost" for item in ledger.cancelled if orders.get(item) is None]
