"""Everything of a customer in SQL: found, moved, exported, forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.connections.privacy_requests import PrivacyKind, PrivacyRequest, PrivacyState
from promo_engine.domain.customers.change_requests import ChangeState
from promo_engine.domain.customers.email_hash import email_customer_id
from promo_engine.domain.customers.shop_orders import ShopCustomer
from promo_engine.storage.repositories.connections.customer_export import export_rows
from promo_engine.storage.repositories.connections.person_rows import (
    DELETED,
    MOVED,
    RENAMED,
    SUBJECTS,
    UNIQUE,
    any_of,
    subject_of,
)
from promo_engine.storage.repositories.connections.source_rows import forget_source
from promo_engine.storage.tables import (
    change_requests,
    customer_aliases,
    customer_states,
    customers,
    orders,
    privacy_requests,
    promotion_refusals,
    reply_records,
)


class SqlPrivacy:
    """`ports.connections.privacy_repository.PrivacyRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current_id(self, customer_id: str) -> str | None:
        """Return the customer that this identifier means today."""
        query = select(customers.c.customer_id, customers.c.merged_into).where(customers.c.customer_id == customer_id)
        row = (await self._connection.execute(query)).first()
        if row is not None:
            return row.merged_into or customer_id
        called = select(customer_aliases.c.customer_id).where(customer_aliases.c.external_id == customer_id).distinct()
        found = list((await self._connection.execute(called.limit(2))).scalars())
        return found[0] if len(found) == 1 else None

    async def customer(self, customer_id: str) -> ShopCustomer | None:
        """Return a customer as shops report one."""
        row = next(iter(await self._rows([customer_id])), None)
        if row is None:
            return None
        named = select(customer_aliases.c.source, customer_aliases.c.external_id).where(
            customer_aliases.c.customer_id == customer_id
        )
        return ShopCustomer(
            customer_id=customer_id,
            email_hash=row.email_hash,
            name_hash=row.name_hash,
            country=row.country,
            currency=row.currency,
            locale=row.locale,
            guest=row.guest,
            marketing_consent=row.marketing_consent,
            segments=tuple(row.segments),
            aliases={alias.source: alias.external_id for alias in await self._connection.execute(named)},
            created_at=row.created_at,
        )

    async def identifiers_of(self, customer_id: str) -> tuple[str, ...]:
        """Return every identifier of a customer."""
        aliases = select(customer_aliases.c.external_id).where(customer_aliases.c.customer_id == customer_id)
        found = [*await self._merged(customer_id), *(await self._connection.execute(aliases)).scalars()]
        return tuple(dict.fromkeys(found))

    async def email_hashes_of(self, customer_id: str) -> set[str]:
        """Return the hashes of a customer's e-mail addresses."""
        return {row.email_hash for row in await self._rows(await self._merged(customer_id))} - {""}

    async def people(
        self, *, email_hash: str, external_ids: Collection[str], order_ids: Collection[str], source_id: str | None
    ) -> list[str]:
        """Return customers that a shop's message means."""
        meant = [customers.c.customer_id == email_customer_id(email_hash)] if email_hash else []
        if email_hash:
            meant.append(customers.c.email_hash == email_hash)
        if external_ids:
            called = select(customer_aliases.c.customer_id).where(customer_aliases.c.external_id.in_(external_ids))
            if source_id is not None:
                called = called.where(customer_aliases.c.source == source_id)
            meant.append(customers.c.customer_id.in_(called))
            own = customers.c.customer_id.in_(external_ids)
            meant.append(own if source_id is None else and_(own, customers.c.source_id == source_id))
        if order_ids:
            placed = select(orders.c.customer_id).where(orders.c.order_id.in_(order_ids), orders.c.redacted.is_(False))
            if source_id is not None:
                placed = placed.where(orders.c.source_id == source_id)
            meant.append(customers.c.customer_id.in_(placed))
        if not meant:
            return []
        current = func.coalesce(customers.c.merged_into, customers.c.customer_id)
        rows = await self._connection.execute(select(current).where(or_(*meant)).distinct())
        return sorted(rows.scalars())

    async def unreported(self, customer_id: str) -> bool:
        """Say whether there is a customer of this id of whom no shop has said anything: one who only chatted."""
        unknown = and_(customers.c.source_id.is_(None), customers.c.content_hash == "")
        query = select(customers.c.customer_id).where(
            customers.c.customer_id == customer_id, unknown, customers.c.merged_into.is_(None)
        )
        return (await self._connection.execute(query)).first() is not None

    async def add_alias(self, customer_id: str, *, source_id: str, external_id: str) -> None:
        """Record what a source calls a customer; a name that it gave before stays with whom it was given to."""
        values = {"source": source_id, "external_id": external_id, "customer_id": customer_id}
        await self._connection.execute(
            insert_for(self._connection, customer_aliases).values(values).on_conflict_do_nothing()
        )

    async def guests(self, customer_ids: Collection[str]) -> set[str]:
        """Return those of the customers who never made an account."""
        query = select(customers.c.customer_id).where(customers.c.customer_id.in_(customer_ids), customers.c.guest)
        return set((await self._connection.execute(query)).scalars())

    async def people_of(self, source_id: str) -> list[str]:
        """Return customers that only this source speaks of."""
        here = exists().where(orders.c.customer_id == customers.c.customer_id, orders.c.source_id == source_id)
        elsewhere = exists().where(
            orders.c.customer_id == customers.c.customer_id, orders.c.source_id.is_distinct_from(source_id)
        )
        query = select(customers.c.customer_id).where(
            or_(customers.c.source_id == source_id, here), ~elsewhere, customers.c.merged_into.is_(None)
        )
        return sorted((await self._connection.execute(query)).scalars())

    async def export(self, customer_id: str) -> dict[str, Any]:
        """Return all rows of a customer as JSON, by table."""
        return await export_rows(self._connection, tuple(await self._merged(customer_id)))

    async def merge(self, customer_id: str, *, into: str, at: datetime) -> dict[str, int]:
        """Move everything of a customer to another one."""
        counts: dict[str, int] = {}
        gone = tuple(await self._merged(customer_id))
        for table in MOVED:
            moving = any_of(table.c.customer_id, gone)
            if table in UNIQUE:
                both = select(UNIQUE[table]).where(table.c.customer_id == into)
                moving = and_(moving, UNIQUE[table].not_in(both.scalar_subquery()))
            await self._update(table, moving, {"customer_id": into}, counts)
        await self._move_subjects(gone, into, counts)
        await self._delete(customer_states, any_of(customer_states.c.customer_id, gone), counts)
        kept = {row.customer_id: row for row in await self._rows([*gone, into])}
        segments = sorted({name for row in kept.values() for name in row.segments})
        await self._connection.execute(
            update(customers)
            .where(customers.c.customer_id == into)
            .values(
                segments=segments,
                email_hash=kept[into].email_hash or kept[customer_id].email_hash,
                name_hash=kept[into].name_hash or kept[customer_id].name_hash,
                created_at=min(row.created_at for row in kept.values()),
                content_hash="",
            )
        )
        await self._connection.execute(
            update(customers)
            .where(any_of(customers.c.customer_id, gone))
            .values(merged_into=into, email_hash="", name_hash="", content_hash="", segments=[], demographics={})
        )
        return counts

    async def redact(self, customer_id: str, *, new_id: Callable[[], str], at: datetime) -> dict[str, int]:
        """Forget a customer and all who were merged into them."""
        counts: dict[str, int] = {}
        gone = tuple(await self._merged(customer_id))
        names = await self.identifiers_of(customer_id)
        email = await self.email_hashes_of(customer_id)
        await self._take_customer_off_orders(gone, new_id, counts)
        random_id = new_id()
        await self._add_nobody(random_id, at)
        for table in RENAMED:
            await self._rename(table, gone, random_id, counts)
        for table in SUBJECTS:
            old = any_of(table.c.subject, tuple(map(subject_of, gone)))
            if table is promotion_refusals:
                await self._delete(table, old, counts)
            else:
                await self._update(table, old, {"subject": subject_of(random_id)}, counts)
        for table in DELETED:
            await self._delete(table, any_of(table.c.customer_id, gone), counts)
        await self._delete_replies((*names, *email), counts)
        await self._blank_requests((*names, *email), at)
        await self._delete(customers, any_of(customers.c.customer_id, gone), counts)
        return counts

    async def forget_source(self, source_id: str) -> dict[str, int]:
        """Delete orders, products and messages of a source."""
        return await forget_source(self._connection, source_id)

    async def add_request(self, request: PrivacyRequest) -> None:
        """Record a request."""
        await self._connection.execute(
            insert(privacy_requests).values(
                request_id=request.request_id,
                kind=request.kind.value,
                requested_by=request.requested_by[:80],
                customer_ids=list(request.customer_ids),
                requested_at=request.requested_at,
                state=request.state.value,
                done_at=request.done_at,
                counts=dict(request.counts),
                export=None if request.export is None else dict(request.export),
            )
        )

    async def request(self, request_id: str) -> PrivacyRequest | None:
        """Return one request."""
        query = select(privacy_requests).where(privacy_requests.c.request_id == request_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _request(row)

    async def open_requests(self, *, limit: int) -> list[PrivacyRequest]:
        """List what the gateway still has to do, the oldest first."""
        query = (
            select(privacy_requests)
            .where(privacy_requests.c.state == PrivacyState.GATEWAY.value)
            .order_by(privacy_requests.c.requested_at, privacy_requests.c.request_id)
            .limit(limit)
        )
        return [_request(row) for row in await self._connection.execute(query)]

    async def finish(self, request_id: str, *, at: datetime, export: Mapping[str, Any] | None) -> bool:
        """Mark a request as done, without its identifiers."""
        values: dict[str, Any] = {"state": PrivacyState.DONE.value, "done_at": at, "customer_ids": []}
        if export is not None:
            values["export"] = dict(export)
        waiting = privacy_requests.c.state == PrivacyState.GATEWAY.value
        found = await self._connection.execute(
            update(privacy_requests).where(privacy_requests.c.request_id == request_id, waiting).values(**values)
        )
        return bool(found.rowcount)

    async def delete_exports(self, *, requested_before: datetime) -> int:
        """Delete old exports."""
        old = (privacy_requests.c.requested_at < requested_before, privacy_requests.c.export.is_not(None))
        found = await self._connection.execute(update(privacy_requests).where(*old).values(export=None))
        return found.rowcount

    async def _merged(self, customer_id: str) -> list[str]:
        """The customer and all who were merged into them."""
        query = select(customers.c.customer_id).where(customers.c.merged_into == customer_id)
        return [customer_id, *sorted((await self._connection.execute(query)).scalars())]

    async def _rows(self, customer_ids: Collection[str]) -> list[Row[Any]]:
        query = select(customers).where(customers.c.customer_id.in_(customer_ids))
        return list((await self._connection.execute(query)).all())

    async def _take_customer_off_orders(
        self, gone: tuple[str, ...], new_id: Callable[[], str], counts: dict[str, int]
    ) -> None:
        """Give each order a customer of its own whom nobody can find: together they would be a history."""
        query = select(orders.c.order_id, orders.c.placed_at).where(any_of(orders.c.customer_id, gone))
        rows = (await self._connection.execute(query)).all()
        counts["orders"] = len(rows)
        for row in rows:
            customer_id = new_id()
            await self._add_nobody(customer_id, row.placed_at)
            await self._connection.execute(
                update(orders)
                .where(orders.c.order_id == row.order_id)
                .values(customer_id=customer_id, redacted=True, email_hash="", postcode_hash="")
            )
            of_it = change_requests.c.order_id == row.order_id
            await self._connection.execute(
                # An address that nobody knows any more cannot be sent.
                update(change_requests)
                .where(
                    of_it,
                    or_(change_requests.c.details != "", change_requests.c.payment != ""),
                    change_requests.c.sent_at.is_(None),
                )
                .values(state=ChangeState.FAILED.value, next_try_at=None)
            )
            await self._connection.execute(
                update(change_requests)
                .where(of_it)
                .values(
                    customer_id="",
                    conversation_id="",
                    reason="",
                    details="",
                    payment="",
                    shop_reason="",
                    last_error="",
                )
            )

    async def _add_nobody(self, customer_id: str, at: datetime) -> None:
        await self._connection.execute(
            insert(customers).values(customer_id=customer_id, demographics={}, created_at=at, segments=[], guest=True)
        )

    async def _rename(self, table: Table, gone: tuple[str, ...], random_id: str, counts: dict[str, int]) -> None:
        """Put the random id in place of the customer's; a second row of what is unique gets none."""
        old = any_of(table.c.customer_id, gone)
        if table in UNIQUE:
            seen: set[str] = set()
            key = next(iter(table.primary_key.columns))
            for row in await self._connection.execute(
                select(key.label("row_key"), UNIQUE[table].label("value")).where(old)
            ):
                chosen = None if row.value in seen else random_id
                seen.add(row.value)
                await self._connection.execute(update(table).where(key == row.row_key).values(customer_id=chosen))
                counts[table.name] = counts.get(table.name, 0) + 1
            return
        await self._update(table, old, {"customer_id": random_id}, counts)

    async def _move_subjects(self, gone: tuple[str, ...], into: str, counts: dict[str, int]) -> None:
        old = tuple(map(subject_of, gone))
        for table in SUBJECTS:
            moving = any_of(table.c.subject, old)
            if table is promotion_refusals:
                rows = (await self._connection.execute(select(table).where(moving))).all()
                await self._delete(table, moving, counts)
                if rows:
                    statement = insert_for(self._connection, table).on_conflict_do_nothing()
                    first = min(row.refused_at for row in rows)
                    await self._connection.execute(statement.values(subject=subject_of(into), refused_at=first))
            else:
                await self._update(table, moving, {"subject": subject_of(into)}, counts)

    async def _delete_replies(self, names: tuple[str, ...], counts: dict[str, int]) -> None:
        """Kept replies to repeated requests may name the customer; they would end within a day anyway."""
        named = or_(*(reply_records.c.reply.contains(name, autoescape=True) for name in names))
        await self._delete(reply_records, named, counts)

    async def _blank_requests(self, names: tuple[str, ...], at: datetime) -> None:
        """Earlier requests about the same person: their exports and identifiers go, and nothing of them waits."""
        table = privacy_requests
        query = select(table).where(or_(table.c.export.is_not(None), table.c.state == PrivacyState.GATEWAY.value))
        for row in (await self._connection.execute(query)).all():
            text = json.dumps([row.export, row.customer_ids])
            if row.kind == PrivacyKind.EXPORT.value and any(name in text for name in names):
                await self._connection.execute(
                    update(table)
                    .where(table.c.request_id == row.request_id)
                    .values(export=None, customer_ids=[], state=PrivacyState.DONE.value, done_at=row.done_at or at)
                )

    async def _update(self, table: Table, chosen: Any, values: Mapping[str, Any], counts: dict[str, int]) -> None:
        found = await self._connection.execute(update(table).where(chosen).values(**values))
        counts[table.name] = counts.get(table.name, 0) + found.rowcount

    async def _delete(self, table: Table, chosen: Any, counts: dict[str, int]) -> None:
        found = await self._connection.execute(delete(table).where(chosen))
        counts[table.name] = counts.get(table.name, 0) + found.rowcount


def _request(row: Row[Any]) -> PrivacyRequest:
    return PrivacyRequest(
        request_id=row.request_id,
        kind=PrivacyKind(row.kind),
        requested_by=row.requested_by,
        customer_ids=tuple(row.customer_ids),
        requested_at=row.requested_at,
        state=PrivacyState(row.state),
        done_at=row.done_at,
        counts=row.counts,
        export=row.export,
    )
