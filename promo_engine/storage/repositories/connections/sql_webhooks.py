"""The queue of webhook deliveries in SQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.connections.webhook_deliveries import DeliveryState, WebhookCounts, WebhookDelivery
from promo_engine.storage.tables import webhook_deliveries as table

_MOST_ERROR = 500
"""Characters of an error that are kept."""


class SqlWebhooks:
    """`ports.connections.webhook_repository.WebhookRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, delivery: WebhookDelivery) -> bool:
        """Store a new delivery; False if the source sent it before."""
        statement = (
            insert_for(self._connection, table)
            .values(
                source_id=delivery.source_id,
                delivery_id=delivery.delivery_id,
                topic=delivery.topic,
                body=delivery.body,
                received_at=delivery.received_at,
                state=delivery.state.value,
                tries=delivery.tries,
                next_try_at=delivery.received_at,
            )
            .on_conflict_do_nothing()
            .returning(table.c.number)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def is_due(self, *, now: datetime) -> bool:
        """Say whether any delivery is to be tried."""
        query = select(table.c.number).where(table.c.state == DeliveryState.WAITING.value, table.c.next_try_at <= now)
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def due(self, *, now: datetime, limit: int) -> list[WebhookDelivery]:
        """List deliveries that are to be tried, the oldest first."""
        query = (
            select(table)
            .where(table.c.state == DeliveryState.WAITING.value, table.c.next_try_at <= now)
            .order_by(table.c.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_delivery(row) for row in await self._connection.execute(query)]

    async def settle(self, delivery: WebhookDelivery, *, next_try_at: datetime) -> None:
        """Record state, tries and error of a delivery."""
        values: dict[str, Any] = {
            "state": delivery.state.value,
            "tries": delivery.tries,
            "last_error": delivery.last_error[:_MOST_ERROR],
            "next_try_at": next_try_at,
        }
        if delivery.body is None:
            values["body"] = None
        await self._connection.execute(update(table).where(table.c.number == delivery.number).values(**values))

    async def dead(self, *, limit: int) -> list[WebhookDelivery]:
        """List deliveries that were given up, the newest first."""
        query = select(table).where(table.c.state == DeliveryState.DEAD.value).order_by(table.c.number.desc())
        return [_delivery(row) for row in await self._connection.execute(query.limit(limit))]

    async def get(self, number: int) -> WebhookDelivery | None:
        """Return one delivery."""
        row = (await self._connection.execute(select(table).where(table.c.number == number))).first()
        return None if row is None else _delivery(row)

    async def retry_all(self, *, at: datetime) -> int:
        """Let every dead delivery wait again whose body is still there."""
        return (await self._connection.execute(_revive(at))).rowcount

    async def retry(self, number: int, *, at: datetime) -> bool:
        """Let a dead delivery wait again, with all its tries."""
        return bool((await self._connection.execute(_revive(at).where(table.c.number == number))).rowcount)

    async def with_bodies(self, *, source_id: str | None, after: int, limit: int) -> list[WebhookDelivery]:
        """List deliveries whose body is still there, by number."""
        query = select(table).where(table.c.body.is_not(None), table.c.number > after).order_by(table.c.number)
        if source_id is not None:
            query = query.where(table.c.source_id == source_id)
        return [_delivery(row) for row in await self._connection.execute(query.limit(limit))]

    async def delete_bodies(self, numbers: Collection[int]) -> None:
        """Delete the bodies of these; what still waits counts as done."""
        chosen = table.c.number.in_(sorted(numbers))
        await self._connection.execute(update(table).where(chosen).values(body=None))
        waiting = table.c.state == DeliveryState.WAITING.value
        await self._connection.execute(
            update(table)
            .where(chosen, waiting)
            .values(state=DeliveryState.DONE.value, last_error="the customer was forgotten first")
        )

    async def delete_old(self, *, received_before: datetime, keep: int) -> int:
        """Delete old bodies, and old rows that are done."""
        old = select(table.c.number, table.c.state).where(table.c.received_at < received_before)
        rows = (
            await self._connection.execute(
                old.where((table.c.state == DeliveryState.DONE.value) | table.c.body.is_not(None)).limit(keep)
            )
        ).all()
        done = [row.number for row in rows if row.state == DeliveryState.DONE.value]
        others = [row.number for row in rows if row.state != DeliveryState.DONE.value]
        await self._connection.execute(delete(table).where(table.c.number.in_(done)))
        await self._connection.execute(
            update(table)
            .where(table.c.number.in_(others))
            .values(body=None, state=DeliveryState.DEAD.value, last_error="not worked off in seven days")
        )
        return len(rows)

    async def counts(self) -> WebhookCounts:
        """Count what waits and what is dead."""
        query = select(table.c.state, func.count(), func.min(table.c.received_at)).group_by(table.c.state)
        unfinished = table.c.state.in_([DeliveryState.WAITING.value, DeliveryState.DEAD.value])
        found = {
            state: (count, oldest) for state, count, oldest in await self._connection.execute(query.where(unfinished))
        }
        waiting, oldest = found.get(DeliveryState.WAITING.value, (0, None))
        return WebhookCounts(waiting, found.get(DeliveryState.DEAD.value, (0, None))[0], oldest)


def _revive(at: datetime) -> Update:
    dead = update(table).where(table.c.state == DeliveryState.DEAD.value, table.c.body.is_not(None))
    return dead.values(state=DeliveryState.WAITING.value, tries=0, next_try_at=at)


def _delivery(row: Row[Any]) -> WebhookDelivery:
    return WebhookDelivery(
        number=row.number,
        source_id=row.source_id,
        delivery_id=row.delivery_id,
        topic=row.topic,
        body=row.body,
        received_at=row.received_at,
        state=DeliveryState(row.state),
        tries=row.tries,
        last_error=row.last_error,
    )
