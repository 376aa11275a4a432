"""Many webhooks at once, and a process that dies while it works them off: nothing that was answered is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.api.http.keys import WEBHOOK_WORKER
from promo_engine.domain.connections.webhook_deliveries import WebhookDelivery
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.integration.connections.test_shopify_webhooks_arrive import ORDER
from tests.soak.webhook_storm import storm
from tests.support.connected_shops import ConnectedShops
from tests.support.fakes import Clock
from tests.support.waiting import let_others_go_on

MANY = int(os.environ.get("PROMOBOT_STORM", "200"))
"""`PROMOBOT_STORM=5000` is the long form."""


def bodies(count: int) -> list[dict[str, Any]]:
    return [
        ORDER | {"id": number, "name": f"#{number}", "email": f"c{number % 50}@example.com"}
        for number in range(1, count + 1)
    ]


async def test_a_storm_is_answered_and_none_of_it_is_lost(shops: ConnectedShops) -> None:
    seconds = await storm(shops, bodies(MANY), at_once=20)
    assert len(seconds) == MANY
    assert len(await shops.rows("webhook_deliveries")) == MANY
    await shops.work()
    assert len(await shops.rows("orders")) == MANY
    assert {row["state"] for row in await shops.rows("webhook_deliveries")} == {"done"}


WORKER = """
import asyncio, sys
from pathlib import Path
from tests.support.connected_shops import worker_of

async def main():
    worker = worker_of(sys.argv[1], Path(sys.argv[2]))
    print("working", flush=True)
    while True:
        await worker.work()

asyncio.run(main())
"""


async def test_kill_minus_nine_while_the_queue_is_worked_off_loses_nothing(
    shops: ConnectedShops, database: AsyncEngine, database_url: str, clock: Clock, tmp_path: Path
) -> None:
    async with SqlStorage(database).write() as unit:
        for body in bodies(60):
            content = json.dumps(body).encode()
            sent = WebhookDelivery(0, "berlin", f"d-{body['id']}", "orders/create", content, clock())
            assert await unit.webhooks.add(sent)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, database_url, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"working\n"
    while not await shops.rows("orders"):
        await let_others_go_on()
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    clock.advance(shops.lease)
    while await shops.rows("webhook_deliveries", state="waiting"):
        await shops.engine[WEBHOOK_WORKER].work()
        clock.advance(shops.lease)
    assert len(await shops.rows("orders")) == 60
    assert {row["state"] for row in await shops.rows("webhook_deliveries")} == {"done"}
