"""Which level of the user model serves: the catalogue's popularity, shrunken counts, or the LSTM.

The counts are the yardstick at every size of a shop. The LSTM is tried from so many orders and days on, and serves only
where it ranks better than the counts on weeks that neither has seen, by more than two standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from promo_engine.storage.history_arrays import HistorySize

if TYPE_CHECKING:
    from promo_engine.user_model.training.validation import Lead

LSTM_FROM_ORDERS = 500
LSTM_FROM_DAYS = 84.0


class Serves(StrEnum):
    """What is to serve after a training."""

    NEW_LSTM = "new_lstm"
    LIVE_LSTM = "live_lstm"
    """The one that served before serves on."""
    COUNTS = "counts"


@dataclass(frozen=True)
class Leads:
    """What was measured on the unseen weeks; None where there is no such model, or nothing to measure on."""

    lstm: Lead | None = None
    """The new LSTM over the counts."""
    live: Lead | None = None
    """The LSTM that served so far over the counts."""
    against_live: Lead | None = None
    """The new LSTM over the one that served so far."""


def tries_lstm(size: HistorySize, *, category_count: int) -> bool:
    """Whether there is enough for an LSTM to be a candidate."""
    return size.orders >= LSTM_FROM_ORDERS and size.days >= LSTM_FROM_DAYS and category_count > 0


def choose(leads: Leads) -> Serves:
    """The LSTM that leads the counts for certain, the new one unless it is certainly worse than the live one."""
    live = leads.live is not None and leads.live.certain
    if leads.lstm is not None and leads.lstm.certain:
        worse = leads.against_live is not None and leads.against_live.worse
        return Serves.LIVE_LSTM if live and worse else Serves.NEW_LSTM
    return Serves.LIVE_LSTM if live else Serves.COUNTS


def reason(serves: Serves, leads: Leads, size: HistorySize, *, category_count: int, failure: str | None) -> str:
    """One line: what serves, and why."""
    if serves is Serves.NEW_LSTM:
        return f"level 2 serves, the LSTM: ahead of the counts on {_weeks(leads.lstm)} by {leads.lstm}"
    if serves is Serves.LIVE_LSTM:
        return f"level 2 serves on, the LSTM before: ahead of the counts on {_weeks(leads.live)} by {leads.live}"
    if size.orders == 0:
        return f"level 0 serves, popularity of the catalogue's {category_count} categories: there are no orders yet"
    why = _why_not_lstm(leads, size, category_count=category_count, failure=failure)
    return f"level 1 serves, counts of {size.orders:,} orders in {size.days:.0f} days: {why}"


def _why_not_lstm(leads: Leads, size: HistorySize, *, category_count: int, failure: str | None) -> str:
    if not tries_lstm(size, category_count=category_count):
        categories = "" if category_count else ", and needs categories"
        return f"an LSTM is tried from {LSTM_FROM_ORDERS} orders and {LSTM_FROM_DAYS:.0f} days on{categories}"
    if failure is not None:
        return f"the LSTM cannot be used, {failure}"
    if leads.lstm is None:
        return "nobody who was known bought anything in the weeks on which an LSTM would be measured"
    return f"the LSTM is not ahead of them for certain on {_weeks(leads.lstm)}, by {leads.lstm}"


def _weeks(lead: Lead | None) -> str:
    count = 0 if lead is None else lead.weeks
    return "one unseen week" if count == 1 else f"{count} unseen weeks"
