"""Decisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.decisions import Decision, NoOfferReason, OutcomeKind
from promo_engine.domain.unit_of_work import AnsweredOffers
from promo_engine.storage.inserts import insert_for
from promo_engine.storage.tables import codes, decisions, outcomes


class SqlDecisions:
    """`domain.unit_of_work.Decisions` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, decision: Decision) -> bool:
        """Store it; False if its conversation has a decision for this request."""
        values = asdict(decision) | {"holdout": int(decision.holdout), "features": list(decision.features)}
        statement = (
            insert_for(self._connection, decisions)
            .values(**values)
            .on_conflict_do_nothing(index_elements=["conversation_id", "request_id"])
            .returning(decisions.c.decision_id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def get(self, decision_id: str, *, lock: bool = False) -> Decision | None:
        """Return one decision."""
        query = select(decisions).where(decisions.c.decision_id == decision_id)
        return await self._one(query.with_for_update() if lock else query)

    async def of_request(self, *, conversation_id: str, request_id: str) -> Decision | None:
        """Return the decision that this request got."""
        return await self._one(
            select(decisions).where(
                decisions.c.conversation_id == conversation_id, decisions.c.request_id == request_id
            )
        )

    async def mark_exposed(self, decision_id: str, at: datetime) -> None:
        """Record that the offer was shown."""
        await self._connection.execute(
            update(decisions).where(decisions.c.decision_id == decision_id).values(exposed_at=at)
        )

    async def answered_offers(self, *, customer_id: str | None, conversation_id: str) -> AnsweredOffers:
        """Return what this customer, or this conversation, has answered."""
        here = await self._connection.execute(
            select(decisions.c.offer_id, outcomes.c.outcome)
            .join(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
            .where(decisions.c.conversation_id == conversation_id)
        )
        by_outcome: dict[str, set[str]] = {OutcomeKind.ACCEPTED: set(), OutcomeKind.DECLINED: set()}
        for row in here:
            by_outcome.setdefault(row.outcome, set()).add(row.offer_id)
        accepted = by_outcome[OutcomeKind.ACCEPTED]
        if customer_id is not None:
            # Every acceptance has a code, and codes are indexed by customer.
            taken = select(codes.c.offer_id).where(codes.c.customer_id == customer_id)
            accepted |= set((await self._connection.execute(taken)).scalars())
        return AnsweredOffers(accepted=frozenset(accepted), declined_here=frozenset(by_outcome[OutcomeKind.DECLINED]))

    async def _one(self, query: Select[Any]) -> Decision | None:
        row = (await self._connection.execute(query)).first()
        return None if row is None else _decision(row)


def _decision(row: Row[Any]) -> Decision:
    values = dict(row._mapping)
    reason = values["no_offer_reason"]
    return Decision(
        **values
        | {
            "features": tuple(values["features"]),
            "holdout": bool(values["holdout"]),
            "no_offer_reason": None if reason is None else NoOfferReason(reason),
        }
    )
