"""Takes webhooks in: verified over their raw body, stored once, answered before anything is done with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from common.errors import Unauthorized
from promo_engine.domain.connections.webhook_deliveries import DeliveryState, WebhookCounts, WebhookDelivery
from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.ports.connections.shop_adapter import ShopConnections, SignatureError
from promo_engine.ports.unit_of_work import Storage

MOST_LISTED = 100


class WebhookInbox:
    """Accepts deliveries, and shows those that were given up."""

    def __init__(
        self,
        storage: Storage,
        *,
        shops: ShopConnections,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._shops = shops
        self._clock = clock
        self._wake = wake

    async def accept(self, source_id: str, *, headers: Mapping[str, str], body: bytes) -> bool:
        """Store a delivery; False if it came before. Raises Unauthorized `bad_signature`, for unknown sources too."""
        now = self._clock()
        async with self._storage.read() as unit:
            source = await unit.sources.get(source_id)
        if source is None:
            # The same answer as for a wrong signature: nobody learns which sources there are.
            raise Unauthorized("bad_signature", "The webhook is not signed by a source that is known here.")
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            received = self._shops.adapters[source.kind].check(
                lower, body, source, self._shops.secrets.of(source_id), now=now
            )
        except SignatureError as error:
            raise Unauthorized("bad_signature", str(error)) from error
        async with self._storage.write() as unit:
            new = await unit.webhooks.add(
                WebhookDelivery(
                    number=0,
                    source_id=source_id,
                    delivery_id=received.delivery_id,
                    topic=received.topic,
                    body=body,
                    received_at=now,
                )
            )
        if new:
            self._wake()
        return new

    async def dead(self) -> list[WebhookDelivery]:
        """List deliveries that were given up, the newest first."""
        async with self._storage.read() as unit:
            return await unit.webhooks.dead(limit=MOST_LISTED)

    async def dead_delivery(self, number: int) -> WebhookDelivery:
        """Return a delivery that was given up, with its body. Raises NotFound `unknown_delivery`."""
        async with self._storage.read() as unit:
            delivery = await unit.webhooks.get(number)
        if delivery is None or delivery.state is not DeliveryState.DEAD:
            raise NotFound("unknown_delivery", f"There is no dead delivery {number}.", field="number")
        return delivery

    async def retry_all(self) -> int:
        """Let every dead delivery wait again whose body is still there; return how many."""
        async with self._storage.write() as unit:
            revived = await unit.webhooks.retry_all(at=self._clock())
        self._wake()
        return revived

    async def retry(self, number: int) -> None:
        """Let a dead delivery wait again. Raises NotFound `unknown_delivery`, Conflict `not_dead`."""
        async with self._storage.write() as unit:
            if not await unit.webhooks.retry(number, at=self._clock()):
                known = any(delivery.number == number for delivery in await unit.webhooks.dead(limit=MOST_LISTED))
                if known:
                    raise Conflict("body_deleted", "Its body is deleted; the nightly pull brings what it said.")
                raise NotFound("unknown_delivery", f"There is no dead delivery {number}.", field="number")
        self._wake()

    async def counts(self) -> WebhookCounts:
        """Count what waits and what was given up."""
        async with self._storage.read() as unit:
            return await unit.webhooks.counts()
