"""Promotions, offers, the record of changes and contacts with customers, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.codes.codes import CodeState
from promo_engine.domain.errors import Conflict
from promo_engine.domain.offers.audit import AuditEntry
from promo_engine.domain.offers.budgets import AccountKind
from promo_engine.domain.offers.limits import Commitment, CustomerHistory, Limits, OfferContact, OfferContactKind
from promo_engine.domain.offers.pacing import PacingState
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion
from tests.support.fake_storage.rows import ContactRow, Rows, page

_GIVEN_BACK = frozenset({CodeState.RELEASED, CodeState.EXPIRED})


class FakePromotions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, promotion_id: str, *, lock: bool = False, share: bool = False) -> Promotion | None:
        return self._rows.promotions.get(promotion_id)

    async def page(self, *, after: str = "", limit: int | None = None) -> list[Promotion]:
        found = sorted(self._rows.promotions.items())
        return page([promotion for promotion_id, promotion in found if promotion_id > after], limit)

    async def add(self, promotion: Promotion) -> None:
        if promotion.promotion_id in self._rows.promotions:
            raise Conflict("promotion_exists", f"There is a promotion {promotion.promotion_id} already.")
        self._rows.promotions[promotion.promotion_id] = promotion

    async def save(self, promotion: Promotion) -> None:
        self._rows.promotions[promotion.promotion_id] = promotion
        self._set_caps(AccountKind.PROMOTION, promotion.promotion_id, promotion.limits)

    async def delete(self, promotion_id: str) -> None:
        for managed in await self.offers_of(promotion_id):
            del self._rows.offers[managed.offer.offer_id]
        self._rows.promotions.pop(promotion_id, None)

    async def offer(self, offer_id: str, *, lock: bool = False) -> ManagedOffer | None:
        return self._rows.offers.get(offer_id)

    async def offers_of(self, promotion_id: str, *, after: str = "", limit: int | None = None) -> list[ManagedOffer]:
        found = [managed for managed in await self.all_offers() if managed.offer.promotion_id == promotion_id]
        return page([managed for managed in found if managed.offer.offer_id > after], limit)

    async def all_offers(self) -> list[ManagedOffer]:
        return [managed for _, managed in sorted(self._rows.offers.items())]

    async def add_offer(self, managed: ManagedOffer) -> None:
        if managed.offer.offer_id in self._rows.offers:
            raise Conflict("offer_exists", f"There is an offer {managed.offer.offer_id} already.")
        self._rows.offers[managed.offer.offer_id] = managed

    async def save_offer(self, managed: ManagedOffer) -> None:
        self._rows.offers[managed.offer.offer_id] = managed
        self._set_caps(AccountKind.OFFER, managed.offer.offer_id, managed.limits)

    async def delete_offer(self, offer_id: str) -> None:
        self._rows.offers.pop(offer_id, None)

    def _set_caps(self, kind: AccountKind, owner_id: str, limits: Limits) -> None:
        account = self._rows.accounts.get((kind, owner_id))
        if account is not None:
            account.budget_cents, account.max_uses = limits.budget_cents, limits.max_uses
            account.check()

    async def record(self, entry: AuditEntry) -> None:
        self._rows.audit.append(replace(entry, audit_id=len(self._rows.audit) + 1))

    async def audit_since(self, since: datetime) -> list[AuditEntry]:
        return [entry for entry in self._rows.audit if entry.at > since]

    async def audit(self, promotion_id: str, *, after: int, limit: int) -> list[AuditEntry]:
        own = [entry for entry in self._rows.audit if entry.promotion_id == promotion_id]
        return [entry for entry in own if entry.audit_id > after][:limit]

    async def commitments(self, promotion_id: str | None = None) -> dict[str, Commitment]:
        return {
            owner_id: Commitment(row.spent_cents, row.reserved_cents, row.reserved_uses + row.spent_uses)
            for (kind, owner_id), row in self._rows.accounts.items()
            if kind is AccountKind.OFFER
            and (promotion_id is None or self._rows.offers[owner_id].offer.promotion_id == promotion_id)
        }

    async def pacing(self) -> dict[str, PacingState]:
        return dict(self._rows.pacing)

    async def save_pacing(self, promotion_id: str, state: PacingState) -> None:
        self._rows.pacing[promotion_id] = state

    async def record_contact(
        self, subject: str, *, decision_id: str, offer_id: str, kind: OfferContactKind, at: datetime
    ) -> None:
        self._rows.contacts.setdefault((decision_id, kind), ContactRow(subject, offer_id, at))

    async def histories(self, of: Sequence[Collection[str]], *, since: datetime) -> list[CustomerHistory]:
        return [
            CustomerHistory(
                promotions_allowed=self._rows.refusals.keys().isdisjoint(group),
                contacts=tuple(contact for subject in group for contact in self._contacts(subject, since)),
            )
            for group in of
        ]

    def _contacts(self, subject: str, since: datetime) -> list[OfferContact]:
        return [
            OfferContact(row.offer_id, self._rows.offers[row.offer_id].offer.promotion_id, kind, row.at)
            for (decision_id, kind), row in self._rows.contacts.items()
            if row.subject == subject and row.at > since and not self._given_back(decision_id, kind)
        ]

    def _given_back(self, decision_id: str, kind: OfferContactKind) -> bool:
        return kind is OfferContactKind.ACCEPTED and any(
            code.decision_id == decision_id and code.state in _GIVEN_BACK for code in self._rows.codes.values()
        )

    async def refuse(self, subject: str, *, at: datetime) -> None:
        self._rows.refusals.setdefault(subject, at)

    async def allow(self, subject: str) -> None:
        self._rows.refusals.pop(subject, None)
