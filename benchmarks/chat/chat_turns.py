"""Whole turns through the public WebSocket, beside Rasa's own starter bot over its REST channel, in the same run.

    make bench-chat

1, 8 and 32 shoppers at once in fresh conversations, then one conversation of 500 turns. Both bots run side by side and
take turns at each level, so that a noisy machine slows both. Writes var/bench/chat.json.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import numpy as np
import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.chat.starter_bot import starter_bot, wait_until_ready
from tools.bench_figures import no_options, write_json
from tools.once import ROOT
from tools.stack import Stack, running
from tools.testbed.chat_client import Shopper

SHOPPERS = (1, 8, 32)
TURNS_PER_LEVEL = {1: 240, 8: 480, 32: 960}
LONG_CONVERSATION = 500
WINDOW = 25
"""Turns whose median stands for one place in the long conversation."""

OUR_WORDS = (
    "hello",
    "where is my order {order}?",
    "no thanks",
    "how can I pay?",
    "do you have any offers for me?",
    "yes please",
    "how long does delivery take?",
    "thank you, bye",
)
STARTER_WORDS = ("hello", "I am sad", "yes", "are you a bot?", "hey", "I am great", "thanks", "bye")

console = Console(soft_wrap=True)


class Conversation(Protocol):
    """One shopper's conversation with one of the two bots."""

    async def say(self, text: str) -> object:
        """Send a message and return once its answer is complete."""
        ...


Open = Callable[[], Awaitable[Conversation]]


@dataclass
class Level:
    """What one bot did with a number of shoppers at once."""

    shoppers: int
    turn_ms: list[float]
    seconds: float
    cpu_ms_per_turn: dict[str, float]

    @property
    def turns_per_second(self) -> float:
        """Answered turns in the wall clock's time."""
        return len(self.turn_ms) / self.seconds

    def percentile(self, per_cent: float) -> float:
        """Milliseconds within which this share of turns was answered."""
        return float(np.percentile(self.turn_ms, per_cent))


class StarterConversation:
    """The REST channel: one POST a turn."""

    def __init__(self, http: aiohttp.ClientSession, url: str, sender: str) -> None:
        self._http, self._url, self._sender = http, url, sender

    async def say(self, text: str) -> object:
        """Send a message; an empty answer counts as a failure, which Rasa hides behind 200."""
        body = {"sender": self._sender, "message": text}
        async with self._http.post(f"{self._url}/webhooks/rest/webhook", json=body) as reply:
            reply.raise_for_status()
            return await reply.json()


def processor_seconds(processes: dict[str, psutil.Process]) -> dict[str, float]:
    """User and system time so far, children included."""
    seconds = {}
    for name, process in processes.items():
        family = [process, *process.children(recursive=True)]
        seconds[name] = sum(times.user + times.system for times in (member.cpu_times() for member in family))
    return seconds


