"""What `promobot promotions` prints: promotions and their offers as tables. Times are UTC, money is cents."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from promo_engine.codecs.benefit_codec import benefit_to_json
from promo_engine.domain.offers.limits import Commitment, Limits
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion
from promo_engine.services.promotions.promotion_service import PromotionService, PromotionView

_PAGE = 200
_WIDTH_IN_A_FILE = 200
"""Columns where there is no terminal: nothing is cut off."""


async def every_promotion(service: PromotionService) -> list[PromotionView]:
    """Return all promotions with their spending, by id."""
    views: list[PromotionView] = []
    page: Sequence[Promotion] = await service.page(after="", limit=_PAGE)
    while page:
        views += [await service.view(row.promotion_id) for row in page]
        page = await service.page(after=page[-1].promotion_id, limit=_PAGE)
    return views


async def every_offer(service: PromotionService, promotion_id: str) -> list[ManagedOffer]:
    """Return all offers of a promotion, by id. Raises NotFound `unknown_promotion`."""
    offers: list[ManagedOffer] = []
    _, page = await service.offers_of(promotion_id, after="", limit=_PAGE)
    while page:
        offers += page
        _, page = await service.offers_of(promotion_id, after=page[-1].offer.offer_id, limit=_PAGE)
    return offers


def print_promotions(views: Sequence[PromotionView], *, at: datetime) -> None:
    """Print one line a promotion."""
    table = new_table("promotion", "state", "from", "until", "uses", "spent", "reserved", "budget", "name")
    for view in views:
        item = view.promotion
        window = (_day(item.starts_at), _day(item.ends_at))
        table.add_row(item.promotion_id, item.state_at(at), *window, *_spending(view.committed, item.limits), item.name)
    new_console().print(table)


def print_offers(view: PromotionView, offers: Sequence[ManagedOffer], *, at: datetime) -> None:
    """Print a promotion and one line an offer of it."""
    print_promotions([view], at=at)
    table = new_table("offer", "state", "from", "until", "cost", "benefit", "title")
    for managed in offers:
        item = managed.offer
        state = managed.state_at(at, promotion=view.promotion)
        window = (_day(item.starts_at), _day(item.ends_at))
        table.add_row(item.offer_id, state, *window, str(item.unit_cost_cents), _benefit(managed), item.title)
    new_console().print(table)


def _benefit(managed: ManagedOffer) -> str:
    given = benefit_to_json(managed.offer.benefit)
    kind = str(given.pop("kind"))
    return " ".join([kind, *(f"{name}={value}" for name, value in given.items() if not isinstance(value, list))])


def _spending(committed: Commitment, limits: Limits) -> list[str]:
    uses = f"{committed.uses}" if limits.max_uses is None else f"{committed.uses} of {limits.max_uses}"
    budget = "" if limits.budget_cents is None else str(limits.budget_cents)
    return [uses, str(committed.spent_cents), str(committed.reserved_cents), budget]


def new_table(*columns: str) -> Table:
    """Make a table without lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def new_console() -> Console:
    """Make a console that cuts nothing off where there is no terminal."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDTH_IN_A_FILE)
