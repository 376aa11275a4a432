"""Sums over decisions, codes and redemptions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.codes.codes import CodeState
from promo_engine.domain.decisions.decisions import NoOfferReason, OutcomeKind
from promo_engine.domain.decisions.funnel import (
    BranchSteps,
    DaySpending,
    DaySteps,
    DecisionNote,
    Enrolment,
    OfferMoney,
    RedemptionNote,
)
from promo_engine.storage.tables import (
    codes,
    decisions,
    offers,
    orders,
    outcomes,
    policy_snapshots,
    redeemed_codes,
    redemptions,
)

_BY_A_POLICY = and_(
    decisions.c.holdout == 0,
    func.coalesce(decisions.c.no_offer_reason, "") != NoOfferReason.NO_ELIGIBLE_OFFER.value,
)
_WITH_OUTCOMES = decisions.outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id).outerjoin(
    codes, codes.c.decision_id == decisions.c.decision_id
)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


_others = redeemed_codes.alias("others")
_CODES_OF_ORDER = (
    select(func.count())
    .select_from(_others)
    .where(_others.c.redemption_id == redemptions.c.redemption_id)
    .correlate(redemptions)
    .scalar_subquery()
)
_OF_BRANCH = policy_snapshots.c.version == decisions.c.policy_version
_STEPS = (
    func.count().label("decisions"),
    _count(decisions.c.offer_id.is_not(None)).label("offered"),
    _count(decisions.c.exposed_at.is_not(None)).label("exposed"),
    _count(outcomes.c.outcome == OutcomeKind.ACCEPTED.value).label("accepted"),
    _count(codes.c.state == CodeState.REDEEMED).label("redeemed"),
)


class SqlReports:
    """`ports.decisions.report_repository.Reports` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def days(self, *, since: datetime) -> list[DaySteps]:
        """List the days with decisions, the earliest first."""
        day = self._day(decisions.c.decided_at)
        query = select(day.label("day"), *_STEPS).select_from(_WITH_OUTCOMES)
        query = query.where(_BY_A_POLICY, decisions.c.decided_at >= since).group_by(day).order_by(day)
        return [DaySteps(**_with_date(row._mapping)) for row in await self._connection.execute(query)]

    async def branches(self, *, model_version: str, since: datetime) -> list[BranchSteps]:
        """List the branches that decided since then, the newest first."""
        branch = policy_snapshots.c.line
        answered = outcomes.c.outcome.is_not(None)
        query = (
            select(
                branch.label("branch"),
                func.min(decisions.c.policy_version).label("first_version"),
                func.max(decisions.c.policy_version).label("last_version"),
                func.min(decisions.c.decided_at).label("first_at"),
                func.max(decisions.c.decided_at).label("last_at"),
                _count(answered).label("answered"),
                *_STEPS,
            )
            .select_from(
                _WITH_OUTCOMES.join(policy_snapshots, policy_snapshots.c.version == decisions.c.policy_version)
            )
            .where(_BY_A_POLICY, decisions.c.decided_at >= since, decisions.c.model_version == model_version)
            .group_by(branch)
            .order_by(branch.desc())
        )
        rows = (await self._connection.execute(query)).all()
        return [BranchSteps(**row._mapping, expected=await self._expected(row.branch, since)) for row in rows]

    async def _expected(self, branch: int, since: datetime, *, newest: int = 1000) -> float | None:
        """The mean expectation of the newest answered offers: it stands in packed columns, so Python adds it up."""
        query = (
            select(decisions.c.offer_id, decisions.c.arms, decisions.c.expected_rewards)
            .join(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
            .join(policy_snapshots, policy_snapshots.c.version == decisions.c.policy_version)
            .where(
                policy_snapshots.c.line == branch, decisions.c.decided_at >= since, decisions.c.exposed_at.is_not(None)
            )
            .order_by(decisions.c.decided_at.desc())
            .limit(newest)
        )
        found = [
            row.expected_rewards[row.arms.index(row.offer_id)]
            for row in await self._connection.execute(query)
            if row.offer_id in row.arms
        ]
        return sum(found) / len(found) if found else None

    async def enrolments(self, *, since: datetime, until: datetime, outcome_days: int) -> list[Enrolment]:
        """List the customers whose first decision since `since` was made before `until`, in that order."""
        first = (
            select(
                decisions.c.customer_id,
                func.min(decisions.c.decided_at).label("enrolled_at"),
                func.max(decisions.c.holdout).label("holdout"),
            )
            .where(decisions.c.customer_id.is_not(None), decisions.c.decided_at >= since)
            .group_by(decisions.c.customer_id)
            .having(func.min(decisions.c.decided_at) < until)
            .order_by(func.min(decisions.c.decided_at), decisions.c.customer_id)
        )
        rows = (await self._connection.execute(first)).all()
        period = timedelta(days=outcome_days)
        bought = await self._orders_since(since - period)
        return [
            Enrolment(
                customer_id=row.customer_id,
                enrolled_at=row.enrolled_at,
                holdout=bool(row.holdout),
                spent_cents=_spent(bought.get(row.customer_id, []), row.enrolled_at, row.enrolled_at + period),
                spent_before_cents=_spent(bought.get(row.customer_id, []), row.enrolled_at - period, row.enrolled_at),
            )
            for row in rows
        ]

    async def _orders_since(self, since: datetime) -> dict[str, list[tuple[datetime, int]]]:
        query = select(orders.c.customer_id, orders.c.placed_at, orders.c.total_cents).where(
            orders.c.placed_at >= since,
            orders.c.customer_id.in_(select(decisions.c.customer_id).where(decisions.c.decided_at >= since)),
        )
        found: dict[str, list[tuple[datetime, int]]] = {}
        for row in await self._connection.execute(query):
            found.setdefault(row.customer_id, []).append((row.placed_at, row.total_cents))
        return found

    async def decision_notes(self, *, after: str, limit: int) -> list[DecisionNote]:
        """List decisions with an id above `after`, ascending."""
        query = (
            select(
                decisions.c.decision_id,
                decisions.c.conversation_id,
                decisions.c.policy_version,
                func.coalesce(policy_snapshots.c.line, decisions.c.policy_version).label("branch"),
            )
            .outerjoin(policy_snapshots, _OF_BRANCH)
            .where(decisions.c.decision_id > after)
            .order_by(decisions.c.decision_id)
            .limit(limit)
        )
        return [DecisionNote(**row._mapping) for row in await self._connection.execute(query)]

    async def redemption_notes(self, *, since: datetime, limit: int) -> list[RedemptionNote]:
        """List redemptions from `since` on that were not cancelled, the earliest first."""
        query = (
            select(redemptions.c.redemption_id, decisions.c.conversation_id, redemptions.c.redeemed_at)
            .join(redeemed_codes, redeemed_codes.c.redemption_id == redemptions.c.redemption_id)
            .join(codes, codes.c.code == redeemed_codes.c.code)
            .join(decisions, decisions.c.decision_id == codes.c.decision_id)
            .where(redemptions.c.redeemed_at >= since, redemptions.c.cancelled_at.is_(None))
            .order_by(redemptions.c.redeemed_at, redemptions.c.redemption_id)
            .limit(limit)
        )
        return [RedemptionNote(**row._mapping) for row in await self._connection.execute(query)]

    async def money(self, *, since: datetime) -> list[OfferMoney]:
        """Sum up the redemptions since then by offer."""
        query = (
            _used(
                select(
                    codes.c.offer_id,
                    func.count().label("redeemed"),
                    func.sum(redeemed_codes.c.cost_cents).label("cost_cents"),
                    func.sum(redemptions.c.margin_cents / cast(_CODES_OF_ORDER, Float)).label("margin_cents"),
                    func.count(redemptions.c.margin_cents).label("costed"),
                )
            )
            .where(redemptions.c.redeemed_at >= since)
            .group_by(codes.c.offer_id)
            .order_by(codes.c.offer_id)
        )
        return [
            OfferMoney(
                row.offer_id,
                row.redeemed,
                int(row.cost_cents),
                margin_cents=None if row.margin_cents is None else round(row.margin_cents),
                costed=row.costed,
            )
            for row in await self._connection.execute(query)
        ]

    async def spending(self, promotion_id: str) -> list[DaySpending]:
        """List what a promotion's redeemed codes cost by day, the earliest first."""
        day = self._day(redemptions.c.redeemed_at)
        query = (
            _used(select(day.label("day"), func.sum(redeemed_codes.c.cost_cents).label("spent_cents")))
            .join(offers, offers.c.offer_id == codes.c.offer_id)
            .where(offers.c.promotion_id == promotion_id)
            .group_by(day)
            .order_by(day)
        )
        return [
            DaySpending(**_with_date(row._mapping) | {"spent_cents": int(row.spent_cents)})
            for row in await self._connection.execute(query)
        ]

    def _day(self, moment: ColumnElement[datetime]) -> ColumnElement[Any]:
        if self._connection.dialect.name == "postgresql":
            return func.date(func.timezone("UTC", moment))
        return func.date(moment)


def _used(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(redeemed_codes)
        .join(redemptions, redemptions.c.redemption_id == redeemed_codes.c.redemption_id)
        .join(codes, codes.c.code == redeemed_codes.c.code)
        .where(redemptions.c.cancelled_at.is_(None))
    )


def _with_date(row: Any) -> dict[str, Any]:
    """SQLite gives a day as text."""
    return {**row, "day": row["day"] if isinstance(row["day"], date) else date.fromisoformat(row["day"])}


def _spent(bought: list[tuple[datetime, int]], since: datetime, until: datetime) -> int:
    return sum(cents for placed_at, cents in bought if since <= placed_at < until)
