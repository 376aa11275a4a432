"""A storm of webhooks against a running gateway and engine: none is lost, and each is answered in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from promo_engine.domain.connections.shop_sources import SourceKind
from tests.soak.races import Result
from tests.support.connected_shops import DOMAIN, ConnectedShops


async def storm(shops: ConnectedShops, bodies: Sequence[Any], *, at_once: int) -> list[float]:
    """Send each body as an order, so many at once; the seconds that each answer took. Raises AssertionError for one
    that is not 200."""
    seconds: list[float] = []
    waiting = iter(bodies)

    async def send() -> None:
        for body in waiting:
            started = time.perf_counter()
            answer = await shops.shopify("orders/create", body, delivery=f"storm-{body['id']}")
            seconds.append(time.perf_counter() - started)
            assert answer.status == 200, answer

    await asyncio.gather(*(send() for _ in range(at_once)))
    return seconds


async def storm_and_count(shops: ConnectedShops, *, count: int) -> Result:
    """Storm with so many orders, and a tenth of them once more; work them off, and count what is there."""
    result = Result()
    await shops.connect("berlin", SourceKind.SHOPIFY, shop_domain=DOMAIN)
    bodies = [order_body(number) for number in range(1, count + 1)]
    seconds = await storm(shops, [*bodies, *bodies[::10]], at_once=20)
    await shops.work()
    stored = {row["number"] for row in await shops.rows("orders")}
    states = {row["state"] for row in await shops.rows("webhook_deliveries")}
    result.count("webhooks_answered", len(seconds))
    result.count("orders_by_webhook", len(stored))
    lost = sorted({body["name"] for body in bodies} - stored)
    result.expect(holds=not lost, otherwise=f"webhooks were answered and lost: {lost[:5]}")
    result.expect(holds=states <= {"done"}, otherwise=f"webhooks were left in the states {sorted(states)}")
    return result


def order_body(number: int) -> dict[str, Any]:
    """An order as Shopify sends it, of one of fifty customers."""
    return {
        "id": number,
        "name": f"#{number}",
        "email": f"c{number % 50}@example.com",
        "created_at": "2026-11-10T11:00:00-05:00",
        "updated_at": "2026-11-10T11:00:00-05:00",
        "currency": "USD",
        "total_price": "20.00",
        "financial_status": "paid",
        "line_items": [{"id": 1, "name": "Mug", "quantity": 1, "price": "20.00", "sku": "MUG"}],
    }


def quantile(seconds: Sequence[float], share: float) -> float:
    """The time within which that share was answered."""
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]
