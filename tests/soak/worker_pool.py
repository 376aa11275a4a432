"""Processes that act on one database at the same moment.

Each has the engine's services and connections of its own, as several engines would. A barrier lets all of them go
at once, and within each its calls run together.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from threading import BrokenBarrierError
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.codes.codes import ENTROPY_BITS
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.errors import ServiceError, Unavailable
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.promotions import Transition
from promo_engine.domain.pricing.baskets import BasketLine
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.services.catalogue.product_cache import ProductCache
from promo_engine.services.checkout import code_service as codes
from promo_engine.services.checkout.checkout_service import Checkout, CheckoutService
from promo_engine.services.customers.forecast_cache import ForecastCache
from promo_engine.services.customers.segment_tracker import SegmentTracker
from promo_engine.services.decisions.record_outcome import OutcomeRecorder
from promo_engine.services.idempotent_executor import IdempotentExecutor
from promo_engine.services.promotions.offer_cache import OfferCache
from promo_engine.services.promotions.promotion_service import PromotionService
from promo_engine.storage.database import open_database
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.storage.tables import codes as code_table
from promo_engine.user_model import load_user_model
from tests.soak.soak_shop import ACTOR, MODEL_DIR, PRODUCT_ID, PROMOTION_ID, now

# Workers are forked from a server that has imported all this once, not from a process with threads and loops.
_PROCESSES = multiprocessing.get_context("forkserver")
_PATIENCE_S = 300.0
UNIT_PRICE_CENTS = 1000


class _Barrier(Protocol):
    def wait(self, timeout: float | None = None) -> int: ...


@dataclass(frozen=True)
class Call:
    """Something that one worker does; `name` is a method of `WorkerServices`."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came of a call: a value, or the code of the refusal, or an error that nobody should meet."""

    value: Any = None
    refusal: str | None = None
    failure: str | None = None


def call(name: str, **arguments: Any) -> Call:
    """Write a call down."""
    return Call(name, arguments)


class WorkerServices:
    """The engine's services in one worker."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database
        self._storage = storage = SqlStorage(database)
        self._offers = OfferCache(friendly_name=str.lower)
        self._outcomes = OutcomeRecorder(storage, offers=self._offers)
        forecasts = ForecastCache(load_user_model(MODEL_DIR))
        self._checkout = CheckoutService(
            storage,
            forecasts=forecasts,
            segments=SegmentTracker(),
            products=ProductCache(price_max_age=timedelta(hours=24), clock=now),
            stacking_rule=StackingRule.BEST_FOR_CUSTOMER,
            shop_currency=Currency("EUR"),
            clock=now,
        )
        self._promotions = PromotionService(storage, clock=now)
        self._once = IdempotentExecutor(storage, clock=now)

    async def accept(self, *, decision_id: str, conversation_id: str, key: str | None = None) -> str:
        """Accept an offer, under an Idempotency-Key if there is one; return the code."""

        async def act() -> str:
            outcome = await self._outcomes.record(
                decision_id,
                conversation_id=conversation_id,
                answer=OutcomeKind.ACCEPTED,
                now=now(),
                entropy=secrets.randbits(ENTROPY_BITS),
            )
            return str(outcome.code)

        return await act() if key is None else await self._once.do(key, request_hash=decision_id, act=act)

    async def redeem(self, *, codes: Sequence[str], order_id: str, customer_id: str | None = None) -> str:
        """Redeem codes for an order; return the redemption_id."""
        lines = (BasketLine("1", PRODUCT_ID, UNIT_PRICE_CENTS),)
        checkout = Checkout(lines, "EUR", tuple(codes), customer_id=customer_id)
        return (await self._checkout.redeem(checkout, order_id=order_id, redemption_id=uuid4())).redemption_id

    async def cancel(self, *, redemption_id: str) -> None:
        """Cancel a redemption."""
        await self._checkout.cancel(redemption_id)

    async def release(self, *, code: str) -> None:
        """Withdraw a reserved code."""
        async with self._storage.write() as unit:
            await codes.release(unit, code)

    async def pause(self, *, count_of: str) -> int:
        """Pause the promotion; return how many codes of this offer there are once that is done."""
        await self._promotions.move(PROMOTION_ID, Transition.PAUSE, expected_version=None, actor=ACTOR)
        async with self._database.connect() as connection:
            of_offer = select(func.count()).select_from(code_table).where(code_table.c.offer_id == count_of)
            return (await connection.execute(of_offer)).scalar_one()

    async def warm(self) -> None:
        """Read the offers, so that an acceptance need not."""
        async with self._storage.read() as unit:
            await self._offers.read(unit)


class WorkerPool:
    """Workers that wait for calls."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    @property
    def size(self) -> int:
        """Number of processes."""
        return len(self._pipes)

    def at_once(self, calls: Sequence[Call]) -> list[Answer]:
        """Spread calls over the processes, let all go together, and return the answers in the calls' order."""
        for worker, pipe in enumerate(self._pipes):
            pipe.send(calls[worker :: self.size])
        answers: list[Answer] = [Answer()] * len(calls)
        for worker, pipe in enumerate(self._pipes):
            if not pipe.poll(_PATIENCE_S):
                raise TimeoutError(f"worker {worker} has not answered within {_PATIENCE_S:.0f} s")
            answers[worker :: self.size] = pipe.recv()
        return answers


@contextmanager
def worker_pool(url: str, *, size: int) -> Iterator[WorkerPool]:
    """Start so many processes on a database; they end with the block."""
    _PROCESSES.set_forkserver_preload([__name__])
    barrier = _PROCESSES.Barrier(size)
    pipes: list[Connection] = []
    processes = []
    try:
        for _ in range(size):
            ours, theirs = _PROCESSES.Pipe()
            process = _PROCESSES.Process(target=_work, args=(url, theirs, barrier), daemon=True)
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        yield WorkerPool(pipes)
    finally:
        barrier.abort()
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)
            if process.is_alive():
                process.kill()


def _work(url: str, pipe: Connection, barrier: _Barrier) -> None:
    try:
        asyncio.run(_serve(url, pipe, barrier))
    except (EOFError, BrokenBarrierError, KeyboardInterrupt):
        return  # the block has ended


async def _serve(url: str, pipe: Connection, barrier: _Barrier) -> None:
    database = open_database(url)
    services = WorkerServices(database)
    try:
        while True:
            calls: Sequence[Call] = pipe.recv()
            barrier.wait(_PATIENCE_S)
            pipe.send(await asyncio.gather(*(_answer(getattr(services, item.name), item.arguments) for item in calls)))
    finally:
        await database.dispose()


async def _answer(act: Callable[..., Awaitable[Any]], arguments: Mapping[str, Any]) -> Answer:
    try:
        while True:
            # Where many processes write to one SQLite, one may have to wait for too long; it is told to ask again.
            with suppress(Unavailable):
                return Answer(value=await act(**arguments))
    except ServiceError as error:
        return Answer(refusal=error.code)
    except Exception as error:  # whatever it is, the proof has to hear of it
        return Answer(failure=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
