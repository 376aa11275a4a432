"""Offers in every form they are read and written in; the one place that knows all their fields.

- Written by people, in requests, offer files and plans: `WrittenOffer`. Categories are the shop's own names.
- In the table: a column a field (`offer_to_row`); what is an object in the domain is JSON there.
- In the record of changes: the same, with moments as text (`offer_to_record`), and back (`offer_before`).

A new field of `Offer` that is a plain value needs one line in `WrittenOffer`; one that is an object also a line in
`_OBJECTS` and in the two functions between written and domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from promo_engine.codecs.benefit_codec import benefit_from_json, benefit_to_json, scope_from_json, scope_to_json
from promo_engine.codecs.condition_codec import condition_from_json, condition_to_json
from promo_engine.codecs.limits_codec import WrittenLimits
from promo_engine.codecs.written_types import (
    BenefitJson,
    CategoryId,
    CategoryName,
    Cents,
    ConditionJson,
    Count,
    Id,
    Instant,
    Terms,
    Title,
    written_benefit,
    written_condition,
)
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.money import WHOLE
from promo_engine.domain.offers.offers import MAX_PRIORITY, Eligibility, Offer
from promo_engine.domain.offers.promotions import ManagedOffer

_Read = TypeVar("_Read")
CategoryNameOf = Callable[[int], str]
"""From a category_id to the shop's own name."""


class WrittenEligibility(BaseModel):
    """Who may get it."""

    model_config = ConfigDict(extra="forbid")

    min_baskets: Count = 0
    signed_in_only: Annotated[bool, Field(strict=True)] = False
    bought_any_of: list[CategoryName] = Field(default_factory=list, max_length=1000)
    min_basket_cents: Cents = 0


class WrittenOffer(BaseModel):
    """What an offer is. Categories are the shop's own names; `benefit` has exactly its kind's fields."""

    title: Title
    terms: Terms
    benefit: BenefitJson
    categories: list[CategoryName] = Field(default_factory=list, max_length=1000)
    products: list[Id] = Field(default_factory=list, max_length=1000)
    brands: list[Id] = Field(default_factory=list, max_length=1000)
    unit_cost_cents: Cents
    eligibility: WrittenEligibility = Field(default_factory=WrittenEligibility)
    condition: ConditionJson | None = None
    exclusive_group: Id | None = None
    priority: Annotated[int, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY, strict=True)] = 0
    margin_floor_basis_points: Annotated[int, Field(ge=0, lt=WHOLE, strict=True)] | None = None

    def offer(
        self, *, offer_id: str, promotion_id: str, starts_at: datetime, ends_at: datetime, category_id: CategoryId
    ) -> Offer:
        """Return the domain's offer. Raises ValueError with the path of the field and what is wrong, in one line."""
        objects = {
            "benefit": _inside("benefit", lambda: written_benefit(self.benefit)),
            "scope": Scope(
                _inside("categories", lambda: frozenset(map(category_id, self.categories))),
                frozenset(self.products),
                frozenset(self.brands),
            ),
            "eligibility": self._eligibility(category_id),
            "condition": None
            if self.condition is None
            else _inside("condition", lambda: written_condition(self.condition, category_id=category_id)),
        }
        plain = {name: getattr(self, name) for name in _PLAIN}
        about = {"offer_id": offer_id, "promotion_id": promotion_id, "starts_at": starts_at, "ends_at": ends_at}
        return Offer(**plain | objects | about)

    def _eligibility(self, category_id: CategoryId) -> Eligibility:
        values = {name: getattr(self.eligibility, name) for name in type(self.eligibility).model_fields}
        path = "eligibility.bought_any_of"
        bought = _inside(path, lambda: frozenset(map(category_id, self.eligibility.bought_any_of)))
        return Eligibility(**values | {"bought_any_of": bought})

    @classmethod
    def of(cls, offer: Offer, *, category_name: CategoryNameOf, **more: Any) -> Self:
        """Write an offer; `more` are fields of a subclass. What is stored is right, so nothing is checked again."""
        written = {
            "benefit": benefit_to_json(offer.benefit),
            "categories": [category_name(category_id) for category_id in sorted(offer.scope.category_ids)],
            "products": sorted(offer.scope.product_ids),
            "brands": sorted(offer.scope.brands),
            "eligibility": WrittenEligibility.model_construct(
                **asdict(offer.eligibility)
                | {"bought_any_of": [category_name(each) for each in sorted(offer.eligibility.bought_any_of)]}
            ),
            "condition": None
            if offer.condition is None
            else condition_to_json(offer.condition, category_name=category_name),
        }
        plain = {name: getattr(offer, name) for name in _ALL if name not in _OBJECTS}
        own = {name: value for name, value in (plain | written).items() if name in cls.model_fields}
        return cls.model_construct(**own | more)


