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
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tools.acceptance.acceptance_set import AcceptanceSet, Conversation, SetError, read_set
from tools.acceptance.player import GOODS, PlayedTurn, Tally, play_set
from tools.acceptance.shop_world import WorldError
from tools.acceptance.short_form import OWN_SETS, copy_of_database
from tools.bench_figures import write_json
from tools.demo_shops import DEMO_SHOPS, DemoShop
from tools.stack import Stack, StackError, running

console = Console(soft_wrap=True)


def play_shop(shop: DemoShop, of: AcceptanceSet, seeds: Sequence[int], *, whole: bool) -> Tally:
    """Start the shop's bot and play the set once for each seed."""
    total = Tally()
    with tempfile.TemporaryDirectory(prefix="promobot-talks-") as folder:
        copy_of_database(shop, Path(folder))
        nobody_held_out = {"PROMOBOT_HOLDOUT_BASIS_POINTS": "0"}
        stack = Stack.on_free_ports(Path(folder), shop=shop, extra_environment=nobody_held_out)
        with running(stack, console), Progress(console=console) as progress:
            task = progress.add_task("conversations", total=len(of.conversations) * len(seeds))

            def note(talk: Conversation, played: Sequence[PlayedTurn]) -> None:
                total.add(talk.kind, played)
                print_turns(talk, [turn for turn in played if turn.faults or whole])
                progress.advance(task)

            for seed in seeds:
                asyncio.run(play_set(stack, of, goods=GOODS[shop.name], seed=seed, note=note))
    return total


def print_turns(talk: Conversation, played: Sequence[PlayedTurn]) -> None:
    """What was said and what is wrong with it."""
    for turn in played:
        lines = [f"{'FAIL' if turn.faults else 'ok'} {talk.id}: {turn.said!r}"]
        lines += [f"     -> {reply}" for reply in turn.replies] + [f"     !! {fault}" for fault in turn.faults]
        console.print("\n".join(lines), markup=False, highlight=False)


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
