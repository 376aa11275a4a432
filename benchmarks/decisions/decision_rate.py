"""How many decisions a second the engine makes, durable when answered, beside what HTTP alone costs and beside VW.

    make bench-decisions
    .venv/engine/bin/python -m benchmarks decisions --quick     # without the databases of 5 million decisions

A running engine with every customer of the imported data, asked over 16 connections that each wait for their answer:
with the demo's offers and with 10,000, on a database without decisions and on one with 5 million. Beside it, in the
same run, an aiohttp handler that parses the same request and answers the same JSON (on asyncio's own loop and on
uvloop's, which the engine uses), and Vowpal Wabbit's cb_explore_adf choosing from the same features in process.
Prints a table and writes var/bench/decisions.json. Needs `make train SHOP=larder`; 5 million decisions
take some 15 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.progress import Progress
from rich.table import Table

from benchmarks.decisions.decision_databases import fill_with_decisions, prepare_database, with_many_offers
from benchmarks.decisions.decision_load import Load, measure, wait_until_ready
from benchmarks.decisions.vowpal_predict import vw_predict_ms
from tools.bench_figures import scratch_folder, wide_console, write_json
from tools.once import ROOT
from tools.stack import free_port

CONNECTIONS = 16
FEW_OFFERS = 60
MANY_OFFERS = 10_000
MANY_DECISIONS = 5_000_000
console = wide_console()


@dataclass(frozen=True)
class Measured:
    """A load and what the server's process used for it."""

    load: Load
    cpu_us: float
    """Processor time per request, microseconds."""
    memory_mb: float
    """Highest resident memory, MiB."""


@contextmanager
def server(command: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """Run a server until the block ends."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def of_engine(database: Path, customers: list[str], seconds: float) -> Measured:
    """Measure an engine of its own on a database file."""
    port = free_port()
    environment = {
        "PROMOBOT_ENGINE_PORT": str(port),
        "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "PROMOBOT_MODEL_DIR": str(ROOT / "var" / "models" / "user_model"),
    }
    command = [sys.executable, "-m", "promo_engine.cli", "serve"]
    with server(command, port, environment) as process:
        return _under_load(process, port, customers, seconds)


def of_bare_handler(reply: bytes, customers: list[str], seconds: float, *, loop: str) -> Measured:
    """Measure a handler that only reads and writes the same JSON."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_bytes(reply)
        command = [sys.executable, "-m", "benchmarks.decisions.bare_server", str(port), file.name, loop]
        with server(command, port, {}) as process:
            return _under_load(process, port, customers, seconds)


def _under_load(process: psutil.Process, port: int, customers: list[str], seconds: float) -> Measured:
    measure(port, customers, connections=CONNECTIONS, seconds=min(3.0, seconds))  # caches fill, code warms up
    before = process.cpu_times()
    load = measure(port, customers, connections=CONNECTIONS, seconds=seconds)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return Measured(load, 1e6 * used / load.answers, _peak_memory_mb(process.pid))


def _peak_memory_mb(pid: int) -> float:
    """What `/usr/bin/time -v` calls the maximum resident set size."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise LookupError("the kernel does not tell the highest resident memory")


def main() -> int:
    """Measure it all; 0 when it ran."""
    options = _options()
    with scratch_folder("decisions") as folder:
        rows, figures = _measure_all(options, Path(folder))
    table = Table("what", "requests/s", "p50 ms", "p99 ms", "cpu us", "MiB", title=f"{CONNECTIONS} connections")
    for name, measured in rows.items():
        load = measured.load
        table.add_row(
            name,
            f"{load.per_second:,.0f}",
            f"{load.p50_ms:.2f}",
            f"{load.p99_ms:.2f}",
            f"{measured.cpu_us:.0f}",
            f"{measured.memory_mb:.0f}",
        )
    console.print(table)
    console.print(f"VW predicts in {figures['vw_predict_ms']:.3f} ms")
    for text, value, goal in _goals(figures):
        console.print(f"{text}: {value:.2f} (goal: {goal})")
    console.print(f"written: {write_json('decisions', figures)}")
    return 0


def _measure_all(options: argparse.Namespace, folder: Path) -> tuple[dict[str, Measured], dict[str, float]]:
    rows: dict[str, Measured] = {}
    with Progress(console=console) as progress:
        steps = progress.add_task("databases", total=4 if options.quick else 6)

        def step(name: str, measured: Measured) -> None:
            rows[name] = measured
            progress.update(steps, advance=1, description=name)
            progress.console.print(f"{name}: {measured.load.per_second:,.0f}/s, {measured.cpu_us:.0f} us of processor")

        database, customers = prepare_database(ROOT / "var" / "engine.db", folder / "few.db", offers=FEW_OFFERS)
        step("60 offers, no decisions", of_engine(database, customers, options.seconds))
        reply = rows["60 offers, no decisions"].load.a_reply
        step("bare handler", of_bare_handler(reply, customers, options.seconds, loop="asyncio"))
        step("bare handler, uvloop", of_bare_handler(reply, customers, options.seconds, loop="uvloop"))
        many = with_many_offers(ROOT / "var" / "engine.db", folder / "many.db", count=MANY_OFFERS)
        step("10,000 offers, no decisions", of_engine(many, customers, options.seconds))
        many.unlink()
        if not options.quick:
            with Progress(console=console, transient=True) as filling:
                bar = filling.add_task("decisions", total=MANY_DECISIONS)
                fill_with_decisions(database, MANY_DECISIONS, step=lambda count: filling.advance(bar, count))
            step("60 offers, 5 million decisions", of_engine(database, customers, options.seconds))
    return rows, _figures(rows, vw_predict_ms())


def _figures(rows: dict[str, Measured], vw_ms: float) -> dict[str, float]:
    engine, bare = rows["60 offers, no decisions"], rows["bare handler"]
    figures = {
        "requests_per_second": engine.load.per_second,
        "bare_requests_per_second": bare.load.per_second,
        "bare_uvloop_requests_per_second": rows["bare handler, uvloop"].load.per_second,
        "p50_ms": engine.load.p50_ms,
        "p99_ms": engine.load.p99_ms,
        "cpu_us_per_request": engine.cpu_us,
        "bare_cpu_us_per_request": bare.cpu_us,
        "requests_per_second_10k_offers": rows["10,000 offers, no decisions"].load.per_second,
        "peak_memory_mb": engine.memory_mb,
        "peak_memory_mb_10k_offers": rows["10,000 offers, no decisions"].memory_mb,
        "vw_predict_ms": vw_ms,
    }
    if "60 offers, 5 million decisions" in rows:
        figures["requests_per_second_5m_decisions"] = rows["60 offers, 5 million decisions"].load.per_second
        figures["p99_ms_5m_decisions"] = rows["60 offers, 5 million decisions"].load.p99_ms
    return {name: round(value, 3) for name, value in figures.items()}


def _goals(figures: dict[str, float]) -> Iterator[tuple[str, float, str]]:
    yield "share of the bare handler", figures["requests_per_second"] / figures["bare_requests_per_second"], ">= 0.35"
    yield "p99, ms", figures["p99_ms"], "<= 12"
    if "requests_per_second_5m_decisions" in figures:
        slower = figures["requests_per_second"] / figures["requests_per_second_5m_decisions"]
        yield "from empty to 5 million decisions, times slower", slower, "<= 1.2"
    yield (
        "from 60 to 10,000 offers, times slower",
        figures["requests_per_second"] / figures["requests_per_second_10k_offers"],
        "<= 2",
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-decisions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of load per measurement (10)")
    parser.add_argument("--quick", action="store_true", help="without the database of 5 million decisions")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
