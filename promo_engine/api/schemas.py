"""Schemas that several resources share."""

from __future__ import annotations

from datetime import datetime

from promo_engine.api.endpoint import Reply
from promo_engine.domain.offers import Benefit, BenefitKind, Offer


class BenefitReply(Reply):
    """What the shopper gains; exactly the fields of the kind are set."""

    kind: BenefitKind
    percent_basis_points: int | None
    amount_cents: int | None
    buy_quantity: int | None
    get_quantity: int | None
    points: int | None

    @classmethod
    def of(cls, benefit: Benefit) -> BenefitReply:
        """Show a benefit."""
        return cls.model_validate(benefit, from_attributes=True)


class ShownOffer(Reply):
    """An offer as a shopper may see it: nothing of its cost."""

    offer_id: str
    title: str
    terms: str
    benefit: BenefitReply
    ends_at: datetime

    @classmethod
    def of(cls, offer: Offer) -> ShownOffer:
        """Show an offer."""
        return cls(
            offer_id=offer.offer_id,
            title=offer.title,
            terms=offer.terms,
            benefit=BenefitReply.of(offer.benefit),
            ends_at=offer.ends_at,
        )
