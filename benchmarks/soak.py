"""What must never happen, tried for a long time: races for codes, and `kill -9` of a working engine.

    make soak
    python -m benchmarks.soak --rounds 20 --accepts 40 --kills 10 --database sqlite

Everything runs on SQLite and on PostgreSQL, each in a fresh database. Prints a table and writes var/bench/soak.json:
figures of SQLite by their names, those of PostgreSQL after `postgresql_`. Ends with status 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from benchmarks.proof import races
from benchmarks.proof.crew import Crew, crew
from benchmarks.proof.fuzzing import fuzz
from benchmarks.proof.kills import kill_again_and_again
from benchmarks.proof.nursery import nursery
from benchmarks.proof.races import Result
from benchmarks.proof.shop import DATABASES, databases, open_shop
from benchmarks.report import write_json
from tools.postgres import PostgresMissing
from tools.stack import free_port

PROCESSES = 13
"""So that each of them has no more shoppers than connections that stay open, five."""
SEED = 20
_RACES = (races.pauses, races.give_backs, races.checkouts, races.one_customer)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=500, help="rounds of 64 shoppers for the last code (default 500)")
    parser.add_argument("--accepts", type=int, default=1000, help="acceptances that are sent ten times (default 1000)")
    parser.add_argument("--other-rounds", type=int, default=100, help="rounds of each other race (default 100)")
    parser.add_argument("--kills", type=int, default=500, help="kills on SQLite (default 500)")
    parser.add_argument("--postgresql-kills", type=int, default=100, help="kills on PostgreSQL (default 100)")
    parser.add_argument(
        "--examples", type=int, default=100, help="schemathesis: examples of each operation (default 100)"
    )
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    return parser.parse_args(arguments)


async def _races(url: str, workers: Crew, options: argparse.Namespace, *, name: str) -> Result:
    """Run every race in one shop; return all of their figures together."""
    together = Result()
    steps = options.rounds + options.accepts + options.other_rounds * len(_RACES)
    with tqdm(total=steps, desc=f"{name}: races", unit="round") as bar:

        def progress() -> None:
            bar.update()

        async with open_shop(url) as shop:
            together.add(await races.last_code(shop, workers, rounds=options.rounds, progress=progress))
            together.add(await races.replays(shop, workers, accepts=options.accepts, progress=progress))
            for race in _RACES:
                together.add(await race(shop, workers, rounds=options.other_rounds, progress=progress))
    return together


async def _kills(url: str, *, kills: int, examples: int, name: str) -> Result:
    """Kill the engine again and again, then send it generated requests."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with nursery(url, port=port) as engines, tqdm(total=kills, desc=f"{name}: kills", unit="kill") as bar:

        def progress() -> None:
            bar.update()

        async with open_shop(url) as shop:
            together = await kill_again_and_again(shop, engines, url=address, kills=kills, seed=SEED, progress=progress)
            together.add(await fuzz(shop, engines, url=address, examples=examples, seed=SEED))
    return together


def soak(options: argparse.Namespace) -> Result:
    """Run everything."""
    together = Result()
    for name in options.database or DATABASES:
        prefix = "" if name == "sqlite" else f"{name}_"
        began = time.perf_counter()
        with databases([name]) as urls, crew(urls[name], size=PROCESSES) as workers:
            together.add(asyncio.run(_races(urls[name], workers, options, name=name)), prefix=prefix)
        kills = options.kills if name == "sqlite" else options.postgresql_kills
        with databases([name]) as urls:
            found = asyncio.run(_kills(urls[name], kills=kills, examples=options.examples, name=name))
            together.add(found, prefix=prefix)
        together.count(f"{prefix}seconds", round(time.perf_counter() - began))
    return together


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it, print the table, write the file."""
    try:
        result = soak(_arguments(arguments))
    except PostgresMissing as error:
        sys.exit(f"soak: {error}")
    table = Table("figure", "count", title="Soak")
    for figure, count in result.figures.items():
        table.add_row(figure, str(count))
    console = Console()
    console.print(table)
    for line in result.broken[:20]:
        console.print(line, style="red", markup=False)
    write_json("soak", result.figures | {"broken_promises": len(result.broken)})
    if result.broken:
        sys.exit(f"soak: {len(result.broken)} promises were broken")


if __name__ == "__main__":
    main()