async def measure(
    open_conversation: Open, words: Sequence[str], *, shoppers: int, turns: int, processes: dict[str, psutil.Process]
) -> Level:
    """`shoppers` at once, each with fresh conversations of len(words) turns, `turns` turns in all."""
    conversations_left = itertools.count(turns // len(words), -1)
    turn_ms: list[float] = []

    async def shopper() -> None:
        while next(conversations_left) > 0:
            conversation = await open_conversation()
            for text in words:
                started = time.perf_counter()
                await conversation.say(text)
                turn_ms.append((time.perf_counter() - started) * 1000)

    before = processor_seconds(processes)
    started = time.perf_counter()
    await asyncio.gather(*(shopper() for _ in range(shoppers)))
    seconds = time.perf_counter() - started
    after = processor_seconds(processes)
    cpu = {name: (after[name] - before[name]) * 1000 / len(turn_ms) for name in processes}
    return Level(shoppers, turn_ms, seconds, cpu)


async def long_conversation(conversation: Conversation, words: Sequence[str], turns: int) -> list[float]:
    """Milliseconds of each turn of one long conversation."""
    turn_ms = []
    for text in itertools.islice(itertools.cycle(words), turns):
        started = time.perf_counter()
        await conversation.say(text)
        turn_ms.append((time.perf_counter() - started) * 1000)
    return turn_ms


async def run(stack: Stack, starter_url: str, starter_pid: int) -> dict[str, float]:
    """All levels on both bots; prints the table and returns the figures."""
    ours = {name: psutil.Process(pid) for name, pid in stack.process_ids().items()}
    stock = {"rasa": psutil.Process(starter_pid)}
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        await wait_until_ready(http, starter_url)
        async with http.get(f"{stack.url('gateway')}/api/demo/customers") as reply:
            customers = (await reply.json())["customers"]
        words = [text.format(order=customers[0]["last_order_number"]) for text in OUR_WORDS]
        households = itertools.cycle(customer["customer_id"] for customer in customers)
        senders = itertools.count()

        async def open_ours() -> Conversation:
            return await Shopper.enter(http, stack.url("gateway"), next(households))

        async def open_stock() -> Conversation:
            return StarterConversation(http, starter_url, f"bench-{next(senders)}")

        await measure(open_ours, words, shoppers=2, turns=32, processes=ours)  # warm both up
        await measure(open_stock, STARTER_WORDS, shoppers=2, turns=32, processes=stock)
        levels: list[tuple[Level, Level]] = []
        with Progress(console=console) as progress:
            bar = progress.add_task("whole turns", total=2 * sum(TURNS_PER_LEVEL.values()) + LONG_CONVERSATION)
            for shoppers in SHOPPERS:
                turns = TURNS_PER_LEVEL[shoppers]
                our_level = await measure(open_ours, words, shoppers=shoppers, turns=turns, processes=ours)
                progress.advance(bar, turns)
                stock_level = await measure(open_stock, STARTER_WORDS, shoppers=shoppers, turns=turns, processes=stock)
                progress.advance(bar, turns)
                levels.append((our_level, stock_level))
            long_ms = await long_conversation(await open_ours(), words, LONG_CONVERSATION)
            progress.advance(bar, LONG_CONVERSATION)
    print_table(levels)
    memory = {name: process.memory_info().rss / 2**20 for name, process in ours.items()}
    print_processes(levels[-1][0], memory)
    return figures(levels, long_ms, memory=memory, stock_memory_mb=stock["rasa"].memory_info().rss / 2**20)


def figures(
    levels: Sequence[tuple[Level, Level]], long_ms: Sequence[float], *, memory: dict[str, float], stock_memory_mb: float
) -> dict[str, float]:
    """The flat figures of var/bench/chat.json; turns per second are those of the busiest level."""
    (item, stock_one), (busy, stock_busy) = levels[0], levels[-1]
    first, last = float(np.median(long_ms[:WINDOW])), float(np.median(long_ms[-WINDOW:]))
    flat = {
        "turns_per_second": busy.turns_per_second,
        "p50_ms": item.percentile(50),
        "p95_ms": item.percentile(95),
        "p50_ms_first_turns": first,
        "p50_ms_at_500_turns": last,
        "stock_turns_per_second": stock_busy.turns_per_second,
        "stock_p50_ms": stock_one.percentile(50),
        "stock_p95_ms": stock_one.percentile(95),
        "memory_mb": sum(memory.values()),
        "stock_memory_mb": stock_memory_mb,
        "throughput_ratio": busy.turns_per_second / stock_busy.turns_per_second,
        "p50_ratio": item.percentile(50) / stock_one.percentile(50),
        "long_conversation_ratio": last / first,
    }
    for ours, stock in levels:
        flat[f"turns_per_second_{ours.shoppers}"] = ours.turns_per_second
        flat[f"p50_ms_{ours.shoppers}"] = ours.percentile(50)
        flat[f"p95_ms_{ours.shoppers}"] = ours.percentile(95)
        flat[f"stock_turns_per_second_{ours.shoppers}"] = stock.turns_per_second
        flat[f"stock_p50_ms_{ours.shoppers}"] = stock.percentile(50)
    return {name: round(value, 3) for name, value in flat.items()}


def print_table(levels: Sequence[tuple[Level, Level]]) -> None:
    """Both bots, level by level."""
    table = Table(title="whole turns: Promobot through the WebSocket, starter bot through REST")
    for heading in ("shoppers", "bot", "turns/s", "p50 ms", "p95 ms", "processor ms a turn"):
        table.add_column(heading, justify="left" if heading == "bot" else "right")
    for pair in levels:
        for name, level in zip(("promobot", "starter"), pair, strict=True):
            cpu = sum(level.cpu_ms_per_turn.values())
            row = (f"{level.turns_per_second:.1f}", f"{level.percentile(50):.1f}", f"{level.percentile(95):.1f}")
            table.add_row(str(level.shoppers), name, *row, f"{cpu:.1f}")
    console.print(table)


def print_processes(level: Level, memory: dict[str, float]) -> None:
    """Where our processor time and memory go."""
    table = Table(title=f"Promobot by process, {level.shoppers} shoppers")
    table.add_column("process")
    table.add_column("processor ms a turn", justify="right")
    table.add_column("memory MB", justify="right")
    for name, cpu in level.cpu_ms_per_turn.items():
        table.add_row(name, f"{cpu:.1f}", f"{memory[name]:.0f}")
    console.print(table)


def main() -> None:
    """Run the benchmark."""
    no_options("chat", __doc__)
    files = ROOT / "var" / "bench" / "chat"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    shutil.copyfile(ROOT / "var" / "engine.db", files / "engine.db")
    console.print("making (once) and starting the starter bot, starting Promobot")
    # The load comes from few connections at full speed, which the gateway would rightly slow down.
    unlimited = {"PROMOBOT_RATE_LIMIT_FRAMES": "1000000"}
    with (
        starter_bot() as (starter_url, pid),
        running(Stack.on_free_ports(files, extra_environment=unlimited), console) as stack,
    ):
        result = asyncio.run(run(stack, starter_url, pid))
    goals = (
        ("turns per second / starter bot's", result["throughput_ratio"], ">=", 0.8),
        ("p50 of one shopper / starter bot's", result["p50_ratio"], "<=", 2.5),
        ("turns 476 to 500 / turns 1 to 25", result["long_conversation_ratio"], "<=", 1.2),
    )
    for what, value, sign, goal in goals:
        reached = value >= goal if sign == ">=" else value <= goal
        console.print(f"{what}: {value:.2f} (goal {sign} {goal}) {'reached' if reached else 'NOT reached'}")
    console.print(f"written: {write_json('chat', result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
