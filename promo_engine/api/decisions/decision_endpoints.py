"""POST /v1/decisions, GET /v1/decisions/{decision_id}, its offer and its explanation."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply, path_id
from promo_engine.api.http.keys import (
    CLOCK,
    DECISIONS,
    EXPLANATIONS,
    HOSTED_CODES,
    IDENTITIES,
    METRICS,
    OUTCOMES,
    RUNNING_OFFERS,
)
from promo_engine.api.http.schemas import Country, CurrencyCode, ShownOffer, Stock
from promo_engine.codecs.context_codec import context_to_json
from promo_engine.codecs.written_types import Name
from promo_engine.domain.decisions.context import BasketItem, ConversationContext
from promo_engine.domain.decisions.decisions import NoOfferReason, OutcomeKind
from promo_engine.domain.errors import NotFound
from promo_engine.domain.money import MAX_CENTS
from promo_engine.domain.pricing.baskets import MAX_QUANTITY
from promo_engine.services.decisions.explain_decision import Contribution
from promo_engine.services.decisions.make_decision import DecisionRequest, Randomness

Label = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]

MAX_BASKET = 200
Category = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00]+$")]


class BasketItemBody(Body):
    """A line of the shopper's basket."""

    variant_id: Name = Field(description="of the variant, or of the product where no more is known")
    quantity: int = Field(default=1, ge=1, le=MAX_QUANTITY)
    unit_price_cents: int | None = Field(default=None, ge=0, le=MAX_CENTS)


class ConversationContextBody(Body):
    """What is known of the conversation. An offer whose condition asks for what is not told is not chosen."""

    trigger: Literal["after_service", "asked_for_offers", "asked_for_discount"]
    intent: Label | None = None
    sentiment: Label | None = None
    turn_count: int = Field(default=0, ge=0, le=1_000_000)
    basket_cents: int | None = Field(default=None, ge=0, le=MAX_CENTS)
    basket_categories: tuple[Category, ...] | None = Field(
        default=None,
        max_length=1000,
        description="what is in the basket, by the shop's own category names; unknown ones are left out",
    )
    basket: tuple[BasketItemBody, ...] | None = Field(
        default=None,
        max_length=MAX_BASKET,
        description="what is in the basket; the catalogue knows the categories, unknown variants are left out",
    )
    channel: Label | None = None
    country: Country | None = None
    currency: CurrencyCode | None = None
    stock: Stock | None = None

    def context(self) -> ConversationContext:
        """Return the domain's context, which has these fields by the same names. Priced lines are worth their sum."""
        lines = None if self.basket is None else tuple(BasketItem(**vars(line)) for line in self.basket)
        values = vars(self) | {"basket": lines}
        prices = [line.unit_price_cents for line in self.basket or ()]
        if self.basket_cents is None and self.basket is not None and None not in prices:
            worth = sum((line.unit_price_cents or 0) * line.quantity for line in self.basket)
            values["basket_cents"] = min(worth, MAX_CENTS)
        return ConversationContext(**values)


class DecideBody(Body):
    """Ask for an offer; asking again with the same ids gives the same decision."""

    conversation_id: Id
    request_id: Id
    customer_id: Id | None = Field(default=None, description="null for a shopper who is not signed in")
    conversation_context: ConversationContextBody
    explain: bool = Field(default=False, description="true: name every offer that was not eligible, and why")


class DecideReply(Reply):
    """The decision; no offer is a result too."""

    decision_id: str
    offer: ShownOffer | None
    no_offer_reason: NoOfferReason | None
    explanation: str
    propensity: float
    policy_version: int
    model_version: str
    holdout: bool
    ineligible_offers: dict[str, str] | None = Field(description="by offer_id, why not; null unless asked for")


class OutcomeRecord(Reply):
    """What became of the decision."""

    outcome: OutcomeKind
    reward: float
    recorded_at: datetime
    learned_in_version: int | None
    code: str | None


class DecisionReply(Reply):
    """The stored decision whole."""

    decision_id: str
    conversation_id: str
    request_id: str
    customer_id: str | None
    decided_at: datetime
    decision_context: dict[str, str | int | None]
    offer_id: str | None
    propensity: float
    propensities: dict[str, float]
    expected_rewards: dict[str, float]
    ineligible_offers: dict[str, str]
    no_offer_reason: NoOfferReason | None
    explanation: str
    policy_version: int
    model_version: str
    holdout: bool
    seed: int
    exposed_at: datetime | None
    outcome: OutcomeRecord | None


