"""Works the queue of webhooks off: what each says is stored, or tried again later, or shown to a person.

A delivery is leased before it is read, in a transaction of its own, since reading may ask the shop's API. What it says
and that it is done are then committed together: a process that is killed in between leaves the lease to run out, and
storing the same again changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from promo_engine.domain.backoff import MOST_ATTEMPTS, pause_after
from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.connections.webhook_deliveries import (
    BODIES_KEPT,
    DeliveryState,
    WebhookCounts,
    WebhookDelivery,
)
from promo_engine.ports.connections.shop_adapter import ShopApiError, ShopConnections
from promo_engine.ports.shop.shop_repository import StoreResult
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.connections.shop_writer import ShopWriter, Written

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
_BATCH = 20
_LEASE = timedelta(minutes=2)
"""Longer than a batch takes, whatever the shop's API does."""
_CLEAN_EVERY = timedelta(minutes=10)
_CLEANED_AT_ONCE = 500


@dataclass
class WebhookStatus:
    """What the worker did, for metrics."""

    done: int = 0
    failed_tries: int = 0
    given_up: int = 0
    counts: WebhookCounts = field(default_factory=lambda: WebhookCounts(0, 0, None))
    unlisted_products: int = 0
    failure: str | None = None


class _NotYetError(Exception):
    """What the message says cannot be stored yet, such as a parcel of an order that has not come; the text says why."""


class WebhookWorker:
    """One task a process; several share one queue."""

    def __init__(
        self,
        storage: Storage,
        *,
        shops: ShopConnections,
        writer: ShopWriter,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._shops = shops
        self._writer = writer
        self._clock = clock
        self._news = asyncio.Event()
        self._working = asyncio.Lock()
        self._cleaned_at: datetime | None = None
        self.status = WebhookStatus()

    def wake(self) -> None:
        """Say that something came."""
        self._news.set()

    async def run(self) -> None:
        """Work for ever. A round that fails is logged and tried again."""
        while True:
            try:
                busy = await self.work()
                await self.keep_house()
                self.status.failure = None
            except Exception as error:
                # The loop must outlive a database that goes away.
                self.status.failure = str(error)
                _LOG.exception("working off webhooks failed, trying again in %s s", _LOOK_EVERY_S)
                busy = False
            if not busy:
                await self._wait()

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _LOOK_EVERY_S)
        self._news.clear()

    async def work(self) -> bool:
        """Work off what is due now; whether there was anything. A second call waits for the first."""
        async with self._working:
            now = self._clock()
            async with self._storage.read() as unit:
                if not await unit.webhooks.is_due(now=now):
                    return False  # without taking the writers' turn
            async with self._storage.write() as unit:
                batch = await unit.webhooks.due(now=now, limit=_BATCH)
                for delivery in batch:
                    await unit.webhooks.settle(replace(delivery, tries=delivery.tries + 1), next_try_at=now + _LEASE)
            for delivery in batch:
                await self._try(replace(delivery, tries=delivery.tries + 1))
            return bool(batch)

    async def _try(self, delivery: WebhookDelivery) -> None:
        try:
            items = await self._read(delivery)
            await self._store(delivery, items)
        except ShopItemError as error:
            # The same words will be wrong next time too.
            await self._give_up(delivery, f"{error.field}: {error.reason}")
        except (_NotYetError, ShopApiError) as error:
            await self._put_off(delivery, str(error))
        except Exception as error:
            _LOG.exception("webhook %s of %s failed", delivery.number, delivery.source_id)
            await self._put_off(delivery, f"{type(error).__name__}: {error}")
        else:
            self.status.done += 1

    async def _read(self, delivery: WebhookDelivery) -> list[Written]:
        async with self._storage.read() as unit:
            source = await unit.sources.get(delivery.source_id)
        if source is None:
            raise ShopItemError("source", f"there is no source {delivery.source_id} any more")
        try:
            body = json.loads(delivery.body or b"")
        except ValueError as error:
            raise ShopItemError("body", f"is no JSON: {error}") from error
        secrets = self._shops.secrets.of(source.source_id)
        return await self._shops.adapters[source.kind].read(delivery.topic, body, source, secrets, self._shops.ask)

    async def _store(self, delivery: WebhookDelivery, items: list[Written]) -> None:
        async with self._storage.write() as unit:
            answers = await self._writer.write(unit, items, source_id=delivery.source_id)
            refused = next((answer for answer in answers if answer.result is StoreResult.REFUSED), None)
            if refused is not None:
                raise _NotYetError(f"{refused.key}: {refused.field}: {refused.reason}")
            # The body holds names: once it is worked off, nobody needs it.
            done = replace(delivery, state=DeliveryState.DONE, body=None, last_error="")
            await unit.webhooks.settle(done, next_try_at=self._clock())
            await unit.sources.report(delivery.source_id, error="", at=self._clock())

    async def _put_off(self, delivery: WebhookDelivery, reason: str) -> None:
        self.status.failed_tries += 1
        if delivery.tries >= MOST_ATTEMPTS:
            await self._give_up(delivery, reason)
            return
        async with self._storage.write() as unit:
            later = self._clock() + pause_after(delivery.tries)
            await unit.webhooks.settle(replace(delivery, last_error=reason), next_try_at=later)

    async def _give_up(self, delivery: WebhookDelivery, reason: str) -> None:
        self.status.given_up += 1
        _LOG.warning("webhook %s of %s (%s) is dead: %s", delivery.number, delivery.source_id, delivery.topic, reason)
        async with self._storage.write() as unit:
            dead = replace(delivery, state=DeliveryState.DEAD, last_error=reason)
            await unit.webhooks.settle(dead, next_try_at=self._clock())
            await unit.sources.report(delivery.source_id, error=f"{delivery.topic}: {reason}"[:500], at=self._clock())

    async def keep_house(self) -> None:
        """Delete what is too old, and count what metrics show."""
        now = self._clock()
        async with self._storage.read() as unit:
            self.status.counts = await unit.webhooks.counts()
        if self._cleaned_at is not None and now - self._cleaned_at < _CLEAN_EVERY:
            return
        async with self._storage.write() as unit:
            old = await unit.webhooks.delete_old(received_before=now - BODIES_KEPT, keep=_CLEANED_AT_ONCE)
            self.status.unlisted_products = await unit.shop_changes.unlisted_count()
        if old < _CLEANED_AT_ONCE:
            self._cleaned_at = now
