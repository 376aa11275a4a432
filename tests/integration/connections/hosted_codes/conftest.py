"""An engine and gateway whose codes are made at a hosted shop, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.services import outbox
from promo_engine.services.checkout import hosted_code_service
from tests.support.connected_shops import DOMAIN, connected_shops
from tests.support.fakes import Clock
from tests.support.hosted_chat import ENDS, STARTS, Chat
from tests.support.hosted_checkout import HostedShop


@pytest.fixture
async def hosted_shop() -> AsyncIterator[HostedShop]:
    shop = HostedShop()
    await shop.server.start_server()
    yield shop
    shop.wake()
    await shop.server.close()


@pytest.fixture
def served(
    database_url: str, database: AsyncEngine, tmp_path: Path, clock: Clock
) -> tuple[str, AsyncEngine, Path, Clock]:
    """What engine and gateway are started on."""
    return database_url, database, tmp_path, clock


@pytest.fixture
async def chat(
    served: tuple[str, AsyncEngine, Path, Clock], hosted_shop: HostedShop, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Chat]:
    """A running engine and gateway; codes are made at the Shopify source `berlin`.

    A test waits for the shop as long as it takes, unless it says otherwise; `send_due` alone works the queue off.
    """
    monkeypatch.setattr(hosted_code_service, "WAIT_S", 60.0)
    monkeypatch.setattr(outbox, "LOOK_EVERY_S", 3600.0)
    async with connected_shops(*served) as running:
        await running.connect(
            "berlin",
            SourceKind.SHOPIFY,
            shop_domain=DOMAIN,
            base_url=hosted_shop.url,
            access_token="shh",
            hosted_codes=True,
        )
        promotion = {"promotion_id": "winter", "name": "Winter", "starts_at": STARTS, "ends_at": ENDS}
        assert (await running.ask("POST", "/v1/promotions", promotion)).status == 200
        moved = await running.ask(
            "POST", "/v1/promotions/winter/transitions", {"transition": "schedule"}, If_Match='"1"'
        )
        assert moved.status == 200, moved.body
        yield Chat(running, hosted_shop)


@pytest.fixture
async def woo(chat: Chat) -> Chat:
    """The same engine; codes are made at the WooCommerce source `blog`."""
    await chat.sources.change("berlin", hosted_codes=False)
    await chat.shops.connect(
        "blog", SourceKind.WOOCOMMERCE, access_token="ck:cs", base_url=chat.shop.url, hosted_codes=True
    )
    return chat
