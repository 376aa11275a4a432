"""How long the import of the real data takes: first run, second run, rows per second, processor time, memory.

    python -m benchmarks import-data [--database-url postgresql+asyncpg://...]

Each run is a process of its own, as on the command line, against a new SQLite file or the empty database that is named.
Prints a table and writes var/bench/import_data.json. The target is 90 s on two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from promo_engine.cli.shop_imports import import_completejourney
from promo_engine.storage.database import open_database
from promo_engine.storage.tables import metadata
from tools.bench_figures import write_json

TARGET_S = 90.0


@dataclass(frozen=True)
class Measurement:
    """One run of the importer."""

    run: str
    seconds: float
    processor_seconds: float
    rows: int
    rows_per_second: float
    peak_mib: float


async def _import(url: str) -> tuple[bool, int]:
    engine = open_database(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    summary = await import_completejourney(engine, now=datetime.now(UTC))
    await engine.dispose()
    return summary.already_imported, sum(summary.row_counts.values())


def measure(url: str) -> Measurement:
    """Import into `url` in this process and say what it cost."""
    started = time.perf_counter()
    already, rows = asyncio.run(_import(url))
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Measurement(
        run="again" if already else "first",
        seconds=round(seconds, 2),
        processor_seconds=round(usage.ru_utime + usage.ru_stime, 2),
        rows=rows,
        rows_per_second=0.0 if already else round(rows / seconds),
        peak_mib=round(usage.ru_maxrss / 1024, 1),
    )


def main() -> int:
    """Measure a first and a second run; exit 1 if the first misses the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database-url", help="an empty database; a temporary SQLite file by default")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database_url or f"sqlite+aiosqlite:///{folder}/engine.db"
        # One fresh process a run: imports and memory count as they do for a user.
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            runs = [pool.apply(measure, (url,)) for _ in range(2)]
    print(f"{'run':<8}{'seconds':>10}{'processor':>12}{'rows':>12}{'rows/s':>10}{'MiB':>10}")
    for run in runs:
        print(
            f"{run.run:<8}{run.seconds:>10.2f}{run.processor_seconds:>12.2f}{run.rows:>12,}"
            f"{run.rows_per_second:>10,.0f}{run.peak_mib:>10.1f}"
        )
    figures: dict[str, float] = {"target_seconds": TARGET_S}
    for run in runs:
        figures |= {f"{run.run}_{name}": value for name, value in asdict(run).items() if name != "run"}
    print(f"written to {write_json('import_data', figures)}")
    return 0 if runs[0].seconds <= TARGET_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
