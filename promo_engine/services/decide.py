"""The choice of one offer: one request, one transaction, one stored decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, tzinfo
from math import isfinite
from typing import Literal
from uuid import UUID

from promo_engine.domain.conditions import Facts
from promo_engine.domain.decisions import Decision, NoOfferReason
from promo_engine.domain.eligibility import CustomerStanding, sort_offers
from promo_engine.domain.errors import Conflict, InvalidRequest
from promo_engine.domain.holdout import in_holdout
from promo_engine.domain.limits import MAX_DAYS, CustomerCaps
from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import NO_OFFER, ConversationContext, CustomerModel, CustomerOutlook, OfferChoice
from promo_engine.domain.promotion_storage import subjects_of
from promo_engine.domain.unit_of_work import AlreadyDecided, Storage, UnitOfWork
from promo_engine.services.facts import facts_of, outlook_of
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
    basket_cents: int | None = None
    basket_categories: tuple[str, ...] | None = None
    """The shop's own names."""
    channel: str | None = None
    country: str | None = None
    currency: str | None = None
    stock: Mapping[str, int] | None = None
    """Pieces by product_id."""

    @property
    def place(self) -> dict[str, str | int | None]:
        """Where the conversation takes place, as far as it is known, for the record."""
        told = {"channel": self.channel, "country": self.country, "currency": self.currency}
        return {name: value for name, value in told.items() if value is not None}


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
        outlook = await outlook_of(unit, request.customer_id, model=self._model, now=now)
        opened = self._offers.open_at(assortment, commitments=self._pacer.commitments, at=now)
        subjects = subjects_of(customer_id=request.customer_id, conversation_id=request.conversation_id)
        eligible, refused = sort_offers(
            opened,
            standing=await self._standing(unit, request, outlook),
            history=await unit.promotions.history(subjects, since=now - timedelta(days=MAX_DAYS)),
            facts=await self._facts(unit, request, assortment, outlook=outlook, asked=opened.asked, now=now),
            caps=self._customer_caps,
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
            decision_context=asdict(context) | request.place,
            ineligible_offers=refused,
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

    async def _facts(
        self,
        unit: UnitOfWork,
        request: DecisionRequest,
        assortment: Assortment,
        *,
        outlook: CustomerOutlook,
        asked: frozenset[str],
        now: datetime,
    ) -> Facts:
        """Return what is known at this moment. Raises InvalidRequest `unknown_category`."""
        categories = None
        if request.basket_categories is not None:
            for name in request.basket_categories:
                if name not in assortment.category_ids:
                    field = "conversation_context.basket_categories"
                    raise InvalidRequest("unknown_category", f"There is no category {name}.", field=field)
            categories = frozenset(assortment.category_ids[name] for name in request.basket_categories)
        return replace(
            await facts_of(unit, request.customer_id, outlook=outlook, asked=asked, now=now),
            basket_cents=request.basket_cents,
            basket_category_ids=categories,
            channel=request.channel,
            intent=request.intent,
            sentiment=request.sentiment,
            country=request.country,
            currency=request.currency,
            stock=request.stock,
        )

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
            basket_cents=request.basket_cents or 0,
            local_hour=local.hour,
            weekday=local.weekday(),
        )


def _certain_silence(eligible: Sequence[Offer], *, held_out: bool) -> NoOfferReason | None:
    if not eligible:
        return NoOfferReason.NO_ELIGIBLE_OFFER
    return NoOfferReason.HOLDOUT if held_out else None
