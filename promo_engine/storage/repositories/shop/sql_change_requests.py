"""Changes that customers asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.customers.change_requests import (
    OPEN_STATES,
    ChangeKind,
    ChangeRequest,
    ChangeState,
    RequestedLine,
)
from promo_engine.storage.tables import change_requests

_ID = change_requests.c.change_request_id


class SqlChangeRequests:
    """`ports.shop.change_request_repository.ChangeRequestRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, request: ChangeRequest) -> None:
        """Store a new request."""
        await self._connection.execute(insert(change_requests).values(**_values(request)))

    async def save(self, request: ChangeRequest) -> None:
        """Replace a request."""
        statement = update(change_requests).where(change_requests.c.change_request_id == request.change_request_id)
        await self._connection.execute(statement.values(**_values(request)))

    async def get(self, change_request_id: str, *, lock: bool = False) -> ChangeRequest | None:
        """Return one request."""
        query = select(change_requests).where(change_requests.c.change_request_id == change_request_id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return None if row is None else _request(row)

    async def of_order(self, order_id: str) -> list[ChangeRequest]:
        """List an order's requests, the newest first."""
        query = select(change_requests).where(change_requests.c.order_id == order_id).order_by(_ID.desc())
        return [_request(row) for row in await self._connection.execute(query)]

    async def due(self, *, at: datetime, limit: int) -> list[str]:
        """List requests that are to be sent by now, those that wait longest first."""
        query = select(_ID).where(change_requests.c.next_try_at <= at).order_by(change_requests.c.next_try_at, _ID)
        return list((await self._connection.execute(query.limit(limit))).scalars())

    async def unanswered(self, *, after: str, limit: int) -> list[ChangeRequest]:
        """List open requests by id, those after one of them."""
        query = select(change_requests).where(change_requests.c.state.in_(sorted(OPEN_STATES)), after < _ID)
        return [_request(row) for row in await self._connection.execute(query.order_by(_ID).limit(limit))]

    async def page(
        self,
        *,
        states: Sequence[ChangeState],
        before: str,
        limit: int,
        kinds: Sequence[ChangeKind] = tuple(ChangeKind),
        order_ids: Collection[str] | None = None,
    ) -> list[ChangeRequest]:
        """List requests in these states, the newest first."""
        query = select(change_requests).where(change_requests.c.state.in_(sorted(states)))
        query = query.where(before > _ID) if before else query
        query = query.where(change_requests.c.kind.in_(sorted(kinds))) if len(kinds) < len(ChangeKind) else query
        query = query if order_ids is None else query.where(change_requests.c.order_id.in_(sorted(order_ids)))
        return [_request(row) for row in await self._connection.execute(query.order_by(_ID.desc()).limit(limit))]

    async def counts(self) -> dict[tuple[ChangeKind, ChangeState], int]:
        """Count the requests."""
        columns = (change_requests.c.kind, change_requests.c.state)
        rows = await self._connection.execute(select(*columns, func.count()).group_by(*columns))
        return {(ChangeKind(kind), ChangeState(state)): count for kind, state, count in rows}


def _values(request: ChangeRequest) -> dict[str, Any]:
    return {
        **{name: value for name, value in vars(request).items() if name != "lines"},
        "lines": [asdict(line) for line in request.lines],
    }


def _request(row: Row[Any]) -> ChangeRequest:
    fields = dict(row._mapping)
    return ChangeRequest(
        **fields
        | {
            "kind": ChangeKind(row.kind),
            "state": ChangeState(row.state),
            "lines": tuple(RequestedLine(**line) for line in row.lines),
        }
    )
