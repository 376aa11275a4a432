"""Outcomes, the codes of accepted offers, and what the learner has made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Function,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.codes.codes import CodeState
from promo_engine.domain.decisions.decisions import REWARD_OF, Decision, OfferResults, Outcome, OutcomeKind
from promo_engine.domain.learning.policy_versions import Lineage
from promo_engine.domain.learning.reward_trust import Answers, Quarantined
from promo_engine.domain.learning.rewards import PendingReward
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.storage.tables import (
    codes,
    decisions,
    learned_elsewhere,
    outcomes,
    policy_snapshots,
    redeemed_codes,
    redemptions,
)


class SqlOutcomes:
    """`ports.unit_of_work.Outcomes` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, decision_id: str) -> Outcome | None:
        """Return the decision's outcome with its code."""
        query = (
            select(outcomes, codes.c.code, codes.c.expires_at.label("code_expires_at"))
            .outerjoin(codes, codes.c.decision_id == outcomes.c.decision_id)
            .where(outcomes.c.decision_id == decision_id)
        )
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        values = {field.name: row._mapping[field.name] for field in fields(Outcome)}
        return Outcome(**values | {"outcome": OutcomeKind(row.outcome)})

    async def add(self, outcome: Outcome, *, decision: Decision, held_cents: int = 0) -> None:
        """Store an outcome and, if it has one, its code, which holds so much of the accounts."""
        await self._connection.execute(
            insert(outcomes).values(
                decision_id=outcome.decision_id,
                outcome=outcome.outcome.value,
                reward=outcome.reward,
                recorded_at=outcome.recorded_at,
            )
        )
        if outcome.code is not None:
            await self._connection.execute(
                insert(codes).values(
                    code=outcome.code,
                    decision_id=decision.decision_id,
                    offer_id=decision.offer_id,
                    customer_id=decision.customer_id,
                    state="reserved",
                    reserved_at=outcome.recorded_at,
                    expires_at=outcome.code_expires_at,
                    held_cents=held_cents,
                )
            )

    async def count_unanswered(self, *, exposed_after: datetime | None, exposed_until: datetime) -> int:
        """Count the unanswered offers exposed in (after, until]."""
        query = _unanswered(select(func.count()), exposed_after, exposed_until)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def add_unanswered(self, *, exposed_after: datetime | None, exposed_until: datetime, at: datetime) -> int:
        """Give what `count_unanswered` counts the outcome `silent`; return how many."""
        unanswered = select(
            decisions.c.decision_id,
            literal(OutcomeKind.UNANSWERED.value),
            literal(REWARD_OF[OutcomeKind.UNANSWERED]),
            literal(at, outcomes.c.recorded_at.type),
        )
        statement = (
            insert_for(self._connection, outcomes)
            .from_select(
                ["decision_id", "outcome", "reward", "recorded_at"],
                _unanswered(unanswered, exposed_after, exposed_until),
            )
            .on_conflict_do_nothing()
            .returning(outcomes.c.decision_id)
        )
        return len((await self._connection.execute(statement)).all())

    async def waiting(
        self, *, model_version: str, since_version: int, until: datetime, limit: int
    ) -> list[PendingReward]:
        """List matured rewards that no snapshot holds, the oldest first."""
        query = _waiting(select(*_PENDING_REWARD), model_version, since_version, until)
        # The lock makes a second learner wait for the first and then not see what that one has marked.
        locked = (
            query.order_by(outcomes.c.recorded_at, outcomes.c.decision_id).limit(limit).with_for_update(of=outcomes)
        )
        return _rewards(await self._connection.execute(locked))

    async def count_waiting(self, *, model_version: str, since_version: int, until: datetime) -> int:
        """Count what `waiting` would list without a limit."""
        query = _waiting(select(func.count()), model_version, since_version, until)
        count: int = (await self._connection.execute(query)).scalar_one()
        return count

    async def mark_learned(self, decision_ids: Sequence[str], *, version: int) -> None:
        """Record which snapshot holds these rewards."""
        await self._connection.execute(
            update(outcomes).where(outcomes.c.decision_id.in_(decision_ids)).values(learned_in_version=version)
        )

    async def learned_rewards(
        self, lineage: Lineage, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[PendingReward]:
        """List the rewards that the last version of a lineage holds, the oldest first."""
        held = outcomes.c.learned_in_version.in_(_versions(_on(lineage)))
        query = select(*_PENDING_REWARD).join(decisions, decisions.c.decision_id == outcomes.c.decision_id).where(held)
        if after is not None:
            at, decision_id = after
            later = and_(outcomes.c.recorded_at == at, outcomes.c.decision_id > decision_id)
            query = query.where(or_(outcomes.c.recorded_at > at, later))
        query = query.order_by(outcomes.c.recorded_at, outcomes.c.decision_id).limit(limit)
        return _rewards(await self._connection.execute(query))

    async def change_lineage(self, *, before: Lineage, after: Lineage, set_aside: bool) -> tuple[int, int]:
        """Let the rewards that the version in force holds be those of `after`; return how many wait, are set aside."""
        run = self._connection.execute
        given_up = _versions(and_(_on(before), not_(_on(after))))
        left = outcomes.c.learned_in_version.in_(given_up)
        # What a version that is given up has learned is remembered, in case somebody goes back to it.
        remembered = insert_for(self._connection, learned_elsewhere).from_select(
            ["decision_id", "version"], select(outcomes.c.decision_id, outcomes.c.learned_in_version).where(left)
        )
        await run(remembered.on_conflict_do_nothing())
        forgotten = update(outcomes).where(left).values(learned_in_version=None)
        gone = set((await run(forgotten.returning(outcomes.c.decision_id))).scalars())
        known = (
            select(func.max(learned_elsewhere.c.version))
            .where(
                learned_elsewhere.c.decision_id == outcomes.c.decision_id,
                learned_elsewhere.c.version.in_(_versions(_on(after))),
            )
            .scalar_subquery()
        )
        regained = update(outcomes).where(outcomes.c.learned_in_version.is_(None), known.is_not(None))
        returned = regained.values(learned_in_version=known).returning(outcomes.c.decision_id)
        gone -= set((await run(returned)).scalars())
        if set_aside:
            of_given_up = select(learned_elsewhere.c.decision_id).where(learned_elsewhere.c.version.in_(given_up))
            suspect = (outcomes.c.learned_in_version.is_(None), outcomes.c.decision_id.in_(of_given_up))
            await run(update(outcomes).where(*suspect).values(set_aside=1))
        return (0, len(gone)) if set_aside else (len(gone), 0)

    async def set_weights(self, weights: Mapping[str, tuple[float, bool]]) -> None:
        """Store by decision_id what a reward counts and whether it is quarantined."""
        if weights:
            of = outcomes.c.decision_id == bindparam("of")
            held = case((bindparam("is_held", type_=Boolean), "held"), else_=outcomes.c.quarantine)
            statement = update(outcomes).where(of).values(weight=bindparam("counts"), quarantine=held)
            rows = [{"of": name, "counts": weight, "is_held": held} for name, (weight, held) in weights.items()]
            await self._connection.execute(statement, rows)

    async def answers(
        self, offer_ids: Collection[str], *, after: datetime, until: datetime, quarantined: bool
    ) -> dict[str, Answers]:
        """Count exposures in (after, until] and their acceptances by offer_id, with or without quarantined ones."""
        query = (
            select(
                decisions.c.offer_id,
                func.count(),
                func.count(case((outcomes.c.outcome == OutcomeKind.ACCEPTED.value, 1))),
            )
            .select_from(decisions.outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id))
            .where(
                decisions.c.exposed_at > after,
                decisions.c.exposed_at <= until,
                decisions.c.offer_id.in_(sorted(offer_ids)),
            )
            .group_by(decisions.c.offer_id)
        )
        if not quarantined:
            query = query.where(func.coalesce(outcomes.c.quarantine, "") != "held")
        return {
            offer_id: Answers(shown, accepted) for offer_id, shown, accepted in await self._connection.execute(query)
        }

    async def quarantined(self) -> list[Quarantined]:
        """Count what is held back, by offer_id."""
        query = (
            select(
                decisions.c.offer_id,
                func.count().label("rewards"),
                func.count(case((outcomes.c.outcome == OutcomeKind.ACCEPTED.value, 1))).label("accepted"),
                func.min(outcomes.c.recorded_at).label("since"),
                func.max(outcomes.c.recorded_at).label("until"),
            )
            .select_from(outcomes.join(decisions, decisions.c.decision_id == outcomes.c.decision_id))
            .where(outcomes.c.quarantine == "held")
            .group_by(decisions.c.offer_id)
            .order_by(decisions.c.offer_id)
        )
        return [Quarantined(**row._mapping) for row in await self._connection.execute(query)]

    async def release(self, offer_id: str) -> int:
        """Let an offer's quarantined rewards wait for the learner again; return how many."""
        of_offer = select(decisions.c.decision_id).where(decisions.c.offer_id == offer_id)
        statement = (
            update(outcomes)
            .where(outcomes.c.quarantine == "held", outcomes.c.decision_id.in_(of_offer))
            .values(quarantine="released", weight=None, learned_in_version=None)
            .returning(outcomes.c.decision_id)
        )
        return len((await self._connection.execute(statement)).all())

    async def results(self, *, exposed_since: datetime) -> list[OfferResults]:
        """Count what became of every offer that was exposed since then, by offer_id."""

        def count(condition: ColumnElement[bool]) -> Function[int]:
            return func.count(case((condition, 1)))

        query = (
            select(
                decisions.c.offer_id,
                func.count().label("exposures"),
                *(count(outcomes.c.outcome == kind.value).label(kind.name.lower()) for kind in OutcomeKind),
                count(codes.c.state == CodeState.REDEEMED).label("redeemed"),
            )
            .select_from(decisions)
            .outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
            .outerjoin(codes, codes.c.decision_id == decisions.c.decision_id)
            .where(decisions.c.exposed_at >= exposed_since, decisions.c.offer_id.is_not(None))
            .group_by(decisions.c.offer_id)
            .order_by(decisions.c.offer_id)
        )
        return [OfferResults(**row._mapping) for row in await self._connection.execute(query)]


