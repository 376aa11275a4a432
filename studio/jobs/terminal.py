"""What commands print: tables, and where their page is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say

if TYPE_CHECKING:
    from studio.jobs.sources import PageParams
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


def write_report(report: Report, name: str, params: PageParams, stamp: Mapping[str, str]) -> None:
    """Write the page and its document, and say where they are. `stamp` says of which sales they are."""
    report.stamp = stamp
    say(f"page: {report.write(params.reports / f'{name}.html')}")


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers with a sensible count of digits."""
    from promo_engine.cli.promotion_tables import new_console, new_table
    from studio.report.html_report import shown

    table = new_table(*columns)
    for row in rows:
        table.add_row(*[shown(cell) for cell in row])
    new_console().print(table)
