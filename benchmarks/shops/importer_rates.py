"""How fast files of shop systems become a shop, and in how much memory: each importer, a whole shop, a huge catalogue.

    python -m benchmarks importers                          each importer with 50,000 rows
    python -m benchmarks importers --part shop              3,000 products and 250,000 orders, and the same again
    python -m benchmarks importers --part catalogue         500,000 variants

Every import is a process of its own with a new SQLite file, reading and storing; "again" imports the same file once
more. Files are made up here. Rows are the file's, memory is the most that the process held. Prints a table and writes
var/bench/importers.json; ends with 1 where a shop misses its goal (5 minutes, again 1) or a second import
stores anything.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from benchmarks.shops.export_files import EXPORTS, LINES, VARIANTS
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, ShopItem
from promo_engine.ports.shop.shop_repository import StoreResult
from promo_engine.services.catalogue.import_shop import ShopImporter
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tools.bench_figures import read_json, wide_console, write_json

SHOP = (("shopify-products", 3_000 * VARIANTS), ("shopify-orders", 250_000 * LINES))
GOAL_S, GOAL_AGAIN_S = 300.0, 60.0


@dataclass(frozen=True)
class Run:
    """One import."""

    kind: str
    rows: int
    again: bool
    stored: int
    refused: int
    seconds: float
    processor_seconds: float
    peak_mib: float

    @property
    def rows_per_second(self) -> float:
        """Of the processor: on a machine that is shared the clock on the wall says nothing."""
        return self.rows / self.processor_seconds


def read(kind: str, file: Path) -> Iterator[ShopItem | RowFinding]:
    """Items of an export of `export_files`."""
    _, mapping = EXPORTS[kind]
    options = ReadOptions(source=kind, currency="EUR", locale="en", mapping=mapping, now=datetime.now(UTC))
    return FILE_READERS[kind].read(file, options)


def import_file(kind: str, file: Path, *, rows: int, url: str, again: bool) -> Run:
    """Import in this process and say what it cost."""

    async def run() -> tuple[int, int]:
        engine = open_database(url)
        importer = ShopImporter(SqlStorage(engine), clock=lambda: datetime.now(UTC))
        report = await importer.take_in(read(kind, file), source_id=kind)
        await engine.dispose()
        return report.of(StoreResult.STORED), report.refused

    asyncio.run(_migrated(url))
    began, worked = time.perf_counter(), time.process_time()
    stored, refused = asyncio.run(run())
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Run(kind, rows, again, stored, refused, round(seconds, 2), round(processor, 2), round(peak_mib))


async def _migrated(url: str) -> None:
    engine = open_database(url)
    await upgrade(engine)
    await engine.dispose()


def import_twice(kind: str, *, rows: int, folder: Path, database: str) -> list[Run]:
    """Write a file and import it twice, each time in a process of its own."""
    file = folder / kind
    EXPORTS[kind][0](file, rows=rows)
    url = f"sqlite+aiosqlite:///{folder / database}"
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        runs = [
            pool.apply(import_file, (kind, file), {"rows": rows, "url": url, "again": again}) for again in (False, True)
        ]
    file.unlink()
    return runs


def main() -> int:
    """Import, print, write."""
    options = _options()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="promobot-importers-") as name:
        folder = Path(name)
        if options.part == "shop":
            runs = [
                run for kind, rows in SHOP for run in import_twice(kind, rows=rows, folder=folder, database="shop.db")
            ]
        elif options.part == "catalogue":
            runs = import_twice("merchant-feed", rows=options.rows or 500_000, folder=folder, database="shop.db")
        else:
            for kind in options.kind or EXPORTS:
                runs += import_twice(kind, rows=options.rows or 50_000, folder=folder, database=f"{kind}.db")
    _print(runs)
    write_json("importers", read_json("importers") | {options.part: [asdict(run) for run in runs]})
    return 1 if _misses(runs, part=options.part) else 0


def _misses(runs: list[Run], *, part: str) -> bool:
    missed = any(run.refused or (run.again and run.stored) for run in runs)
    if part == "shop":
        first, again = (sum(run.seconds for run in runs if run.again is later) for later in (False, True))
        wide_console().print(
            f"the whole shop: {first:.0f} s (goal {GOAL_S:.0f}), again {again:.0f} s ({GOAL_AGAIN_S:.0f})"
        )
        missed = missed or first > GOAL_S or again > GOAL_AGAIN_S
    return missed


def _print(runs: list[Run]) -> None:
    table = Table("importer", "rows", "stored", "refused", "s", "processor s", "rows/s", "MiB")
    for run in runs:
        table.add_row(
            f"{run.kind}, again" if run.again else run.kind,
            *(f"{value:,}" for value in (run.rows, run.stored, run.refused)),
            f"{run.seconds:.1f}",
            f"{run.processor_seconds:.1f}",
            f"{run.rows_per_second:,.0f}",
            f"{run.peak_mib:,.0f}",
        )
    wide_console().print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks importers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--part", choices=("each", "shop", "catalogue"), default="each")
    parser.add_argument("--kind", choices=EXPORTS, action="append", help="of each: only this importer")
    parser.add_argument("--rows", type=int, help="of each file (50,000; of the catalogue 500,000)")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
