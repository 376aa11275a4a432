"""Decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, insert, literal, null, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.codecs.context_codec import context_from_json, context_to_json
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.decisions.decisions import Decision, NoOfferReason, OutcomeKind
from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.learning.rewards import AnsweredOffers, SettledDecision, Treatment
from promo_engine.storage.sqlite.prepared_statements import quick
from promo_engine.storage.tables import codes, customers, decision_states, decisions, offers, outcomes

_INSERT = quick(insert(decisions))
_BY_POLICY = or_(
    decisions.c.no_offer_reason.is_(None), decisions.c.no_offer_reason == NoOfferReason.POLICY_CHOSE_NO_OFFER.value
)
"""Without those that no policy made: holdout, and no eligible offer."""
# Every acceptance has a code, and codes are indexed by customer. What one anonymous customer accepted says nothing of
# another.
_ANSWERED = quick(
    select(decisions.c.conversation_id, null().label("customer_id"), decisions.c.offer_id, outcomes.c.outcome)
    .join(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
    .where(decisions.c.conversation_id.in_(bindparam("conversation_ids", expanding=True)))
    .union_all(
        select(null(), codes.c.customer_id, codes.c.offer_id, literal(OutcomeKind.ACCEPTED.value)).where(
            codes.c.customer_id.in_(bindparam("customer_ids", expanding=True))
        )
    )
)


class SqlDecisions:
    """`ports.unit_of_work.Decisions` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, decisions_to_add: Sequence[Decision], *, states: Mapping[str, StoredState] | None = None
    ) -> set[str]:
        """Store them; return the ids of those whose conversation had no decision for the request yet."""
        if states:
            kept = [{"state_hash": name} | vars(stored) for name, stored in states.items()]
            statement = insert_for(self._connection, decision_states).on_conflict_do_nothing()
            await self._connection.execute(statement, kept)
        rows = [_row(decision) for decision in decisions_to_add]
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(_INSERT, rows)
        except IntegrityError:
            # Somebody asked twice. One by one, those that are new go in.
            return {row["decision_id"] for row in rows if await self._add_new(row)}
        return {row["decision_id"] for row in rows}

    async def _add_new(self, row: dict[str, Any]) -> bool:
        statement = insert_for(self._connection, decisions).values(**row)
        asked_before = ["conversation_id", "request_id"]
        added = await self._connection.execute(
            statement.on_conflict_do_nothing(index_elements=asked_before).returning(decisions.c.decision_id)
        )
        return added.first() is not None

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

    async def states(self, state_hashes: Collection[str]) -> dict[str, StoredState]:
        """Return the states that decisions were made on."""
        query = select(decision_states).where(decision_states.c.state_hash.in_(state_hashes))
        rows = await self._connection.execute(query)
        return {row.state_hash: StoredState(row.state, row.last_event_at) for row in rows}

    async def settled(
        self, *, model_version: str, since: datetime, until: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[SettledDecision]:
        """List the decisions of a policy made in (since, until], the earliest first, from the one after `after`."""
        query = (
            select(decisions, outcomes.c.reward)
            .outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
            .where(
                decisions.c.model_version == model_version,
                decisions.c.decided_at > since,
                decisions.c.decided_at <= until,
                _BY_POLICY,
            )
            .order_by(decisions.c.decided_at, decisions.c.decision_id)
            .limit(limit)
        )
        if after is not None:
            at, decision_id = after
            later = and_(decisions.c.decided_at == at, decisions.c.decision_id > decision_id)
            query = query.where(or_(decisions.c.decided_at > at, later))
        rows = (await self._connection.execute(query)).all()
        return [SettledDecision(_decision(row), row.reward) for row in rows]

    async def treatments(self, *, limit: int) -> list[Treatment]:
        """List what the newest decisions of a policy did for customers."""
        query = (
            select(
                customers.c.demographics,
                decisions.c.propensities,
                func.coalesce(offers.c.unit_cost_cents, 0).label("value_cents"),
                outcomes.c.outcome,
            )
            .select_from(decisions.join(customers, customers.c.customer_id == decisions.c.customer_id))
            .outerjoin(offers, offers.c.offer_id == decisions.c.offer_id)
            .outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
            .where(_BY_POLICY)
            .order_by(decisions.c.decided_at.desc(), decisions.c.decision_id.desc())
            .limit(limit)
        )
        return [
            Treatment(
                demographics=row.demographics,
                exposure=1.0 - row.propensities[-1],
                value_cents=row.value_cents,
                accepted=row.outcome == OutcomeKind.ACCEPTED.value,
            )
            for row in await self._connection.execute(query)
        ]

    async def newest(self, limit: int) -> list[Decision]:
        """List decisions, the newest first."""
        query = select(decisions).order_by(decisions.c.decided_at.desc(), decisions.c.decision_id.desc()).limit(limit)
        return [_decision(row) for row in await self._connection.execute(query)]

    async def mark_exposed(self, decision_id: str, at: datetime) -> None:
        """Record that the offer was shown."""
        await self._connection.execute(
            update(decisions).where(decisions.c.decision_id == decision_id).values(exposed_at=at)
        )

    async def answered_offers(self, of: Sequence[tuple[str | None, str]]) -> list[AnsweredOffers]:
        """Return what each (customer_id, conversation_id) has answered, in that order."""
        asked_about = {
            "conversation_ids": [conversation_id for _, conversation_id in of],
            "customer_ids": [customer_id for customer_id, _ in of if customer_id is not None],
        }
        here: dict[str, list[tuple[str, str]]] = {}
        ever: dict[str, list[tuple[str, str]]] = {}
        for row in await self._connection.execute(_ANSWERED, asked_about):
            answers = here if row.conversation_id is not None else ever
            answers.setdefault(row.conversation_id or row.customer_id, []).append((row.outcome, row.offer_id))
        return [
            _answered([*here.get(conversation_id, ()), *ever.get(customer_id or "", ())])
            for customer_id, conversation_id in of
        ]

    async def _one(self, query: Select[Any]) -> Decision | None:
        row = (await self._connection.execute(query)).first()
        return None if row is None else _decision(row)


def _answered(answers: Sequence[tuple[str, str]]) -> AnsweredOffers:
    return AnsweredOffers(
        accepted=frozenset(offer_id for outcome, offer_id in answers if outcome == OutcomeKind.ACCEPTED),
        declined_here=frozenset(offer_id for outcome, offer_id in answers if outcome == OutcomeKind.DECLINED),
    )


def _row(decision: Decision) -> dict[str, Any]:
    # Not `asdict`, which would copy every number of the distributions.
    arms, penalties = list(decision.expected_rewards), decision.pacing_penalties
    values = {name: value for name, value in vars(decision).items() if name != "pacing_penalties"}
    return values | {
        "holdout": int(decision.holdout),
        "decision_context": context_to_json(decision.decision_context),
        "arms": arms,
        "propensities": [*map(decision.propensities.__getitem__, arms), decision.propensities[NO_OFFER]],
        "expected_rewards": list(decision.expected_rewards.values()),
        "prices": None if penalties is None else [penalties[arm] for arm in arms if penalties],
    }


def _decision(row: Row[Any]) -> Decision:
    values = {field.name: row._mapping[field.name] for field in fields(Decision) if field.name != "pacing_penalties"}
    arms, reason, penalties = row.arms, values["no_offer_reason"], row.prices
    return Decision(
        **values
        | {
            "propensities": dict(zip([*arms, NO_OFFER], values["propensities"], strict=True)),
            "expected_rewards": dict(zip(arms, values["expected_rewards"], strict=True)),
            "pacing_penalties": None if penalties is None else dict(zip(arms, penalties, strict=False)),
            "holdout": bool(values["holdout"]),
            "decision_context": context_from_json(values["decision_context"]),
            "no_offer_reason": None if reason is None else NoOfferReason(reason),
        }
    )
