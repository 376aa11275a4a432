"""Plays acceptance conversations through the public WebSocket and checks what a shopper observes.

    make bench-conversations                                     the project's own set, on both demo shops
    python -m benchmarks conversations --set FOLDER --shop larder  another set of the same format
    python -m benchmarks conversations --only follow-up          those whose id starts so, with whole transcripts

Starts a stack of its own on free ports, with a copy of the shop's database and nobody held out. Every seed takes other
customers and goods. Writes var/bench/conversations.json: `turns`, `passed`, and both by kind.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.conversations.acceptance_set import (
    AcceptanceSet,
    Conversation,
    Expectation,
    SetError,
    Step,
    filled,
    read_set,
)
from benchmarks.conversations.observed_turn import Observed, faults, words_of
from benchmarks.conversations.shop_world import ShopWorld, WorldError
from tools.bench_figures import write_json
from tools.demo_shops import DEMO_SHOPS, DemoShop
from tools.once import ROOT
from tools.stack import Stack, StackError, running
from tools.testbed.chat_client import ChatError, Shopper, Turn

OWN_SETS = ROOT / "tests" / "conversations" / "acceptance"
GOODS = {
    "larder": ("milk", "egg", "bread", "lemonade", "cheese", "butter", "banana", "potato"),
    "trail": ("tent", "jacket", "boot", "backpack", "stove", "lantern", "bottle", "sock"),
}
"""The words by which goods are bought and known again."""
LINE_PATIENCE_S = 5.0
"""How long the place in the line may take to be told after the turn."""
CONVERSATIONS_AT_ONCE = 2

console = Console(soft_wrap=True)


@dataclass
class PlayedTurn:
    """What was said, what came back, and what is wrong with it."""

    said: str
    replies: list[str]
    faults: list[str]
    checked: bool


@dataclass
class Tally:
    """Checked turns, and those that passed, by kind."""

    turns: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, played: Sequence[PlayedTurn]) -> None:
        """Count the turns of a conversation."""
        checked = [turn for turn in played if turn.checked]
        self.turns[kind] = self.turns.get(kind, 0) + len(checked)
        self.passed[kind] = self.passed.get(kind, 0) + sum(not turn.faults for turn in checked)

    def figures(self) -> dict[str, Any]:
        """As they are written down."""
        kinds = {kind: {"turns": self.turns[kind], "passed": self.passed[kind]} for kind in sorted(self.turns)}
        return {"turns": sum(self.turns.values()), "passed": sum(self.passed.values()), "kinds": kinds}


async def play(
    http: aiohttp.ClientSession, gateway_url: str, world: ShopWorld, talk: Conversation, of: AcceptanceSet
) -> list[PlayedTurn]:
    """All turns of one conversation; one that breaks counts as failed."""
    facts: dict[str, str] = {}
    customer_id = await world.customer(talk.customer, facts)
    played: list[PlayedTurn] = []
    before = ""
    async with await Shopper.enter(http, gateway_url, customer_id) as shopper:
        for step in talk.turns:
            if step.do == "buy":
                await world.place(str(customer_id), timedelta(0), ["new", "latest"], facts)
                continue
            turn, found = await _turn(shopper, step, _Circumstances(world, of, facts, before))
            before = words_of(turn.replies)
            shown = [_shown(reply) for reply in turn.replies]
            played.append(PlayedTurn(turn.text, shown, found, step.expect is not None))
    return played


@dataclass(frozen=True)
class _Circumstances:
    world: ShopWorld
    of: AcceptanceSet
    facts: Mapping[str, str]
    before: str
    """The words of the turn before."""


async def _turn(shopper: Shopper, step: Step, here: _Circumstances) -> tuple[Turn, list[str]]:
    text = filled(step.say or step.typed or "", here.facts, {})
    expectation = step.expect or Expectation(outcome="any", lost="any", max_chars=10_000)
    try:
        turn = None if step.press is None else await shopper.press_matching(step.press)
        turn = turn or await shopper.say(text)
        wanted = next((way.handover for way in expectation.ways() if way.handover is not None), None)
        if wanted is not None:
            await shopper.wait_for_line(waits=wanted == "yes", patience_s=LINE_PATIENCE_S)
        names = {way.order_state["order"] for way in expectation.ways() if way.order_state is not None}
        states = {name: await here.world.state_of(here.facts[f"order.{name}"]) for name in names}
        observed = Observed(turn.replies, shopper.waits, here.before, states)
        return turn, faults(expectation, observed, here.of, here.facts)
    except (ChatError, TimeoutError) as error:
        return Turn(text, ""), [str(error) or "no answer in time"]


def _shown(reply: Mapping[str, Any]) -> str:
    marks = "".join(f" [{part}]" for part in ("offer", "outcome") if reply.get(part))
    buttons = "".join(f" <{button['title']}>" for button in reply.get("buttons") or [])
    return f"{reply.get('text') or ''}{marks}{buttons}"


async def play_set(stack: Stack, of: AcceptanceSet, *, goods: Sequence[str], seed: int, whole: bool) -> Tally:
    """Play all conversations against a running stack. `whole`: print each turn, not only those that fail."""
    tally = Tally()
    at_once = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=30)) as http:
        world = ShopWorld(http, stack.url("engine"), goods, seed)
        await world.prepare()
        with Progress(console=console) as progress:
            task = progress.add_task("conversations", total=len(of.conversations))

            async def one(talk: Conversation) -> None:
                async with at_once:
                    played = await play(http, stack.url("gateway"), world, talk, of)
                tally.add(talk.kind, played)
                for turn in (turn for turn in played if turn.faults or whole):
                    _print_turn(talk, turn)
                progress.advance(task)

            await asyncio.gather(*(one(talk) for talk in of.conversations))
    return tally


def _print_turn(talk: Conversation, turn: PlayedTurn) -> None:
    lines = [f"{'FAIL' if turn.faults else 'ok'} {talk.id}: {turn.said!r}"]
    lines += [f"     -> {reply}" for reply in turn.replies] + [f"     !! {fault}" for fault in turn.faults]
    console.print("\n".join(lines), markup=False, highlight=False)


def copy_of_database(shop: DemoShop, folder: Path) -> None:
    """The shop's database, as the stack in `folder` finds it. Raises FileNotFoundError."""
    source = shop.folder / "engine.db"
    if not source.exists():
        raise FileNotFoundError(f"{source.relative_to(ROOT)} is missing; run: make train SHOP={shop.name}")
    with closing(sqlite3.connect(source)) as trained, closing(sqlite3.connect(folder / "engine.db")) as copy:
        trained.backup(copy)


