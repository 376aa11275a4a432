"""Plays tasks against a running stack whose shop was imported, and sums up how they ended."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from rich.console import Console
from rich.progress import Progress

from tools.service_tasks.outcomes import Outcome, judge
from tools.service_tasks.retail_shop import (
    RetailShop,
    RetailShopError,
    RetailTask,
    catalogue_of,
    customer_of,
    order_of,
)
from tools.service_tasks.scripted_shopper import ScriptedShopper
from tools.service_tasks.standin_retail import StandInRetail
from tools.stack import Stack
from tools.testbed.chat_client import ChatError, Shopper

AT_ONCE = 2
PRODUCTS_AT_ONCE = 25
console = Console(soft_wrap=True)


@dataclass
class Run:
    """All that was played."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    """By task, one a time."""
    foreign: int = 0
    """Requests for another customer's order."""

    def add(self, task: RetailTask, outcome: Outcome) -> None:
        """Keep one."""
        self.outcomes.setdefault(task.task_id, []).append(outcome)

    def figures(self) -> dict[str, Any]:
        """As they are written down."""
        every = [outcome for played in self.outcomes.values() for outcome in played]
        kinds: dict[str, Counter[str]] = {}
        for outcome in every:
            for kind in outcome.kinds:
                kinds.setdefault(kind, Counter()).update({"tasks": 1, "right": int(outcome.right)})
        times = max((len(played) for played in self.outcomes.values()), default=0)
        return {
            "tasks": len(self.outcomes),
            "played": len(every),
            "right": sum(outcome.right for outcome in every),
            "times": times,
            "right_every_time": sum(all(outcome.right for outcome in played) for played in self.outcomes.values()),
            "unconfirmed": sum(outcome.unconfirmed for outcome in every),
            "foreign": self.foreign,
            "turns_per_task": round(sum(outcome.turns for outcome in every) / max(len(every), 1), 1),
            "kinds": {kind: dict(counts) for kind, counts in sorted(kinds.items())},
            "wrong": sorted({name for name, played in self.outcomes.items() if not all(run.right for run in played)}),
        }


async def import_shop(http: aiohttp.ClientSession, stack: Stack, shop: RetailShop, token: str) -> None:
    """Write products, customers and orders as a shop's own system does."""
    products = catalogue_of(shop)
    url, headers = f"{stack.url('gateway')}/shop/v1", {"Authorization": f"Bearer {token}"}
    with Progress(console=console) as progress:
        rows = progress.add_task("importing", total=len(products) + len(shop.users) + len(shop.orders))

        async def write(method: str, path: str, body: Any, count: int = 1) -> None:
            async with http.request(method, f"{url}/{path}", json=body, headers=headers) as reply:
                if reply.status != 200:
                    raise RetailShopError(f"{method} {path}: {reply.status} {await reply.text()}")
                results = (await reply.json()).get("results", [])
            if any(result["result"] == "refused" for result in results):
                raise RetailShopError(f"{method} {path}: {results}")
            progress.advance(rows, count)

        for start in range(0, len(products), PRODUCTS_AT_ONCE):
            part = products[start : start + PRODUCTS_AT_ONCE]
            await write("POST", "catalogue", {"products": part}, len(part))
        for user_id, user in shop.users.items():
            await write("PUT", f"customers/{quote(user_id)}", customer_of(user))
        for order in shop.orders.values():
            await write("PUT", f"orders/{quote(order['order_id'].lstrip('#'))}", order_of(order))


def chosen_tasks(shop: RetailShop, *, only: str, limit: int | None, seed: int) -> list[RetailTask]:
    """All, one, or a sample."""
    tasks = [task for task in shop.tasks if task.task_id.startswith(only)] if only else list(shop.tasks)
    if limit is not None and limit < len(tasks):
        tasks = sorted(random.Random(seed).sample(tasks, limit), key=lambda task: task.task_id)
    return tasks


async def play_all(
    stack: Stack, system: StandInRetail, tasks: Sequence[RetailTask], seeds: Sequence[int], *, whole: bool, log: Path
) -> Run:
    """Play each task once for each seed; one customer's tasks never at the same time."""
    run, at_once = Run(), asyncio.Semaphore(AT_ONCE)
    locks = {task.user_id: asyncio.Lock() for task in tasks}
    timeout = aiohttp.ClientTimeout(total=None, connect=30)
    with log.open("w") as transcript, Progress(console=console) as progress:
        bar = progress.add_task("tasks", total=len(tasks) * len(seeds))

        async def play_one(http: aiohttp.ClientSession, task: RetailTask, seed: int) -> None:
            async with locks[task.user_id], at_once:
                outcome, lines = await _play(http, stack, system, task, seed)
            run.add(task, outcome)
            text = "\n".join([f"{'ok' if outcome.right else 'FAIL'} {task.task_id} seed {seed}", *lines])
            transcript.write(f"{text}\n\n")
            if whole or outcome.unconfirmed:
                console.print(text, markup=False, highlight=False)
            progress.advance(bar)

        async with aiohttp.ClientSession(timeout=timeout) as http:
            await asyncio.gather(*(play_one(http, task, seed) for seed in seeds for task in tasks))
    run.foreign = system.foreign
    return run


async def _play(
    http: aiohttp.ClientSession, stack: Stack, system: StandInRetail, task: RetailTask, seed: int
) -> tuple[Outcome, list[str]]:
    forget_changes(stack, system, task.user_id)
    shopper = ScriptedShopper(system.shop, task, seed)
    system.talking.add(task.user_id)
    try:
        async with await Shopper.enter(http, stack.url("gateway")) as chat:
            played = await shopper.play(chat)
    except (ChatError, TimeoutError, aiohttp.ClientError) as error:
        return Outcome.broken(task), [f"!! {error or 'no answer in time'}"]
    finally:
        system.talking.discard(task.user_id)
    outcome = judge(played, system.of_customer(task.user_id))
    return outcome, [*played.lines, *(f"!! {fault}" for fault in outcome.faults)]


def forget_changes(stack: Stack, system: StandInRetail, user_id: str) -> None:
    """Put a customer's orders back to what the files say, at the shop and in the engine."""
    system.reset(user_id)
    with closing(sqlite3.connect(stack.files / "engine.db", timeout=30)) as database, database:
        database.execute("DELETE FROM change_requests WHERE customer_id = ?", (user_id,))
