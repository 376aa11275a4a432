"""The choice of one offer: one request, one transaction, one stored decision."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from math import isfinite
from typing import Literal
from uuid import UUID

from promo_engine.domain.decisions import Decision, NoOfferReason
from promo_engine.domain.eligibility import CustomerStanding, sort_offers
from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.domain.holdout import in_holdout
from promo_engine.domain.limits import MAX_DAYS, CustomerCaps
from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import NO_OFFER, ConversationContext, CustomerModel, CustomerOutlook, OfferChoice
from promo_engine.domain.promotion_rules import held_back
from promo_engine.domain.promotion_storage import subjects_of
from promo_engine.domain.unit_of_work import AlreadyDecided, Storage, UnitOfWork
from promo_engine.services.offers import Assortment, OfferShelf
from promo_engine.services.pacing import Pacer
from promo_engine.services.policies import PolicyShelf

_FEATURE_FREE_SILENCE = OfferChoice(
    offer_id=None, propensity=1.0, propensities={NO_OFFER: 1.0}, expected_rewards={}, features=()
)
"""What is recorded where no policy was asked: silence was certain."""


@dataclass(frozen=True)
class DecisionRequest:
    """What the bot asks."""

    conversation_id: str
    request_id: str
    customer_id: str | None
    trigger: Literal["after_service", "asked_for_offers", "asked_for_discount"]
    intent: str | None = None
    sentiment: str | None = None
    turn_count: int = 0
    basket_cents: int = 0


@dataclass(frozen=True)
class Decided:
    """A decision with the offer it chose."""

    decision: Decision
    offer: Offer | None


@dataclass(frozen=True)
class Chance:
    """All that is random in a decision, drawn by the caller."""

    decision_id: UUID
    seed: int


class Decider:
    """Chooses offers."""

    def __init__(
        self,
        storage: Storage,
        *,
        model: CustomerModel,
        policies: PolicyShelf,
        offers: OfferShelf,
        pacer: Pacer,
        customer_caps: CustomerCaps,
        holdout_basis_points: int,
        shop_time_zone: tzinfo,
    ) -> None:
        self._storage = storage
        self._model = model
        self._policies = policies
        self._offers = offers
        self._pacer = pacer
        self._customer_caps = customer_caps
        self._holdout_basis_points = holdout_basis_points
        self._shop_time_zone = shop_time_zone

    async def decide(self, request: DecisionRequest, *, now: datetime, chance: Chance) -> Decided:
        """Choose an offer or silence, and store why. The same request again gets the same decision.

        Raises NotFound `unknown_customer`, and Conflict `request_of_another_customer` if this request was answered
        for somebody else.
        """
        try:
            async with self._storage.write() as unit:
                assortment = await self._offers.read(unit)
                decision = await self._choose(unit, request, assortment, now=now, chance=chance)
                await unit.decisions.add(decision)
        except AlreadyDecided as duplicate:
            # Asked again, or at the same moment by a second try of the bot: what was drawn here is thrown away.
            async with self._storage.read() as unit:
                assortment = await self._offers.read(unit)
                decision = await self._earlier(unit, request, duplicate)
        return Decided(decision, None if decision.offer_id is None else assortment.by_id[decision.offer_id])

    async def _earlier(self, unit: UnitOfWork, request: DecisionRequest, duplicate: AlreadyDecided) -> Decision:
        decision = await unit.decisions.of_request(
            conversation_id=request.conversation_id, request_id=request.request_id
        )
        if decision is None:
            raise LookupError("a decision could not be stored, and there is no earlier one") from duplicate
        if decision.customer_id != request.customer_id:
            raise Conflict(
                "request_of_another_customer", "This request was answered for another customer.", field="customer_id"
            )
        return decision

    async def _choose(
        self, unit: UnitOfWork, request: DecisionRequest, assortment: Assortment, *, now: datetime, chance: Chance
    ) -> Decision:
        outlook = await self._outlook(unit, request.customer_id, now)
        standing = await self._standing(unit, request, outlook)
        held_back = await self._held_back(unit, request, assortment, now)
        eligible, refused = sort_offers(
            (offer for offer in assortment.offers if offer.offer_id not in held_back),
            standing=standing,
            at=now,
            category_names=assortment.friendly_names,
        )
        held_out = request.customer_id is not None and in_holdout(
            request.customer_id, basis_points=self._holdout_basis_points
        )
        active = await self._policies.newest(unit)
        context = self._context(request, now)
        silence = _certain_silence(eligible, held_out=held_out)
        if silence is None:
            choice = active.policy.choose(
                outlook=outlook,
                context=context,
                offers=eligible,
                seed=chance.seed,
                prices=self._pacer.prices(eligible),
            )
            reason = None if choice.offer_id is not None else NoOfferReason.POLICY_CHOSE_SILENCE
        else:
            choice, reason = _FEATURE_FREE_SILENCE, silence
        explanation = ""
        if choice.offer_id is not None:
            explanation = active.policy.explain(
                outlook=outlook, offer=assortment.by_id[choice.offer_id], category_names=assortment.friendly_names
            )
        return Decision(
            decision_id=str(chance.decision_id),
            conversation_id=request.conversation_id,
            request_id=request.request_id,
            customer_id=request.customer_id,
            decided_at=now,
            decision_context=asdict(context),
            ineligible_offers={**refused, **held_back},
            propensities=dict(choice.propensities),
            expected_rewards=dict(choice.expected_rewards),
            features=tuple(choice.features),
            offer_id=choice.offer_id,
            propensity=choice.propensity,
            no_offer_reason=reason,
            explanation=explanation,
            holdout=held_out,
            policy_version=active.version,
            model_version=self._model.version,
            seed=chance.seed,
        )

    async def _held_back(
        self, unit: UnitOfWork, request: DecisionRequest, assortment: Assortment, now: datetime
    ) -> dict[str, str]:
        """Say which offers states, limits and the customer's own wish hold back, and why."""
        subjects = subjects_of(customer_id=request.customer_id, conversation_id=request.conversation_id)
        history = await unit.promotions.history(subjects, since=now - timedelta(days=MAX_DAYS))
        return held_back(
            assortment.managed,
            promotions=assortment.promotions,
            history=history,
            commitments=self._pacer.commitments,
            caps=self._customer_caps,
            at=now,
        )

    async def _outlook(self, unit: UnitOfWork, customer_id: str | None, now: datetime) -> CustomerOutlook:
        if customer_id is None:
            return self._model.outlook(self._model.initial_state(), at=now)
        try:
            stored = await unit.customers.state(customer_id, model_version=self._model.version)
        except LookupError:
            raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id") from None
        if stored is None:
            return self._model.outlook(self._model.initial_state(), at=now)
        # The shop's clock may be a little ahead of ours; a state cannot be read before its last basket.
        return self._model.outlook(stored.state, at=max(now, stored.last_event_at))

    async def _standing(self, unit: UnitOfWork, request: DecisionRequest, outlook: CustomerOutlook) -> CustomerStanding:
        answered = await unit.decisions.answered_offers(
            customer_id=request.customer_id, conversation_id=request.conversation_id
        )
        return CustomerStanding(
            signed_in=request.customer_id is not None,
            basket_count=outlook.basket_count,
            bought_category_ids=frozenset(
                category_id for category_id, days in enumerate(outlook.days_since_purchase) if isfinite(days)
            ),
            accepted_offer_ids=answered.accepted,
            declined_offer_ids=answered.declined_here,
        )

    def _context(self, request: DecisionRequest, now: datetime) -> ConversationContext:
        local = now.astimezone(self._shop_time_zone)
        return ConversationContext(
            trigger=request.trigger,
            intent=request.intent,
            sentiment=request.sentiment,
            turn_count=request.turn_count,
            basket_cents=request.basket_cents,
            local_hour=local.hour,
            weekday=local.weekday(),
        )


def _certain_silence(eligible: list[Offer], *, held_out: bool) -> NoOfferReason | None:
    if not eligible:
        return NoOfferReason.NO_ELIGIBLE_OFFER
    return NoOfferReason.HOLDOUT if held_out else None
