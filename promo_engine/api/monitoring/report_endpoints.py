"""GET /v1/report and what else the shop's people look at; notes of decisions and redemptions for the log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from aiohttp import web
from pydantic import Field, model_validator

from promo_engine.api.http.endpoint import Endpoint, Query, Reply, path_id
from promo_engine.api.http.keys import REPORTS
from promo_engine.api.http.schemas import line_of_branch
from promo_engine.codecs.written_types import Instant

_NOTES = 1000


class ReportQuery(Query):
    """Over how many days, back from now, decisions count, and how long after them purchases do."""

    days: int = Field(default=30, ge=1, le=365)
    outcome_days: int = Field(default=7, ge=1, le=90)


class DaysQuery(Query):
    """Over how many days, back from now."""

    days: int = Field(default=30, ge=1, le=365)


class StepsReply(Reply, from_attributes=True):
    """How far decisions came."""

    decisions: int
    offered: int
    exposed: int
    accepted: int
    redeemed: int


class DayReply(StepsReply):
    """Those of one day in UTC."""

    day: date


class BranchReply(StepsReply):
    """Those of one line of the policy. `expected` is the mean reward expected of the answered offers."""

    line: int
    first_version: int
    last_version: int
    first_at: datetime
    last_at: datetime
    expected: float | None
    answered: int

    @model_validator(mode="before")
    @classmethod
    def _line(cls, value: Any) -> Any:
        return line_of_branch(cls, value)


class UpliftPointReply(Reply, from_attributes=True):
    """The interval after so many customers, in shares of customers."""

    customers: int
    at: datetime
    uplift: float
    lower: float
    upper: float


class UpliftReply(Reply, from_attributes=True):
    """What treatment brings a customer within the outcome days, against the holdout; intervals hold at any time."""

    outcome_days: int
    treated: int
    held_out: int
    waiting: int
    treated_rate: float | None
    held_out_rate: float | None
    rate: UpliftPointReply | None
    curve: list[UpliftPointReply]
    cents: float | None
    cents_lower: float | None
    cents_upper: float | None


class ReportAlarmReply(Reply, from_attributes=True):
    """Something that a person should look at."""

    name: str
    message: str


class ReportReply(Reply, from_attributes=True):
    """The funnel by day, the policy's lines side by side, the uplift, and alarms."""

    since: datetime
    days: list[DayReply]
    lines: list[BranchReply]
    uplift: UpliftReply
    alarms: list[ReportAlarmReply]
    holdout_basis_points: int
    alpha: float


class MoneyReply(Reply, from_attributes=True):
    """What the redeemed codes of an offer cost, and what their orders left of which the goods' costs are known."""

    offer_id: str
    redeemed: int
    cost_cents: int
    margin_cents: int | None
    costed: int


class MoneyListReply(Reply):
    """Every offer with redemptions in these days, by offer_id."""

    days: int
    offers: list[MoneyReply]


class SpendingReply(Reply, from_attributes=True):
    """What redeemed codes cost on one day in UTC."""

    day: date
    spent_cents: int


class SpendingListReply(Reply):
    """The days on which a promotion spent something, the earliest first."""

    spending: list[SpendingReply]


class NotesQuery(Query):
    """`after` is the last decision_id that one has; empty for the first page."""

    after: str = Field(default="", max_length=36, pattern=r"^[0-9a-f-]*$")


class DecisionNoteReply(Reply, from_attributes=True):
    """By what its conversation may be found."""

    decision_id: str
    conversation_id: str
    policy_version: int
    line: int

    @model_validator(mode="before")
    @classmethod
    def _line(cls, value: Any) -> Any:
        return line_of_branch(cls, value)


class DecisionNotesReply(Reply):
    """A page of decisions, ascending; `more` says whether there are others."""

    decisions: list[DecisionNoteReply]
    more: bool


class RedemptionsQuery(Query):
    """From which moment on."""

    since: Instant


class RedemptionNoteReply(Reply, from_attributes=True):
    """A code that was used, and the conversation in which it was accepted."""

    redemption_id: str
    conversation_id: str
    redeemed_at: datetime


class RedemptionNotesReply(Reply):
    """Redemptions, the earliest first; `more` says whether there are others."""

    redemptions: list[RedemptionNoteReply]
    more: bool


async def read_report(request: web.Request, query: ReportQuery) -> ReportReply:
    """Report on the last days."""
    report = await request.app[REPORTS].report(days=query.days, outcome_days=query.outcome_days)
    return ReportReply.model_validate(vars(report) | {"lines": report.branches})


async def list_money(request: web.Request, query: DaysQuery) -> MoneyListReply:
    """Sum up redemptions by offer."""
    found = await request.app[REPORTS].money(days=query.days)
    return MoneyListReply(days=query.days, offers=[MoneyReply.model_validate(row) for row in found])


async def list_spending(request: web.Request) -> SpendingListReply:
    """List a promotion's spending by day."""
    found = await request.app[REPORTS].spending(path_id(request, "promotion_id"))
    return SpendingListReply(spending=[SpendingReply.model_validate(row) for row in found])


async def list_decision_notes(request: web.Request, query: NotesQuery) -> DecisionNotesReply:
    """List decisions after one of them."""
    found = await request.app[REPORTS].decision_notes(after=query.after, limit=_NOTES)
    notes = [DecisionNoteReply.model_validate(row) for row in found]
    return DecisionNotesReply(decisions=notes, more=len(notes) == _NOTES)


async def list_redemption_notes(request: web.Request, query: RedemptionsQuery) -> RedemptionNotesReply:
    """List redemptions from a moment on."""
    found = await request.app[REPORTS].redemption_notes(since=query.since, limit=_NOTES)
    notes = [RedemptionNoteReply.model_validate(row) for row in found]
    return RedemptionNotesReply(redemptions=notes, more=len(notes) == _NOTES)


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/report", "Report on the last days", read_report, ReportReply, query=ReportQuery, errors=(400,)
    ),
    Endpoint(
        "GET",
        "/v1/redemption-costs",
        "Sum up redemptions by offer",
        list_money,
        MoneyListReply,
        query=DaysQuery,
        errors=(400,),
    ),
    Endpoint(
        "GET",
        "/v1/promotions/{promotion_id}/spending",
        "List a promotion's spending by day",
        list_spending,
        SpendingListReply,
        errors=(400,),
    ),
    Endpoint(
        "GET",
        "/v1/decision-notes",
        "List decisions with their policy's version",
        list_decision_notes,
        DecisionNotesReply,
        query=NotesQuery,
        errors=(400,),
    ),
    Endpoint(
        "GET",
        "/v1/redemption-notes",
        "List redemptions with their conversation",
        list_redemption_notes,
        RedemptionNotesReply,
        query=RedemptionsQuery,
        errors=(400,),
    ),
)
