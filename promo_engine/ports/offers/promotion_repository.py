"""The storage of promotions that the services need; a part of `unit_of_work.UnitOfWork`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.offers.audit import AuditEntry
from promo_engine.domain.offers.limits import Commitment, CustomerHistory, OfferContactKind
from promo_engine.domain.offers.pacing import PacingState
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion


class PromotionRepository(Protocol):
    """Promotions, their offers, the record of changes, and contacts of customers with offers."""

    async def get(self, promotion_id: str, *, lock: bool = False, share: bool = False) -> Promotion | None:
        """Return one promotion; `lock` to change it, `share` so that nobody changes it before this unit ends."""
        ...

    async def page(self, *, after: str = "", limit: int | None = None) -> list[Promotion]:
        """List promotions whose id comes after `after`, by id."""
        ...

    async def add(self, promotion: Promotion) -> None:
        """Store a new one. Raises Conflict `promotion_exists`."""
        ...

    async def save(self, promotion: Promotion) -> None:
        """Replace one that `get` has locked."""
        ...

    async def delete(self, promotion_id: str) -> None:
        """Delete it with its offers."""
        ...

    async def offer(self, offer_id: str, *, lock: bool = False) -> ManagedOffer | None:
        """Return one offer."""
        ...

    async def offers_of(self, promotion_id: str, *, after: str = "", limit: int | None = None) -> list[ManagedOffer]:
        """List a promotion's offers whose id comes after `after`, by id."""
        ...

    async def all_offers(self) -> list[ManagedOffer]:
        """List every offer, by id."""
        ...

    async def add_offer(self, managed: ManagedOffer) -> None:
        """Store a new one. Raises Conflict `offer_exists`."""
        ...

    async def save_offer(self, managed: ManagedOffer) -> None:
        """Replace one that `offer` has locked."""
        ...

    async def delete_offer(self, offer_id: str) -> None:
        """Delete it."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Append to the record of changes."""
        ...

    async def audit_since(self, since: datetime) -> list[AuditEntry]:
        """List the changes of all promotions and offers after a moment, the oldest first."""
        ...

    async def audit(self, promotion_id: str, *, after: int, limit: int) -> list[AuditEntry]:
        """List the changes of a promotion and its offers, the oldest first."""
        ...

    async def commitments(self, promotion_id: str | None = None) -> dict[str, Commitment]:
        """Return what offers, all or one promotion's, have spent and reserved, by offer_id; absent where nothing."""
        ...

    async def pacing(self) -> dict[str, PacingState]:
        """Return every promotion's pacing penalty and what it was computed from, by promotion_id."""
        ...

    async def save_pacing(self, promotion_id: str, state: PacingState) -> None:
        """Store a promotion's pacing penalty."""
        ...

    async def record_contact(
        self, subject: str, *, decision_id: str, offer_id: str, kind: OfferContactKind, at: datetime
    ) -> None:
        """Record a contact; the first of its kind in a decision stands."""
        ...

    async def histories(self, of: Sequence[Collection[str]], *, since: datetime) -> list[CustomerHistory]:
        """Return what each of these groups of subjects met since a moment, and whether they said "stop promotions"."""
        ...

    async def refuse(self, subject: str, *, at: datetime) -> None:
        """Remember that the subject wants no promotions; the first time stands."""
        ...

    async def allow(self, subject: str) -> None:
        """Forget that the subject wanted no promotions."""
        ...
