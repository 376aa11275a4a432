"""`ports.offers.plan_repository.Plans` in SQL."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.codecs.plan_codec import plan_to_json, stored_plan_from_json
from promo_engine.domain.errors import Conflict
from promo_engine.domain.plans.plans import PlanState, StoredPlan
from promo_engine.storage.tables import strategy_plans

_LOG = logging.getLogger(__name__)


class SqlPlans:
    """Plans of campaigns."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, plan: StoredPlan) -> None:
        """Store a new one. Raises Conflict `plan_exists`."""
        values = {name: getattr(plan, name) for name in StoredPlan.__dataclass_fields__}
        values |= {"state": plan.state.value, "body": plan_to_json(plan.body)}
        statement = insert_for(self._connection, strategy_plans).values(**values)
        added = await self._connection.execute(statement.on_conflict_do_nothing().returning(strategy_plans.c.plan_id))
        if added.first() is None:
            raise Conflict("plan_exists", f"There is a plan {plan.plan_id} already.")

    async def get(self, plan_id: str, *, lock: bool = False) -> StoredPlan | None:
        """Return one plan."""
        query = select(strategy_plans).where(strategy_plans.c.plan_id == plan_id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return None if row is None else _plan(row)

    async def page(self, *, limit: int) -> list[StoredPlan]:
        """List plans, the newest first."""
        query = select(strategy_plans).order_by(strategy_plans.c.created_at.desc(), strategy_plans.c.plan_id)
        return _readable(await self._connection.execute(query.limit(limit)))

    async def approved(self) -> list[StoredPlan]:
        """List those that are approved, by plan_id."""
        query = select(strategy_plans).where(strategy_plans.c.state == PlanState.APPROVED.value)
        return _readable(await self._connection.execute(query.order_by(strategy_plans.c.plan_id)))

    async def save(self, plan: StoredPlan) -> None:
        """Store the state, and who decided it when, of one that `get` has locked."""
        statement = update(strategy_plans).where(strategy_plans.c.plan_id == plan.plan_id)
        await self._connection.execute(
            statement.values(state=plan.state.value, decided_at=plan.decided_at, decided_by=plan.decided_by)
        )


def _readable(rows: Iterable[Row[Any]]) -> list[StoredPlan]:
    """The plans of rows. One that cannot be read is logged and left out, so that the others can be seen and watched."""
    plans = []
    for row in rows:
        try:
            plans.append(_plan(row))
        except Conflict as unreadable:
            _LOG.error("%s", unreadable.message)
    return plans


def _plan(row: Row[Any]) -> StoredPlan:
    try:
        body = stored_plan_from_json(row.body)
    except ValueError as error:
        message = f"The plan {row.plan_id} cannot be read: {error}. End its promotions one by one and make a new plan."
        raise Conflict("plan_unreadable", message) from error
    return StoredPlan(**row._asdict() | {"state": PlanState(row.state), "body": body})
