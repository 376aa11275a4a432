"""What commands that read the sales can be told in common, and the history that they read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from studio.errors import StrategyError
from studio.jobs.params import Params, param

if TYPE_CHECKING:
    from promo_engine.storage.sales_frames import StoredSales
    from studio.data.sales_history import SalesHistory
    from studio.data.shop_facts import ShopFacts
    from studio.data.shop_profile import ShopProfile

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
    """What a command is told that reads the sales of the engine's database."""

    gone: ClassVar[Mapping[str, str]] = {
        "source": "it is gone: every command reads the shop's database, which `promobot shop import` fills"
    }


def read_history() -> SalesHistory:
    """The sales of the engine's database. Raises StrategyError, CommandError."""
    from promo_engine.cli.command_line import read_settings_or_stop, with_database
    from promo_engine.domain.errors import NotFound
    from promo_engine.storage.sales_frames import read_sales
    from studio.data.sales_history import SalesHistory

    settings = read_settings_or_stop()
    try:
        sales = with_database(read_sales)
    except NotFound as error:
        raise StrategyError(error.message) from error
    profile = profile_of(sales, zone=settings.shop_time_zone, currency=settings.shop_currency)
    return SalesHistory(sales.frames.__getitem__, profile)


def profile_of(sales: StoredSales, *, zone: str, currency: str) -> ShopProfile:
    """The profile of stored sales; `zone` and `currency` are the settings', for what the orders do not say."""
    from zoneinfo import ZoneInfo

    from babel.core import get_global

    from studio.data.shop_profile import ShopProfile
    from studio.report.money import Money

    return ShopProfile(
        ZoneInfo(zone),
        Money(sales.currency or currency),
        delivery_cents=sales.delivery_cents,
        country=sales.country or get_global("zone_territories").get(zone, ""),
        history=sales.history,
        shop=sales.shop,
        other_orders=sales.other_orders,
    )


def read_stamp() -> dict[str, str]:
    """What documents say of their source, without reading the sales. Raises CommandError."""
    from promo_engine.cli.command_line import read_settings_or_stop, with_database
    from promo_engine.storage.sales_frames import read_fingerprints
    from studio.data.shop_profile import ShopProfile
    from studio.report.money import Money

    history, shop = with_database(read_fingerprints)
    return ShopProfile(money=Money(read_settings_or_stop().shop_currency), history=history, shop=shop).stamp


def read_shop_facts(history: SalesHistory) -> ShopFacts:
    """What strategies are scored on, with products under the names that the shop's settings give them."""
    from promo_engine.cli.command_line import read_settings_or_stop
    from promo_engine.files.category_names import read_category_names
    from studio.data.shop_facts import read_facts

    file = read_settings_or_stop().product_type_names
    names = read_category_names(file).friendly if file.is_file() else {}
    return read_facts(history, type_names=names, not_recommended=read_not_recommended())


def read_not_recommended() -> list[str]:
    """The categories that the shop presses on nobody."""
    from promo_engine.cli.command_line import read_settings_or_stop
    from promo_engine.files.name_list import read_names

    try:
        return read_names(read_settings_or_stop().not_recommended)
    except ValueError as error:
        raise StrategyError(str(error)) from error
