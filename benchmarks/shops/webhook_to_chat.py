"""How long after a shop's webhook the chat answers with the order: the whole bot, an empty database, signed webhooks.

    python -m benchmarks webhook --orders 20

Of each order: seconds until the webhook is answered, until the engine shows the order, and until the chat's answer to
"where is order NUMBER" stands there, the bot's own time in it. Prints the median and the slowest, and writes
var/bench/webhook.json. The first order is said by itself: the bot learns from it what numbers look like. Needs the
language model of `make train-language SHOP=larder`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from rich.table import Table

from tests.support.own_shop import CUSTOMER, ORDER, claim, connect_berlin, own_stack, promobot, send
from tests.support.waiting import PATIENCE_S
from tools.bench_figures import wide_console, write_json
from tools.stack import Stack, running
from tools.testbed.chat_client import Shopper

GOAL_S = 2.0
STEPS = ("answered", "known", "in the chat")


async def measure(stack: Stack, *, orders: int) -> list[tuple[float, ...]]:
    """Seconds of each step, an order after the other."""
    found = []
    async with aiohttp.ClientSession() as http:
        assert await send(http, stack, "customers/create", CUSTOMER) == 200
        token = claim(stack, str(CUSTOMER["id"]))
        async with await Shopper.enter(http, stack.url("gateway"), token=token) as shopper:
            for number in range(1001, 1001 + orders):
                order = ORDER | {"id": ORDER["id"] + number, "name": f"#{number}", "order_number": number}
                found.append(await _one(http, stack, shopper, order))
    return found


async def _one(http: aiohttp.ClientSession, stack: Stack, shopper: Shopper, order: dict[str, Any]) -> tuple[float, ...]:
    began = time.perf_counter()
    assert await send(http, stack, "orders/create", order) == 200
    answered = time.perf_counter() - began
    lookup = {"number": order["name"], "conversation_id": "bench", "customer_id": str(CUSTOMER["id"])}
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with http.post(f"{stack.url('engine')}/v1/order-lookups", json=lookup) as reply:
                if reply.status == 200:
                    break
        known = time.perf_counter() - began
        while True:
            turn = await shopper.say(f"where is order {order['name']}")
            if any(f"Order {order['name']} is paid" in (message["text"] or "") for message in turn.replies):
                return answered, known, time.perf_counter() - began


def main() -> int:
    """Start, measure, print, write; 1 if the median misses the goal."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks webhook", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="promobot-webhook-") as name:
        stack = own_stack(Path(name))
        promobot(stack, "migrate")
        promobot(stack, "train")
        connect_berlin(stack, Path(name))
        with running(stack):
            first, *others = asyncio.run(measure(stack, orders=max(options.orders, 2)))
    table = Table("seconds after the webhook was sent", "first order", "median", "slowest")
    figures: dict[str, Any] = {"orders": len(others) + 1, "goal_s": GOAL_S}
    for position, step in enumerate(STEPS):
        seconds = sorted(times[position] for times in others)
        figures[step] = {"first": first[position], "median": median(seconds), "slowest": seconds[-1]}
        table.add_row(step, *(f"{value:.2f}" for value in figures[step].values()))
    wide_console().print(table)
    write_json("webhook", figures)
    return 0 if figures["in the chat"]["median"] <= GOAL_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
