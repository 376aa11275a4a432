"""Schemas that several resources share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from promo_engine.api.http.endpoint import Reply
from promo_engine.codecs.benefit_codec import benefit_to_json
from promo_engine.codecs.written_types import BenefitJson, Id
from promo_engine.domain.money import MAX_CENTS, Currency
from promo_engine.domain.offers.offers import Offer


def _known_currency(code: str) -> str:
    return Currency(code).code


CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_known_currency)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Stock = Annotated[
    dict[Id, Annotated[int, Field(ge=0, le=MAX_CENTS)]],
    Field(max_length=1000, description="pieces by product_id, for offers that ask for them"),
]


def line_of_branch(reply: type[Reply], value: Any) -> Any:
    """Read a reply's `line`, as the API calls a branch of the policy, from the domain's `branch`."""
    if isinstance(value, dict):
        return value
    return {name: getattr(value, "branch" if name == "line" else name) for name in reply.model_fields}


class ShownOffer(Reply):
    """An offer as a shopper may see it: nothing of its cost. Its fields have the names of `Offer`'s."""

    offer_id: str
    title: str
    terms: str
    benefit: BenefitJson
    ends_at: datetime

    @classmethod
    def of(cls, offer: Offer) -> ShownOffer:
        """Show an offer."""
        shown = {name: getattr(offer, name) for name in cls.model_fields}
        return cls(**shown | {"benefit": benefit_to_json(offer.benefit)})