async def decide(request: web.Request, body: DecideBody) -> DecideReply:
    """Choose an offer for this moment of the conversation."""
    now = request.app[CLOCK]()
    # 53 bits: a JSON number that every reader, JavaScript included, keeps exactly.
    chance = Randomness(decision_id=_new_id(now), seed=secrets.randbits(53))
    wanted = DecisionRequest(
        conversation_id=body.conversation_id,
        request_id=body.request_id,
        customer_id=body.customer_id,
        context=body.conversation_context.context(),
        explain=body.explain,
    )
    try:
        decided = await request.app[DECISIONS].decide(wanted, now=now, chance=chance)
    except NotFound:
        if body.customer_id is None:
            raise
        # Rarely: a customer who was merged, an alias, or whom the shop signed in and has not told of yet. Looking
        # before every decision instead would cost each a query of its own.
        current = await request.app[IDENTITIES].known_or_new(body.customer_id)
        wanted = replace(wanted, customer_id=current)
        decided = await request.app[DECISIONS].decide(wanted, now=now, chance=chance)
    decision = decided.decision
    request.app[METRICS].decisions.labels(decision.no_offer_reason or "offer").inc()
    return DecideReply(
        decision_id=decision.decision_id,
        offer=None if decided.offer is None else ShownOffer.of(decided.offer),
        no_offer_reason=decision.no_offer_reason,
        explanation=decision.explanation,
        propensity=decision.propensity,
        policy_version=decision.policy_version,
        model_version=decision.model_version,
        holdout=decision.holdout,
        ineligible_offers=dict(decision.ineligible_offers) if body.explain else None,
    )


def _new_id(now: datetime) -> UUID:
    """Make a UUID of version 7 (RFC 9562): ascending with time, so that an index of millions grows at its end."""
    milliseconds = int(now.timestamp() * 1000)
    random = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | random & (1 << 62) - 1)


async def read_decision(request: web.Request) -> DecisionReply:
    """Return everything that was stored of a decision."""
    record = await request.app[OUTCOMES].read(path_id(request, "decision_id"))
    outcome = None if record.outcome is None else OutcomeRecord.model_validate(record.outcome, from_attributes=True)
    if outcome is not None and outcome.code is not None:
        # A person of the team would pass on what they read here.
        outcome.code = (await request.app[HOSTED_CODES].known(outcome.code)).code
    stored = {name: getattr(record.decision, name) for name in DecisionReply.model_fields if name != "outcome"}
    stored["decision_context"] = context_to_json(record.decision.decision_context)
    return DecisionReply(**stored, outcome=outcome)


class DecidedOfferReply(Reply):
    """The offer of a decision in its present terms."""

    decision_id: str
    offer: ShownOffer
    explanation: str
    outcome: OutcomeKind | None = Field(description="the customer's answer; null while there is none")


async def read_decided_offer(request: web.Request) -> DecidedOfferReply:
    """Return the offer of a decision, for a chat that shows it again."""
    found = await request.app[RUNNING_OFFERS].of_decision(path_id(request, "decision_id"))
    return DecidedOfferReply(
        decision_id=found.decision.decision_id,
        offer=ShownOffer.of(found.offer),
        explanation=found.decision.explanation,
        outcome=found.outcome,
    )


class ContributionReply(Reply, from_attributes=True):
    """How much more one thing spoke for the chosen offer than for the runner-up, in expected acceptances."""

    name: str
    value: float


class ExplanationReply(Reply):
    """What moved a decision: the chosen offer beside the best of the others."""

    decision_id: str
    offer_id: str | None = Field(description="null for no offer")
    runner_up: str | None = Field(description="null if no other offer was eligible")
    propensity: float
    difference: float = Field(description="expected reward of the chosen offer less that of the runner-up")
    price_difference: float = Field(description="what more pacing took off the chosen offer, in units of reward")
    reasons: list[ContributionReply] = Field(description="in words, the weightiest first")
    features: list[ContributionReply] = Field(description="the same, feature by feature")
    text: str


async def explain_decision(request: web.Request) -> ExplanationReply:
    """Say what moved a decision."""
    explanation = await request.app[EXPLANATIONS].explain(path_id(request, "decision_id"))
    return ExplanationReply(
        decision_id=explanation.decision_id,
        offer_id=explanation.offer_id,
        runner_up=explanation.runner_up,
        propensity=explanation.propensity,
        difference=explanation.difference,
        price_difference=explanation.penalty_difference,
        reasons=_contributions(explanation.reasons),
        features=_contributions(explanation.features),
        text=explanation.text,
    )


def _contributions(of: Sequence[Contribution]) -> list[ContributionReply]:
    return [ContributionReply.model_validate(contribution, from_attributes=True) for contribution in of]


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/decisions/{decision_id}/offer",
        "Read the offer of a decision",
        read_decided_offer,
        DecidedOfferReply,
        errors=(404, 409),
    ),
    Endpoint(
        "GET",
        "/v1/decisions/{decision_id}/explanation",
        "Explain a decision",
        explain_decision,
        ExplanationReply,
        errors=(404, 409),
    ),
    Endpoint(
        "POST",
        "/v1/decisions",
        "Choose an offer",
        decide,
        DecideReply,
        body=DecideBody,
        errors=(400, 404, 409),
        takes_key=False,  # conversation_id and request_id do that
        renames=False,
    ),
    Endpoint("GET", "/v1/decisions/{decision_id}", "Read a decision", read_decision, DecisionReply, errors=(404,)),
)
