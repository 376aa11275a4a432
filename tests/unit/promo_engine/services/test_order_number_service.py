"""The bot is handed what order numbers look like, soon after the first order and seldom from then on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from promo_engine.domain.customers.order_numbers import AUTO, OrderNumberPatterns
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.orders import order_number_service
from promo_engine.services.orders.order_number_service import OrderNumberService
from tests.support.waiting import PATIENCE_S, let_others_go_on

AT = datetime(2026, 11, 22, tzinfo=UTC)


async def test_the_first_order_s_number_is_learned_at_once(new_shop: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_number_service, "LOOK_AGAIN_S", 0.0)
    handed: list[OrderNumberPatterns] = []
    service = OrderNumberService(new_shop, setting=AUTO, hand_out=handed.append)
    running = asyncio.create_task(service.run())
    async with asyncio.timeout(PATIENCE_S):
        while len(handed) < 2:  # it looks again and again while there is none
            await let_others_go_on()
        assert handed[-1].patterns == ()
        order = ShopOrder("1", "#1001", "ada", AT, "EUR", 900, ())
        async with new_shop.write() as unit:
            await unit.shop.store_orders([order], source_id="web", at=AT)
        while not handed[-1].patterns:
            await let_others_go_on()
    assert handed[-1] == OrderNumberPatterns((r"#?\s?\d{4,5}",), "#1001")
    looked = len(handed)
    for _ in range(100):
        await let_others_go_on()
    assert len(handed) == looked, "the next look is a quarter of an hour away"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_number_that_the_shop_set_is_never_looked_for(new_shop: Storage) -> None:
    service = OrderNumberService(new_shop, setting=r"W\d{4}")
    assert (await service.patterns()).patterns == (r"W\d{4}",)
