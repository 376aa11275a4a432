"""Exports what is stored of a customer, and forgets customers and whole sources.

Each request is recorded: the engine does its part in the transaction that records it, the gateway does its own when it
next asks (`GET /v1/privacy-requests`), and writes it into the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from promo_engine.domain.catalogue.shop_changes import (
    CustomerDataRequested,
    CustomerDeleted,
    CustomerRedacted,
    ShopRedacted,
)
from promo_engine.domain.connections.people_in_messages import speaks_of
from promo_engine.domain.connections.privacy_requests import EXPORTS_KEPT, PrivacyKind, PrivacyRequest
from promo_engine.domain.customers.email_hash import email_customer_id
from promo_engine.domain.errors import NotFound
from promo_engine.domain.events import CustomersForgotten
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

_PAGE = 200
_OPEN = 100
Person = CustomerDataRequested | CustomerRedacted | CustomerDeleted


class PrivacyService:
    """Exports and redacts."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def apply(self, unit: UnitOfWork, change: Person | ShopRedacted, *, source_id: str) -> ItemAnswer:
        """Do what a shop's message asks for; it is unchanged where nobody knows the customer."""
        requested_by = f"source:{source_id}"
        if isinstance(change, ShopRedacted):
            known = await self._redact_source(unit, source_id, requested_by)
            return ItemAnswer(source_id, StoreResult.STORED if known else StoreResult.UNCHANGED)
        hashed = getattr(change, "email_hash", "")
        people = await unit.privacy.people(
            email_hash=hashed,
            external_ids=change.aliases,
            order_ids=getattr(change, "order_ids", ()),
            source_id=source_id,
        )
        names = (*change.aliases, *filter(None, [email_customer_id(hashed)]))
        if isinstance(change, CustomerDataRequested):
            await self._export(unit, people, names, requested_by)
        else:
            await self._redact(unit, people, names, (hashed,) if hashed else (), requested_by)
        return ItemAnswer(names[0] if names else "", StoreResult.STORED if people else StoreResult.UNCHANGED)

    async def export(self, customer_id: str, *, requested_by: str) -> PrivacyRequest:
        """Return what the engine stores of a customer, as a request that the gateway completes.

        Raises NotFound `unknown_customer`.
        """
        async with self._storage.write() as unit:
            current = await unit.privacy.current_id(customer_id)
            if current is None:
                raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
            return await self._export(unit, [current], (customer_id,), requested_by)

    async def redact(self, customer_id: str, *, requested_by: str) -> PrivacyRequest:
        """Forget a customer. Nobody of that name is no error: the gateway may know them."""
        async with self._storage.write() as unit:
            current = await unit.privacy.current_id(customer_id)
            people = [] if current is None else [current]
            return await self._redact(unit, people, (customer_id,), (), requested_by)

    async def open_requests(self) -> list[PrivacyRequest]:
        """List what the gateway still has to do, the oldest first."""
        async with self._storage.read() as unit:
            return await unit.privacy.open_requests(limit=_OPEN)

    async def request(self, request_id: str) -> PrivacyRequest:
        """Return one request. Raises NotFound `unknown_request`."""
        async with self._storage.read() as unit:
            found = await unit.privacy.request(request_id)
        if found is None:
            raise NotFound("unknown_request", f"There is no request {request_id}.", field="request_id")
        return found

    async def finish(self, request_id: str, *, conversations: Mapping[str, Any] | None) -> bool:
        """The gateway has done its part; of an export it brings what it found. False if nothing waited for that."""
        async with self._storage.write() as unit:
            request = await unit.privacy.request(request_id)
            if request is None:
                return False
            export = None
            if request.kind is PrivacyKind.EXPORT and request.export is not None:
                export = {**request.export, "conversations": dict(conversations or {})}
            return await unit.privacy.finish(request_id, at=self._clock(), export=export)

    async def delete_old_exports(self) -> int:
        """Delete exports that nobody needs any more; return how many."""
        async with self._storage.write() as unit:
            return await unit.privacy.delete_exports(requested_before=self._clock() - EXPORTS_KEPT)

    async def _export(
        self, unit: UnitOfWork, people: Collection[str], names: Collection[str], requested_by: str
    ) -> PrivacyRequest:
        found: dict[str, Any] = {}
        every = list(names)
        for customer_id in people:
            found[customer_id] = await unit.privacy.export(customer_id)
            every += await unit.privacy.identifiers_of(customer_id)
        return await self._record(unit, PrivacyKind.EXPORT, requested_by, every, export={"engine": found})

    async def _redact(
        self,
        unit: UnitOfWork,
        people: Collection[str],
        names: Collection[str],
        email_hashes: Collection[str],
        requested_by: str,
    ) -> PrivacyRequest:
        counts: dict[str, int] = {}
        every, hashes = list(names), set(email_hashes)
        for customer_id in people:
            every += await unit.privacy.identifiers_of(customer_id)
            hashes |= await unit.privacy.email_hashes_of(customer_id)
        for customer_id in people:
            changed = await unit.privacy.redact(customer_id, new_id=_random_id, at=self._clock())
            counts = {name: counts.get(name, 0) + changed.get(name, 0) for name in {*counts, *changed}}
        unit.publish(CustomersForgotten(tuple(dict.fromkeys(every))))
        counts["webhook_deliveries"] = await self._forget_messages(unit, set(every), hashes)
        return await self._record(unit, PrivacyKind.REDACT, requested_by, every, counts=counts)

    async def _redact_source(self, unit: UnitOfWork, source_id: str, requested_by: str) -> bool:
        people = await unit.privacy.people_of(source_id)
        for customer_id in people:
            await self._redact(unit, [customer_id], (), (), requested_by)
        counts = await unit.privacy.forget_source(source_id)
        await self._record(
            unit, PrivacyKind.REDACT_SOURCE, requested_by, (), counts=counts | {"customers": len(people)}
        )
        return bool(people) or any(counts.values())

    async def _forget_messages(self, unit: UnitOfWork, names: set[str], email_hashes: set[str]) -> int:
        """Delete messages of the person that were not worked off, or given up: they would bring the person back."""
        forgotten, after = 0, 0
        while page := await unit.webhooks.with_bodies(source_id=None, after=after, limit=_PAGE):
            after = page[-1].number
            numbers = [
                delivery.number
                for delivery in page
                if delivery.body is not None
                and speaks_of(delivery.topic, delivery.body, email_hashes=email_hashes, names=names)
            ]
            await unit.webhooks.delete_bodies(numbers)
            forgotten += len(numbers)
        return forgotten

    async def _record(
        self,
        unit: UnitOfWork,
        kind: PrivacyKind,
        requested_by: str,
        names: Collection[str],
        *,
        counts: Mapping[str, int] | None = None,
        export: Mapping[str, Any] | None = None,
    ) -> PrivacyRequest:
        request = PrivacyRequest(
            request_id=str(uuid4()),
            kind=kind,
            requested_by=requested_by,
            customer_ids=tuple(dict.fromkeys(names)),
            requested_at=self._clock(),
            counts={name: count for name, count in (counts or {}).items() if count},
            export=export,
        )
        await unit.privacy.add_request(request)
        return request


def _random_id() -> str:
    """Stands in for a customer whom nobody can find any more."""
    return f"redacted:{uuid4().hex}"
