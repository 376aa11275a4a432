"""Promotions and offers as their keepers see them, the record of changes, and contacts of customers with offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, delete, func, insert, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.codecs.limits_codec import limits_from_json, limits_to_json
from promo_engine.codecs.offer_codec import offer_from_row, offer_to_row
from promo_engine.codecs.promotion_codec import promotion_from_row, promotion_to_row
from promo_engine.domain.errors import Conflict
from promo_engine.domain.offers.audit import AuditEntry
from promo_engine.domain.offers.budgets import AccountKind
from promo_engine.domain.offers.limits import Commitment, CustomerHistory, OfferContact, OfferContactKind
from promo_engine.domain.offers.pacing import PacingState
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion
from promo_engine.storage.repositories.offers.sql_budgets import set_caps
from promo_engine.storage.sqlite.prepared_statements import quick
from promo_engine.storage.tables import (
    budget_accounts,
    codes,
    offer_encounters,
    offers,
    promotion_audit,
    promotion_pacing,
    promotion_refusals,
    promotions,
)

_SUBJECTS: BindParameter[Any] = bindparam("subjects", expanding=True)
_HISTORIES = quick(
    select(
        offer_encounters.c.subject,
        offer_encounters.c.kind,
        offer_encounters.c.offer_id,
        offers.c.promotion_id,
        offer_encounters.c.at,
    )
    .join(offers, offers.c.offer_id == offer_encounters.c.offer_id)
    .outerjoin(
        codes,
        and_(
            codes.c.decision_id == offer_encounters.c.decision_id,
            offer_encounters.c.kind == OfferContactKind.ACCEPTED.value,
        ),
    )
    .where(
        offer_encounters.c.subject.in_(_SUBJECTS),
        offer_encounters.c.at > bindparam("since"),
        # An acceptance counts while its code does: one that was released or has expired gives the use back.
        func.coalesce(codes.c.state, "").not_in(("released", "expired")),
    )
    .union_all(
        select(promotion_refusals.c.subject, literal("refused"), null(), null(), promotion_refusals.c.refused_at).where(
            promotion_refusals.c.subject.in_(_SUBJECTS)
        )
    )
)

_PACING = {
    field.name: promotion_pacing.c["price" if field.name == "penalty" else field.name] for field in fields(PacingState)
}
"""The column of each field."""


class SqlPromotions:
    """`ports.unit_of_work.Promotions` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, promotion_id: str, *, lock: bool = False, share: bool = False) -> Promotion | None:
        """Return one promotion; `lock` to change it, `share` so that nobody changes it before this unit ends."""
        query = select(promotions).where(promotions.c.promotion_id == promotion_id)
        if lock or share:
            query = query.with_for_update(read=share)
        row = (await self._connection.execute(query)).first()
        return None if row is None else _promotion(row)

    async def page(self, *, after: str = "", limit: int | None = None) -> list[Promotion]:
        """List promotions whose id comes after `after`, by id."""
        query = select(promotions).where(promotions.c.promotion_id > after)
        rows = await self._connection.execute(query.order_by(promotions.c.promotion_id).limit(limit))
        return [_promotion(row) for row in rows]

    async def add(self, promotion: Promotion) -> None:
        """Store a new one. Raises Conflict `promotion_exists`."""
        statement = insert_for(self._connection, promotions).values(**promotion_to_row(promotion))
        added = await self._connection.execute(statement.on_conflict_do_nothing().returning(promotions.c.promotion_id))
        if added.first() is None:
            raise Conflict("promotion_exists", f"There is a promotion {promotion.promotion_id} already.")

    async def save(self, promotion: Promotion) -> None:
        """Replace one that `get` has locked."""
        statement = update(promotions).where(promotions.c.promotion_id == promotion.promotion_id)
        await self._connection.execute(statement.values(**promotion_to_row(promotion)))
        await set_caps(self._connection, AccountKind.PROMOTION, promotion.promotion_id, promotion.limits)

    async def delete(self, promotion_id: str) -> None:
        """Delete it with its offers."""
        await self._connection.execute(delete(offers).where(offers.c.promotion_id == promotion_id))
        await self._connection.execute(delete(promotions).where(promotions.c.promotion_id == promotion_id))

    async def offer(self, offer_id: str, *, lock: bool = False) -> ManagedOffer | None:
        """Return one offer."""
        query = select(offers).where(offers.c.offer_id == offer_id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).first()
        return None if row is None else _managed(row)

    async def offers_of(self, promotion_id: str, *, after: str = "", limit: int | None = None) -> list[ManagedOffer]:
        """List a promotion's offers whose id comes after `after`, by id."""
        query = select(offers).where(offers.c.promotion_id == promotion_id, offers.c.offer_id > after)
        rows = await self._connection.execute(query.order_by(offers.c.offer_id).limit(limit))
        return [_managed(row) for row in rows]

    async def all_offers(self) -> list[ManagedOffer]:
        """List every offer, by id."""
        return [_managed(row) for row in await self._connection.execute(select(offers).order_by(offers.c.offer_id))]

    async def add_offer(self, managed: ManagedOffer) -> None:
        """Store a new one. Raises Conflict `offer_exists`."""
        statement = insert_for(self._connection, offers).values(**_managed_row(managed), from_file=0)
        added = await self._connection.execute(statement.on_conflict_do_nothing().returning(offers.c.offer_id))
        if added.first() is None:
            raise Conflict("offer_exists", f"There is an offer {managed.offer.offer_id} already.")

    async def save_offer(self, managed: ManagedOffer) -> None:
        """Replace one that `offer` has locked."""
        statement = update(offers).where(offers.c.offer_id == managed.offer.offer_id)
        await self._connection.execute(statement.values(**_managed_row(managed)))
        await set_caps(self._connection, AccountKind.OFFER, managed.offer.offer_id, managed.limits)

    async def delete_offer(self, offer_id: str) -> None:
        """Delete it."""
        await self._connection.execute(delete(offers).where(offers.c.offer_id == offer_id))

    async def record(self, entry: AuditEntry) -> None:
        """Append to the record of changes."""
        await self._connection.execute(
            insert(promotion_audit).values(
                promotion_id=entry.promotion_id,
                offer_id=entry.offer_id,
                actor=entry.actor,
                action=entry.action,
                at=entry.at,
                changes=dict(entry.changes),
            )
        )

    async def audit_since(self, since: datetime) -> list[AuditEntry]:
        """List the changes of all promotions and offers after a moment, the oldest first."""
        query = select(promotion_audit).where(promotion_audit.c.at > since).order_by(promotion_audit.c.audit_id)
        return [AuditEntry(**row._mapping) for row in await self._connection.execute(query)]

    async def audit(self, promotion_id: str, *, after: int, limit: int) -> list[AuditEntry]:
        """List the changes of a promotion and its offers, the oldest first."""
        query = select(promotion_audit).where(
            promotion_audit.c.promotion_id == promotion_id, promotion_audit.c.audit_id > after
        )
        rows = await self._connection.execute(query.order_by(promotion_audit.c.audit_id).limit(limit))
        return [AuditEntry(**row._mapping) for row in rows]

    async def commitments(self, promotion_id: str | None = None) -> dict[str, Commitment]:
        """Return what the offers' accounts hold, by offer_id."""
        account = budget_accounts.c
        query = select(budget_accounts).where(account.kind == AccountKind.OFFER.value)
        if promotion_id is not None:
            query = query.join(offers, offers.c.offer_id == account.owner_id).where(
                offers.c.promotion_id == promotion_id
            )
        return {
            row.owner_id: Commitment(row.spent_cents, row.reserved_cents, row.reserved_uses + row.spent_uses)
            for row in await self._connection.execute(query)
        }

    async def pacing(self) -> dict[str, PacingState]:
        """Return every promotion's pacing penalty and what it was computed from, by promotion_id."""
        rows = await self._connection.execute(select(promotion_pacing.c.promotion_id, *_PACING.values()))
        return {promotion_id: PacingState(*state) for promotion_id, *state in rows}

    async def save_pacing(self, promotion_id: str, state: PacingState) -> None:
        """Store a promotion's pacing penalty."""
        values = {column.name: getattr(state, name) for name, column in _PACING.items()}
        statement = insert_for(self._connection, promotion_pacing).values(promotion_id=promotion_id, **values)
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["promotion_id"], set_=values))

    async def record_contact(
        self, subject: str, *, decision_id: str, offer_id: str, kind: OfferContactKind, at: datetime
    ) -> None:
        """Record a contact; the first of its kind in a decision stands."""
        statement = insert_for(self._connection, offer_encounters).values(
            decision_id=decision_id, kind=kind.value, subject=subject, offer_id=offer_id, at=at
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def histories(self, of: Sequence[Collection[str]], *, since: datetime) -> list[CustomerHistory]:
        """Return what each group of subjects met since a moment, and whether they said "stop promotions": one query."""
        subjects = sorted({subject for group in of for subject in group})
        refused: set[str] = set()
        met: dict[str, list[OfferContact]] = {}
        for row in await self._connection.execute(_HISTORIES, {"subjects": subjects, "since": since}):
            if row.kind == "refused":
                refused.add(row.subject)
            else:
                met.setdefault(row.subject, []).append(
                    OfferContact(row.offer_id, row.promotion_id, OfferContactKind(row.kind), row.at)
                )
        return [
            CustomerHistory(
                promotions_allowed=refused.isdisjoint(group),
                contacts=tuple(contact for subject in group for contact in met.get(subject, ())),
            )
            for group in of
        ]

    async def refuse(self, subject: str, *, at: datetime) -> None:
        """Remember that the subject wants no promotions; the first time stands."""
        statement = insert_for(self._connection, promotion_refusals).values(subject=subject, refused_at=at)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def allow(self, subject: str) -> None:
        """Forget that the subject wanted no promotions."""
        await self._connection.execute(delete(promotion_refusals).where(promotion_refusals.c.subject == subject))


def _promotion(row: Row[Any]) -> Promotion:
    return promotion_from_row(row._asdict())


def _managed_row(managed: ManagedOffer) -> dict[str, Any]:
    return offer_to_row(managed.offer) | {
        "state": managed.state.value,
        "limits": limits_to_json(managed.limits),
        "version": managed.version,
    }


def _managed(row: Row[Any]) -> ManagedOffer:
    return ManagedOffer(
        offer=offer_from_row(row._asdict()),
        state=LifecycleState(row.state),
        limits=limits_from_json(row.limits),
        version=row.version,
    )
