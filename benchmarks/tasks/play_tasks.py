"""Plays tasks of service at a whole shop through the public WebSocket, and compares what stands at the end.

    make bench-tasks                                        the tasks of ../shared/shops/tau_retail, once
    python -m benchmarks tasks --limit 100 --times 4        a sample, four times each: pass^4
    python -m benchmarks tasks --only 017 --seed 3          one of them, with the whole conversation
    python -m benchmarks tasks --shop FOLDER                another shop of the same form

The folder is imported over the write API as a shop of its own, with a stand-in for its shop system that hears of
changes by signed webhook and does or refuses them. A task is right if the changes that were made are the task's, no
more and no fewer. Changes that nobody had confirmed, and changes of another customer's order, are counted; both have to
be 0. Writes var/bench/tasks.json, and what was said to var/bench/tasks.txt. Needs the language model of
`make train-language SHOP=larder`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.support.retail_stack import play_shop
from tools.bench_figures import results_path, write_json
from tools.once import ROOT
from tools.service_tasks.retail_shop import RetailShopError
from tools.service_tasks.task_player import console
from tools.stack import StackError

SHOP = ROOT.parent / "shared" / "shops" / "tau_retail"
GOAL, GOAL_OF_FOUR = 0.9, 0.8


def print_table(figures: dict[str, Any]) -> None:
    """Tasks that were right, by the kinds of their changes."""
    table = Table("kind", "right", "tasks", "share", title="tasks of service")
    for kind, counts in figures["kinds"].items():
        table.add_row(kind, str(counts["right"]), str(counts["tasks"]), f"{counts['right'] / counts['tasks']:.0%}")
    share = figures["right"] / max(figures["played"], 1)
    table.add_row("all", str(figures["right"]), str(figures["played"]), f"{share:.1%}")
    always = figures["right_every_time"] / max(figures["tasks"], 1)
    table.add_row(
        f"all {figures['times']} times", str(figures["right_every_time"]), str(figures["tasks"]), f"{always:.1%}"
    )
    console.print(table)
    console.print(
        f"nobody confirmed {figures['unconfirmed']}, of another customer {figures['foreign']}, "
        f"{figures['turns_per_task']} messages a task"
    )


def main() -> int:
    """Play, print, write; 1 where a goal is missed, 2 where nothing could be played."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks tasks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shop", type=Path, default=SHOP, help="folder with products, users, orders and tasks as JSON")
    parser.add_argument("--limit", type=int, help="a sample of so many tasks")
    parser.add_argument("--only", default="", help="tasks whose number starts so, with whole conversations")
    parser.add_argument("--seed", type=int, default=1, help="of the sample and of the first time")
    parser.add_argument("--times", type=int, default=1, help="how often each task is played, a seed a time")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + max(arguments.times, 1))
    try:
        log = results_path("tasks.txt")
        figures = play_shop(arguments.shop, only=arguments.only, limit=arguments.limit, seeds=seeds, log=log)
    except (RetailShopError, StackError) as error:
        print(f"tasks: {error}", file=sys.stderr)
        return 2
    print_table(figures)
    write_json("tasks", {"shop": arguments.shop.name, "seeds": list(seeds), **figures})
    reached = figures["right"] >= GOAL * figures["played"] and not figures["unconfirmed"] + figures["foreign"]
    every_time = figures["times"] < 4 or figures["right_every_time"] >= GOAL_OF_FOUR * figures["tasks"]
    return 0 if reached and every_time else 1


if __name__ == "__main__":
    sys.exit(main())