_CODES_OF_ORDER = select(func.count()).where(redeemed_codes.c.redemption_id == redemptions.c.redemption_id)
_MARGIN = (
    select(1.0 * redemptions.c.margin_cents / _CODES_OF_ORDER.correlate(redemptions).scalar_subquery())
    .select_from(
        codes.join(redeemed_codes, redeemed_codes.c.code == codes.c.code).join(
            redemptions, redemptions.c.redemption_id == redeemed_codes.c.redemption_id
        )
    )
    .where(codes.c.decision_id == outcomes.c.decision_id, redemptions.c.cancelled_at.is_(None))
    .correlate(outcomes)
    .scalar_subquery()
)
_PENDING_REWARD = (
    outcomes.c.decision_id,
    outcomes.c.recorded_at,
    outcomes.c.reward,
    outcomes.c.weight,
    outcomes.c.quarantine,
    decisions.c.features,
    decisions.c.offer_id,
    decisions.c.conversation_id,
    decisions.c.customer_id,
    decisions.c.exposed_at,
    _MARGIN.label("margin_cents"),
)


def _rewards(rows: Iterable[Row[Any]]) -> list[PendingReward]:
    return [
        PendingReward(
            decision_id=row.decision_id,
            recorded_at=row.recorded_at,
            labelled=TrainingExample(features=tuple(row.features), reward=row.reward),
            offer_id=row.offer_id,
            conversation_id=row.conversation_id,
            customer_id=row.customer_id,
            exposed_at=row.exposed_at or row.recorded_at,
            weight=row.weight,
            released=row.quarantine == "released",
            margin_cents=row.margin_cents,
        )
        for row in rows
    ]


