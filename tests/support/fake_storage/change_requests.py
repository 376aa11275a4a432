"""Sources and the changes that are asked of them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState
from promo_engine.domain.customers.demo_delivery import DEMO_SOURCE
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from tests.support.fake_storage.rows import ConstraintError, Rows


class FakeConnectedShops:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, source_id: str) -> ConnectedShop | None:
        return self._rows.sources.get(source_id)

    async def all(self) -> list[ConnectedShop]:
        return [shop for _, shop in sorted(self._rows.sources.items())]

    async def add_demo(self, source_id: str) -> None:
        self._rows.sources.setdefault(source_id, ConnectedShop(source_id, DEMO_SOURCE))


class FakeChangeRequests:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, request: ChangeRequest) -> None:
        if request.change_request_id in self._rows.change_requests or request.order_id not in self._rows.orders:
            raise ConstraintError(f"change request {request.change_request_id} cannot be stored")
        self._rows.change_requests[request.change_request_id] = request

    async def save(self, request: ChangeRequest) -> None:
        if request.change_request_id in self._rows.change_requests:
            self._rows.change_requests[request.change_request_id] = request

    async def get(self, change_request_id: str, *, lock: bool = False) -> ChangeRequest | None:
        return self._rows.change_requests.get(change_request_id)

    async def of_order(self, order_id: str) -> list[ChangeRequest]:
        return [request for request in self._newest() if request.order_id == order_id]

    async def due(self, *, at: datetime, limit: int) -> list[str]:
        due = [
            (request.next_try_at, request.change_request_id)
            for request in self._rows.change_requests.values()
            if request.next_try_at is not None and request.next_try_at <= at
        ]
        return [change_request_id for _, change_request_id in sorted(due)][:limit]

    async def unanswered(self, *, after: str, limit: int) -> list[ChangeRequest]:
        found = [request for request in reversed(self._newest()) if request.is_open]
        return [request for request in found if request.change_request_id > after][:limit]

    async def page(
        self,
        *,
        states: Sequence[ChangeState],
        before: str,
        limit: int,
        kinds: Sequence[ChangeKind] = tuple(ChangeKind),
        order_ids: Collection[str] | None = None,
    ) -> list[ChangeRequest]:
        found = [request for request in self._newest() if request.state in states and request.kind in kinds]
        found = [request for request in found if order_ids is None or request.order_id in order_ids]
        return [request for request in found if not before or request.change_request_id < before][:limit]

    async def counts(self) -> dict[tuple[ChangeKind, ChangeState], int]:
        return dict(Counter((request.kind, request.state) for request in self._rows.change_requests.values()))

    def _newest(self) -> list[ChangeRequest]:
        return [request for _, request in sorted(self._rows.change_requests.items(), reverse=True)]
