"""A storm of webhooks against a running gateway and engine: none is lost, and each is answered in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from tests.support.connected_shops import ConnectedShops


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


def quantile(seconds: Sequence[float], share: float) -> float:
    """The time within which that share was answered."""
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]
