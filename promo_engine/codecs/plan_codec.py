"""Plans of campaigns as JSON: what the studio proposes, what `strategy_plans.body` holds, what the API shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from promo_engine.codecs.limits_codec import limits_to_json
from promo_engine.codecs.offer_codec import PromotionOffer
from promo_engine.codecs.promotion_codec import WrittenPromotion
from promo_engine.codecs.written_types import Id, first_fault, known_category
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion
from promo_engine.domain.plans.plans import CampaignPlan, PlanHoldout, PlannedOffer, PlanWeek, StopRules


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Promotion(WrittenPromotion, _Part):
    promotion_id: Id


class _Offer(PromotionOffer, _Part):
    offer_id: Id


class _Holdout(_Part):
    share: float = Field(ge=0, le=1)
    customers: int | None = Field(ge=0)
    power: float | None = Field(ge=0, le=1)
    customer_ids: list[str] = []


class _Week(_Part):
    starts_on: str = Field(alias="from")
    cost_cents: int


class _StopRules(_Part):
    min_acceptance: float = Field(ge=0, le=1)
    look: str = "any time"


class _Plan(_Part):
    promotions: list[_Promotion]
    offers: list[dict[str, Any]]
    audiences: dict[Id, list[str]]
    stop_rules: _StopRules
    goal: str | None = None
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    history: str | None = Field(default=None, max_length=64)
    budget_cents: int | None = None
    simulated: bool = False
    expected: dict[str, float] | None = None
    interval_cents: list[float] = []
    holdout: _Holdout | None = None
    pacing: list[_Week] = []
    reasons: list[str] = []
    origin: dict[str, Any] | None = None


def plan_from_json(written: Mapping[str, Any]) -> CampaignPlan:
    """Read a plan. Raises ValueError with the path of what is wrong and why, in one line; unknown keys are wrong.

    Offers are only looked at as far as their ids; `offers_of` reads them whole, with the shop's categories.
    """
    try:
        plan = _Plan.model_validate(dict(written))
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None
    return CampaignPlan(
        promotions=tuple(promotion.promotion(promotion.promotion_id) for promotion in plan.promotions),
        offers=tuple(_planned(index, offer) for index, offer in enumerate(plan.offers)),
        audiences={segment: tuple(customer_ids) for segment, customer_ids in plan.audiences.items()},
        stop_rules=StopRules(**plan.stop_rules.model_dump()),
        goal=plan.goal,
        currency=plan.currency,
        history=plan.history,
        budget_cents=plan.budget_cents,
        simulated=plan.simulated,
        expected=plan.expected,
        interval_cents=tuple(plan.interval_cents),
        holdout=None if plan.holdout is None else _holdout(plan.holdout),
        pacing=tuple(PlanWeek(**week.model_dump()) for week in plan.pacing),
        reasons=tuple(plan.reasons),
        origin=plan.origin,
    )


def stored_plan_from_json(stored: Mapping[str, Any]) -> CampaignPlan:
    """Read a stored plan, of an older version too. Raises ValueError as `plan_from_json` does.

    What this version does not know is left out; a holdout whose customers or power were not stored has none.
    """
    plan = _known(_Plan, stored)
    if isinstance(plan.get("promotions"), list):
        plan["promotions"] = [_known(_Promotion, promotion) for promotion in plan["promotions"]]
    if isinstance(plan.get("holdout"), Mapping):
        plan["holdout"] = {"customers": None, "power": None} | _known(_Holdout, plan["holdout"])
    return plan_from_json(plan)


def plan_to_json(plan: CampaignPlan) -> dict[str, Any]:
    """Return what `plan_from_json` reads; what the plan does not say is left out."""
    written: dict[str, Any] = {
        "promotions": [_written_promotion(promotion) for promotion in plan.promotions],
        "offers": [dict(offer.written) for offer in plan.offers],
        "audiences": {segment: list(customer_ids) for segment, customer_ids in plan.audiences.items()},
        "stop_rules": dict(vars(plan.stop_rules)),
        "goal": plan.goal,
        "currency": plan.currency,
        "history": plan.history,
        "budget_cents": plan.budget_cents,
        "simulated": plan.simulated,
        "expected": None if plan.expected is None else dict(plan.expected),
        "interval_cents": list(plan.interval_cents),
        "holdout": None
        if plan.holdout is None
        else vars(plan.holdout) | {"customer_ids": list(plan.holdout.customer_ids)},
        "pacing": [{"from": week.starts_on, "cost_cents": week.cost_cents} for week in plan.pacing],
        "reasons": list(plan.reasons),
        "origin": plan.origin,
    }
    return {name: value for name, value in written.items() if value is not None}


def offers_of(plan: CampaignPlan, *, category_ids: Mapping[str, int]) -> list[ManagedOffer]:
    """Return the offers of a plan, whole. Raises ValueError with the offer, the path and what is wrong, in one line."""
    offers = []
    for planned in plan.offers:
        try:
            written = _Offer.model_validate(dict(planned.written))
            offers.append(written.managed(written.offer_id, category_id=partial(known_category, category_ids)))
        except ValidationError as error:
            raise ValueError(f"offer {planned.offer_id}: {first_fault(error)}") from None
        except ValueError as error:
            raise ValueError(f"offer {planned.offer_id}: {error}") from None
    return offers


def _known(part: type[BaseModel], stored: Any) -> Any:
    """An object without the fields that a part does not have; what is no object is left to the part's own check."""
    if not isinstance(stored, Mapping):
        return stored
    names = {field.alias or name for name, field in part.model_fields.items()}
    return {name: value for name, value in stored.items() if name in names}


def _planned(index: int, written: Mapping[str, Any]) -> PlannedOffer:
    for name in ("offer_id", "promotion_id"):
        if not isinstance(written.get(name), str):
            raise ValueError(f"offers.{index}.{name}: a text is needed")
    return PlannedOffer(written["offer_id"], written["promotion_id"], written)


def _holdout(written: _Holdout) -> PlanHoldout:
    return PlanHoldout(written.share, written.customers, written.power, tuple(written.customer_ids))


def _written_promotion(promotion: Promotion) -> dict[str, Any]:
    return {
        "promotion_id": promotion.promotion_id,
        "name": promotion.name,
        "starts_at": promotion.starts_at.isoformat(),
        "ends_at": promotion.ends_at.isoformat(),
        "limits": limits_to_json(promotion.limits),
    }
