"""The log of customer events."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.customers.customer_events import CustomerEvent
from promo_engine.storage.tables import customer_events


class SqlEvents:
    """`ports.unit_of_work.Events` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def existing(self, event_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are stored."""
        query = select(customer_events.c.event_id).where(customer_events.c.event_id.in_(event_ids))
        return set((await self._connection.execute(query)).scalars())

    async def add_new(self, events: Sequence[CustomerEvent]) -> set[str]:
        """Store the events that are not stored yet; return their ids."""
        statement = (
            insert_for(self._connection, customer_events)
            .values(
                [
                    {
                        "event_id": event.event_id,
                        "customer_id": event.customer_id,
                        "kind": event.kind,
                        "occurred_at": event.occurred_at,
                        "body": dict(event.body),
                    }
                    for event in events
                ]
            )
            .on_conflict_do_nothing()
            .returning(customer_events.c.event_id)
        )
        return set((await self._connection.execute(statement)).scalars())
