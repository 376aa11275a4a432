"""What must never happen, tried for a long time: races for codes, storms of webhooks, `kill -9` of a working engine.

    make soak
    python -m tests.soak --rounds 20 --accepts 40 --kills 10 --database sqlite

Everything runs on SQLite and on PostgreSQL in fresh databases, two of each side by side. Prints a table and writes
var/bench/soak.json: figures of SQLite by their names, those of PostgreSQL after `postgresql_`. Ends with status 1 if a
promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from rich.table import Table
from tqdm import tqdm

from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from tests.soak import races
from tests.soak.fork_server import Engines, command, fork_server
from tests.soak.fuzzing import fuzz
from tests.soak.kills import kill_again_and_again
from tests.soak.races import Result
from tests.soak.soak_shop import DATABASES, databases, now, open_shop
from tests.soak.webhook_storm import storm_and_count
from tests.soak.worker_pool import WorkerPool, worker_pool
from tests.support.connected_shops import connected_shops
from tests.support.fakes import Clock
from tools.bench_figures import wide_console, write_json
from tools.stack import free_port

PROCESSES = 13
"""So that each of them has no more shoppers than connections that stay open, five."""
SEED = 20
SHOPS = 2
"""Databases of each kind."""
_EnginesOf = Callable[[str, int], AbstractContextManager[Engines]]
_SPAWN = multiprocessing.get_context("spawn")
_RACES = (races.pauses, races.give_backs, races.checkouts, races.one_customer)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=500, help="rounds of 64 shoppers for the last code (default 500)")
    parser.add_argument("--accepts", type=int, default=1000, help="acceptances that are sent ten times (default 1000)")
    parser.add_argument("--other-rounds", type=int, default=100, help="rounds of each other race (default 100)")
    parser.add_argument("--kills", type=int, default=500, help="kills on SQLite (default 500)")
    parser.add_argument("--postgresql-kills", type=int, default=100, help="kills on PostgreSQL (default 100)")
    parser.add_argument(
        "--examples", type=int, default=30, help="schemathesis: examples of each operation (default 30)"
    )
    parser.add_argument("--served-kills", type=int, default=10, help="kills of `promobot serve` on each (default 10)")
    parser.add_argument("--webhooks", type=int, default=5000, help="orders by webhook on each (default 5000)")
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    return parser.parse_args(arguments)


def _share(total: int, part: int) -> int:
    """Return how many of so many rounds a shop gets."""
    return len(range(part, total, SHOPS))


async def _races(url: str, workers: WorkerPool, options: argparse.Namespace, *, part: int, bar: tqdm[Any]) -> Result:
    """Run every race in one shop; return all of their figures together."""
    together = Result()
    rounds, accepts, others = (_share(n, part) for n in (options.rounds, options.accepts, options.other_rounds))

    def progress() -> None:
        bar.update()

    async with open_shop(url) as shop:
        together.add(await races.last_code(shop, workers, rounds=rounds, progress=progress))
        together.add(await races.replays(shop, workers, accepts=accepts, progress=progress))
        for race in _RACES:
            together.add(await race(shop, workers, rounds=others, progress=progress))
    return together


async def webhooks(url: str, *, count: int) -> Result:
    """Storm a gateway and an engine with orders, some sent twice; each is answered, and stored once."""
    engine = open_database(url)
    try:
        await upgrade(engine)
        with tempfile.TemporaryDirectory(prefix="promobot-storm-") as folder:
            async with connected_shops(url, engine, Path(folder), Clock(now())) as shops:
                return await storm_and_count(shops, count=count)
    finally:
        await engine.dispose()


async def _kills(name: str, engines_of: _EnginesOf, *, kills: int, examples: int, seed: int, bar: tqdm[Any]) -> Result:
    """Kill engines in one shop again and again; then send generated requests, if any."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def progress() -> None:
        bar.update()

    with databases([name]) as urls, engines_of(urls[name], port) as engines:
        async with open_shop(urls[name]) as shop:
            together = await kill_again_and_again(shop, engines, url=address, kills=kills, seed=seed, progress=progress)
            if examples:
                together.add(await fuzz(shop, engines, url=address, examples=examples, seed=seed))
    return together


def _soak_on(name: str, part: int, options: argparse.Namespace) -> Result:
    """Run one shop's share of everything on one database."""
    kills = _share(options.kills if name == "sqlite" else options.postgresql_kills, part)
    served, examples = _share(options.served_kills, part), options.examples if part == 0 else 0
    rounds = (options.rounds, options.accepts, *[options.other_rounds] * len(_RACES))
    with tqdm(
        total=sum(_share(n, part) for n in rounds) + kills + served,
        desc=f"{name} {part + 1}",
        position=DATABASES.index(name) * SHOPS + part,
    ) as bar:
        with databases([name]) as urls, worker_pool(urls[name], size=PROCESSES) as workers:
            together = asyncio.run(_races(urls[name], workers, options, part=part, bar=bar))
        with databases([name]) as urls:
            together.add(asyncio.run(webhooks(urls[name], count=_share(options.webhooks, part))))
        seed = SEED + 100 * part
        together.add(asyncio.run(_kills(name, fork_server, kills=kills, examples=examples, seed=seed, bar=bar)))
        together.add(asyncio.run(_kills(name, command, kills=served, examples=0, seed=seed, bar=bar)))
    together.count("kills_of_promobot_serve", served)
    return together


class SoakFailed(Exception):  # noqa: N818  # what is broken is a result; this is a soak that came to no result
    """One of the shops ended without a result; the message is one line."""


def soak(options: argparse.Namespace) -> Result:
    """Run everything at once. Raises SoakFailed."""
    names, together = options.database or list(DATABASES), Result()
    shops = [(name, part) for name in names for part in range(SHOPS)]
    began = time.perf_counter()
    processes: list[BaseProcess] = []
    results: list[Connection] = []
    try:
        for name, part in shops:
            ours, theirs = _SPAWN.Pipe()
            process = _SPAWN.Process(target=_send, args=(theirs, name, part, options))
            process.start()
            theirs.close()
            processes.append(process)
            results.append(ours)
        for (name, part), pipe in zip(shops, results, strict=True):
            try:
                together.add(pipe.recv(), prefix="" if name == "sqlite" else f"{name}_")
            except EOFError:
                raise SoakFailed(f"shop {part + 1} on {name} ended without a result") from None
    finally:
        for item in processes:
            item.terminate()  # one that has sent its result has nothing left to do
            item.join()
    together.count("seconds", round(time.perf_counter() - began))
    return together


def _send(pipe: Connection, name: str, part: int, options: argparse.Namespace) -> None:
    signal.signal(signal.SIGTERM, _leave)
    pipe.send(_soak_on(name, part, options))


def _leave(_signal: int, _frame: object) -> None:
    """End in order: engines, workers and databases go with the blocks that have started them."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it, print the table, write the file."""
    options = _arguments(arguments)
    signal.signal(signal.SIGTERM, _leave)
    try:
        result = soak(options)
    except SoakFailed as error:
        sys.exit(f"soak: {error}")
    table = Table("figure", "count", title="Soak")
    for figure, count in result.figures.items():
        table.add_row(figure, str(count))
    console = wide_console()
    console.print(table)
    for line in result.broken[:20]:
        console.print(line, style="red", markup=False)
    write_json("soak", result.figures | {"broken_promises": len(result.broken)})
    if result.broken:
        sys.exit(f"soak: {len(result.broken)} promises were broken")


if __name__ == "__main__":
    main()
