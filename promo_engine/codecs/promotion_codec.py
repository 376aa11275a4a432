"""Promotions as people write them, as a row and in the record of changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from promo_engine.codecs.limits_codec import WrittenLimits, limits_from_json, limits_to_json
from promo_engine.codecs.offer_codec import offer_to_record
from promo_engine.codecs.written_types import Instant, Name
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion


class WrittenPromotion(BaseModel):
    """What a promotion is."""

    name: Name
    starts_at: Instant
    ends_at: Instant
    limits: WrittenLimits = Field(default_factory=WrittenLimits)

    def promotion(self, promotion_id: str) -> Promotion:
        """Return the domain's promotion, as a draft."""
        return Promotion(
            promotion_id, self.name, self.starts_at, self.ends_at, LifecycleState.DRAFT, self.limits.limits()
        )


def promotion_to_row(promotion: Promotion) -> dict[str, Any]:
    """Return the columns of a promotion."""
    return vars(promotion) | {"state": promotion.state.value, "limits": limits_to_json(promotion.limits)}


def promotion_from_row(row: Mapping[str, Any]) -> Promotion:
    """Read what `promotion_to_row` wrote."""
    return Promotion(**dict(row) | {"state": LifecycleState(row["state"]), "limits": limits_from_json(row["limits"])})


def to_record(of: Promotion | ManagedOffer | None) -> dict[str, Any]:
    """Return the fields that the record of changes keeps; none of what is not there."""
    if of is None:
        return {}
    kept = {"state": of.state.value, "limits": limits_to_json(of.limits)}
    if isinstance(of, ManagedOffer):
        return kept | offer_to_record(of.offer)
    window = {"starts_at": str(of.starts_at), "ends_at": str(of.ends_at)}
    return kept | window | {"promotion_id": of.promotion_id, "name": of.name}
