"""The whole bot for a shop of tasks: an empty database, the shop written into it, a stand-in for its shop system."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.own_shop import own_stack, promobot
from tools.service_tasks.retail_shop import RetailShopError, RetailTask, read_retail_shop
from tools.service_tasks.standin_retail import StandInRetail
from tools.service_tasks.task_player import Run, chosen_tasks, console, import_shop, play_all
from tools.stack import Stack, running

FACTS = """
name: Retail
currency: USD
customers_found_by: [email, name_and_postcode]
cancellation: {until: packing, reasons: [no longer needed, ordered by mistake]}
returns: {refund_ways: [the way it was paid, a gift card]}
"""


def play_shop(folder: Path, *, only: str, limit: int | None, seeds: Sequence[int], log: Path) -> dict[str, Any]:
    """Import the shop, start the bot, play, stop. Raises RetailShopError and StackError."""
    shop = read_retail_shop(folder)
    tasks = chosen_tasks(shop, only=only, limit=limit, seed=seeds[0])
    if not tasks:
        raise RetailShopError(f"no task is called {only}")
    with tempfile.TemporaryDirectory(prefix="promobot-tasks-") as name:
        stack = own_stack(Path(name))
        (Path(name) / "shop.yml").write_text(FACTS)
        stack.extra_environment["PROMOBOT_SHOP_REQUESTS_PER_MINUTE"] = "100000"
        system = StandInRetail(shop)
        promobot(stack, "migrate")
        promobot(stack, "train")
        source = ("retail", "--kind", "generic", "--write-back", "webhook", "--webhook-url", f"{system.url}/changes")
        token = promobot(stack, "shop", "source", "add", *source).splitlines()[2].strip()
        with running(stack, console):
            run = asyncio.run(_import_and_play(stack, system, tasks, seeds, token=token, log=log, whole=bool(only)))
    return run.figures()


async def _import_and_play(
    stack: Stack,
    system: StandInRetail,
    tasks: Sequence[RetailTask],
    seeds: Sequence[int],
    *,
    token: str,
    log: Path,
    whole: bool,
) -> Run:
    async with system.serving():
        async with aiohttp.ClientSession() as http:
            await import_shop(http, stack, system.shop, token)
        return await play_all(stack, system, tasks, seeds, whole=whole, log=log)