def _on(lineage: Lineage) -> ColumnElement[bool]:
    columns = policy_snapshots.c
    return or_(*(and_(columns.line == segment.branch, columns.version <= segment.until_version) for segment in lineage))


def _versions(which: ColumnElement[bool]) -> Select[Any]:
    return select(policy_snapshots.c.version).where(which)


def _waiting(query: Select[Any], model_version: str, since_version: int, until: datetime) -> Select[Any]:
    # Features made from another user model, or made otherwise before an upgrade, would teach this policy nonsense.
    return query.select_from(outcomes.join(decisions, decisions.c.decision_id == outcomes.c.decision_id)).where(
        outcomes.c.learned_in_version.is_(None),
        outcomes.c.set_aside == 0,
        outcomes.c.recorded_at <= until,
        decisions.c.model_version == model_version,
        decisions.c.policy_version >= since_version,
    )


def _unanswered(query: Select[Any], exposed_after: datetime | None, exposed_until: datetime) -> Select[Any]:
    unanswered = query.select_from(
        decisions.outerjoin(outcomes, outcomes.c.decision_id == decisions.c.decision_id)
    ).where(
        decisions.c.exposed_at <= exposed_until,
        decisions.c.offer_id.is_not(None),
        outcomes.c.decision_id.is_(None),
    )
    return unanswered if exposed_after is None else unanswered.where(decisions.c.exposed_at > exposed_after)
