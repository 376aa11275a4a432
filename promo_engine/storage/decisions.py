"""Decisions."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.decisions import Decision, NoOfferReason, OutcomeKind
from promo_engine.domain.unit_of_work import AlreadyDecided, AnsweredOffers
from promo_engine.storage.tables import codes, decisions, outcomes


class SqlDecisions:
    """`domain.unit_of_work.Decisions` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, decision: Decision) -> None:
        """Store it. Raises AlreadyDecided if its conversation has one for this request."""
        # Not `asdict`, which would copy every number of the distributions.
        values = {field.name: getattr(decision, field.name) for field in fields(decision)}
        values |= {"holdout": int(decision.holdout), "features": list(decision.features)}
        try:
            # Not ON CONFLICT, which SQLAlchemy compiles anew every time.
            await self._connection.execute(insert(decisions), values)
        except IntegrityError as error:
            raise AlreadyDecided from error

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
        here = (
            select(decisions.c.offer_id, outcomes.c.outcome)
            .join(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
            .where(decisions.c.conversation_id == conversation_id)
        )
        # Every acceptance has a code, and codes are indexed by customer. What one stranger accepted says nothing of
        # another: without a customer_id the comparison would be with NULL, which is every stranger's.
        ever = select(codes.c.offer_id, literal(OutcomeKind.ACCEPTED.value)).where(codes.c.customer_id == customer_id)
        query = here if customer_id is None else here.union_all(ever)
        by_outcome: dict[str, set[str]] = {}
        for row in await self._connection.execute(query):
            by_outcome.setdefault(row.outcome, set()).add(row.offer_id)
        return AnsweredOffers(
            accepted=frozenset(by_outcome.get(OutcomeKind.ACCEPTED, ())),
            declined_here=frozenset(by_outcome.get(OutcomeKind.DECLINED, ())),
        )

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