def play_shop(shop: DemoShop, of: AcceptanceSet, seeds: Sequence[int], *, whole: bool) -> Tally:
    """Start the shop's bot and play the set once for each seed."""
    total = Tally()
    with tempfile.TemporaryDirectory(prefix="promobot-talks-") as folder:
        copy_of_database(shop, Path(folder))
        nobody_held_out = {"PROMOBOT_HOLDOUT_BASIS_POINTS": "0"}
        with running(Stack.on_free_ports(Path(folder), shop=shop, extra_environment=nobody_held_out), console) as stack:
            for seed in seeds:
                tally = asyncio.run(play_set(stack, of, goods=GOODS[shop.name], seed=seed, whole=whole))
                for kind, turns in tally.turns.items():
                    total.turns[kind] = total.turns.get(kind, 0) + turns
                    total.passed[kind] = total.passed.get(kind, 0) + tally.passed[kind]
    return total


def print_table(title: str, tally: Tally) -> None:
    """Turns that passed, by kind."""
    table = Table("kind", "passed", "turns", "share", title=title)
    for kind in sorted(tally.turns):
        share = tally.passed[kind] / max(tally.turns[kind], 1)
        table.add_row(kind, str(tally.passed[kind]), str(tally.turns[kind]), f"{share:.0%}")
    figures = tally.figures()
    table.add_row("all", str(figures["passed"]), str(figures["turns"]), f"{figures['passed'] / figures['turns']:.1%}")
    console.print(table)


def main() -> int:
    """Play, print the tables, write the figures; 1 where fewer turns passed than `--need`."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks conversations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--set", type=Path, help="a folder of conversations; left out: the project's own, on each shop")
    parser.add_argument(
        "--shop", choices=sorted(DEMO_SHOPS), help="the demo to play against (default: both, or larder)"
    )
    parser.add_argument("--only", default="", help="conversations whose id starts so, with whole transcripts")
    parser.add_argument("--seeds", type=int, nargs="+", default=[int(time.time())], help="one run for each")
    parser.add_argument("--need", type=float, default=0.0, help="share of turns that has to pass")
    arguments = parser.parse_args()
    names = [arguments.shop] if arguments.shop else ["larder"] if arguments.set else sorted(DEMO_SHOPS)
    shops: dict[str, Any] = {}
    try:
        for name in names:
            of = read_set(arguments.set or OWN_SETS / name, only=arguments.only)
            tally = play_shop(DEMO_SHOPS[name], of, arguments.seeds, whole=bool(arguments.only))
            print_table(f"{arguments.set or name} on {name}", tally)
            shops[name] = tally.figures()
    except (SetError, WorldError, StackError) as error:
        print(f"conversations: {error}", file=sys.stderr)
        return 2
    turns = sum(found["turns"] for found in shops.values())
    passed = sum(found["passed"] for found in shops.values())
    write_json("conversations", {"turns": turns, "passed": passed, "seeds": arguments.seeds, "shops": shops})
    return 0 if passed >= arguments.need * turns else 1


if __name__ == "__main__":
    sys.exit(main())