class PromotionOffer(WrittenOffer):
    """An offer with its promotion, its dates and its limits."""

    promotion_id: Id
    starts_at: Instant
    ends_at: Instant
    limits: WrittenLimits = Field(default_factory=WrittenLimits)

    def managed(self, offer_id: str, *, category_id: CategoryId) -> ManagedOffer:
        """Return the domain's offer with its limits. Raises ValueError as `offer` does."""
        offer = self.offer(
            offer_id=offer_id,
            promotion_id=self.promotion_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            category_id=category_id,
        )
        return ManagedOffer(offer, limits=self.limits.limits())


def offer_to_row(offer: Offer) -> dict[str, Any]:
    """Return the columns that say what an offer is."""
    return {
        name: _OBJECTS[name][0](getattr(offer, name)) if name in _OBJECTS else getattr(offer, name) for name in _ALL
    }


def offer_from_row(row: Mapping[str, Any]) -> Offer:
    """Read what `offer_to_row` wrote; other columns are left alone."""
    return Offer(**{name: _OBJECTS[name][1](row[name]) if name in _OBJECTS else row[name] for name in _ALL})


def offer_to_record(offer: Offer) -> dict[str, Any]:
    """Return an offer's fields as the record of changes keeps them."""
    return {name: str(value) if isinstance(value, datetime) else value for name, value in offer_to_row(offer).items()}


def offer_before(offer: Offer, changes: Mapping[str, Any]) -> Offer:
    """Return an offer as it was before recorded changes, which map fields to [before, after]."""
    earlier = {name: values[0] for name, values in changes.items() if name in _ALL}
    return replace(offer, **{name: _from_record(name, value) for name, value in earlier.items()})


def _from_record(name: str, value: Any) -> Any:
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    return _OBJECTS[name][1](value) if name in _OBJECTS else value


def _inside(path: str, read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except ValueError as error:
        words = str(error)
        if path in ("benefit", "condition"):  # their messages begin with the path inside
            raise ValueError(words if words.startswith(f"{path}:") else f"{path}.{words}") from None
        raise ValueError(f"{path}: {words}") from None


def _eligibility_to_json(rules: Eligibility) -> dict[str, Any]:
    return asdict(rules) | {"bought_any_of": sorted(rules.bought_any_of)}


def _eligibility_from_json(stored: Mapping[str, Any]) -> Eligibility:
    return Eligibility(**dict(stored) | {"bought_any_of": frozenset(stored["bought_any_of"])})


_OBJECTS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "benefit": (benefit_to_json, benefit_from_json),
    "scope": (scope_to_json, scope_from_json),
    "eligibility": (_eligibility_to_json, _eligibility_from_json),
    "condition": (
        lambda condition: None if condition is None else condition_to_json(condition),
        lambda stored: None if stored is None else condition_from_json(stored),
    ),
}
"""To and from JSON, of the fields that are objects."""
_ALL = tuple(field.name for field in fields(Offer))
_MOMENTS = ("starts_at", "ends_at")
_PLAIN = tuple(name for name in _ALL if name not in _OBJECTS and name not in ("offer_id", "promotion_id", *_MOMENTS))
