"""The choice of offers: what was asked at one moment is read in one snapshot and stored in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from promo_engine.domain.catalogue.products import Product
from promo_engine.domain.customers.customers import KnownCustomer, StoredState
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import Decision, NoOfferReason
from promo_engine.domain.decisions.holdout import in_holdout
from promo_engine.domain.decisions.offer_choice import NO_OFFER, OfferChoice
from promo_engine.domain.errors import Conflict, NotFound, ServiceError
from promo_engine.domain.learning.rewards import AnsweredOffers
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.audit import subjects_of
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.domain.offers.eligibility import CustomerStanding
from promo_engine.domain.offers.eligibility_index import EligibilityResult
from promo_engine.domain.offers.limits import MAX_DAYS, CustomerCaps, CustomerHistory
from promo_engine.domain.offers.offers import Offer
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.catalogue.product_cache import CurrencyProducts, ProductCache
from promo_engine.services.customers.forecast_cache import ForecastCache, hash_of
from promo_engine.services.customers.segment_tracker import SegmentTracker
from promo_engine.services.decisions.decision_facts import facts_in, facts_of, known_stock
from promo_engine.services.learning.policy_store import ActivePolicy, PolicyStore
from promo_engine.services.promotions.offer_cache import OfferCache, OfferCatalogue
from promo_engine.services.promotions.pacer import Pacer

_NAMED_REFUSALS = 60
"""Offers whose refusal a decision keeps with its reason; a shop with thousands need not store all of them each time."""

_KNOWN_STATES = 65_536
"""States whose storing a process remembers; one more is stored again, which changes nothing."""

_NO_POLICY_ASKED = OfferChoice(
    offer_id=None, propensity=1.0, propensities={NO_OFFER: 1.0}, expected_rewards={}, features=()
)
"""What is recorded where no policy was pending: no offer was certain."""


@dataclass(frozen=True)
class DecisionRequest:
    """What the bot asks."""

    conversation_id: str
    request_id: str
    customer_id: str | None
    context: ConversationContext
    explain: bool = False
    """Whether the reason against every offer is wanted, however many there are."""


@dataclass(frozen=True)
class Decided:
    """A decision with the offer it chose."""

    decision: Decision
    offer: Offer | None


@dataclass(frozen=True)
class Randomness:
    """All that is random in a decision, drawn by the caller."""

    decision_id: UUID
    seed: int


@dataclass(frozen=True)
class PendingDecision:
    """One request, when it came and its chance."""

    request: DecisionRequest
    now: datetime
    chance: Randomness


@dataclass(frozen=True)
class _Known:
    """What the database says about one request, and what is the same for all of a batch."""

    catalogue: OfferCatalogue
    active: ActivePolicy
    products: CurrencyProducts
    """In the shopper's currency."""
    customer: KnownCustomer | None
    """None is an anonymous customer."""
    answered: AnsweredOffers
    history: CustomerHistory
    basket_category_ids: frozenset[int] | None


class Decider:
    """Chooses offers."""

    def __init__(
        self,
        storage: Storage,
        *,
        forecasts: ForecastCache,
        policies: PolicyStore,
        offers: OfferCache,
        pacer: Pacer,
        segments: SegmentTracker,
        products: ProductCache,
        currency: Currency,
        customer_caps: CustomerCaps,
        holdout_basis_points: int,
        shop_time_zone: tzinfo,
    ) -> None:
        self._storage = storage
        self._forecasts = forecasts
        self._model_version = forecasts.model_version
        self._policies = policies
        self._offers = offers
        self._pacer = pacer
        self._segments = segments
        self._products = products
        self._currency = currency
        self.unknown_in_baskets: Counter[str] = Counter()
        """Ids and names in baskets that the catalogue does not know, by `variant` and `category`."""
        self._customer_caps = customer_caps
        self._holdout_basis_points = holdout_basis_points
        self._shop_time_zone = shop_time_zone
        self._kept_states: dict[str, None] = {}
        """Names of states that are known to be stored, the newest last."""

    async def decide_all(self, pending: Sequence[PendingDecision]) -> list[Decided | ServiceError]:
        """Choose an offer or none for each, and store why. The same request again gets the same decision.

        Answers NotFound `unknown_customer`, and Conflict `request_of_another_customer` where a request was answered
        for somebody else. What the catalogue does not know of a basket is left out and counted.
        """
        async with self._storage.read() as unit:
            known = await self._read(unit, pending)
        chosen = [
            self._choose(waiting, facts) if isinstance(facts, _Known) else facts
            for waiting, facts in zip(pending, known, strict=True)
        ]
        new = [choice for choice in chosen if isinstance(choice, Decision)]
        stored: set[str] = set()
        if new:
            states = self._new_states(new, known)
            async with self._storage.write() as unit:
                stored = await unit.decisions.add(new, states=states)
            self._remember(states)
        answers: list[Decided | ServiceError] = []
        for waiting, decision in zip(pending, chosen, strict=True):
            if isinstance(decision, ServiceError):
                answers.append(decision)
            elif decision.decision_id in stored:
                answers.append(await self._with_offer(decision))
            else:
                # Asked again, or at the same moment by a second try of the bot: what was drawn here is thrown away.
                answers.append(await self._earlier(waiting.request))
        return answers

    async def rehearse(self, pending: PendingDecision) -> None:
        """Do all of one decision but store it. Raises whatever stops it."""
        async with self._storage.read() as unit:
            (known,) = await self._read(unit, [pending])
            await unit.customers.known({""}, model_version=self._model_version)
        if not isinstance(known, _Known):
            raise known
        self._choose(pending, known)

    def _new_states(self, new: Sequence[Decision], known: Sequence[_Known | ServiceError]) -> dict[str, StoredState]:
        """Return the states that these decisions were made on and that this process has not stored yet."""
        wanted = {decision.state_hash for decision in new if decision.state_hash is not None} - self._kept_states.keys()
        if not wanted:
            return {}
        stored = [facts.customer.stored for facts in known if isinstance(facts, _Known) and facts.customer is not None]
        named = {hash_of(row.state): row for row in stored if row is not None}
        return {name: named[name] for name in wanted}

    def _remember(self, states: Mapping[str, StoredState]) -> None:
        self._kept_states |= dict.fromkeys(states)
        while len(self._kept_states) > _KNOWN_STATES:
            self._kept_states.pop(next(iter(self._kept_states)))

    async def _read(self, unit: UnitOfWork, pending: Sequence[PendingDecision]) -> list[_Known | ServiceError]:
        requests = [waiting.request for waiting in pending]
        catalogue = await self._offers.read(unit)
        active = await self._policies.newest(unit)
        customer_ids = {request.customer_id for request in requests if request.customer_id is not None}
        customers: Mapping[str, KnownCustomer] = {}
        if customer_ids:
            customers = await unit.customers.known(customer_ids, model_version=self._model_version)
        who = [(request.customer_id, request.conversation_id) for request in requests]
        answered = await unit.decisions.answered_offers(who)
        histories = await unit.promotions.histories(
            [subjects_of(customer_id=customer_id, conversation_id=here) for customer_id, here in who],
            since=min(waiting.now for waiting in pending) - timedelta(days=MAX_DAYS),
        )
        in_baskets = await unit.catalogue.in_basket(
            {item.variant_id for request in requests for item in request.context.basket or ()}
        )
        currencies = {self._currency_of(request) for request in requests}
        on_offer = {currency: await self._products.read(unit, currency) for currency in currencies}
        known: list[_Known | ServiceError] = []
        for request, answers, history in zip(requests, answered, histories, strict=True):
            try:
                customer = _customer(request, customers)
            except ServiceError as error:
                known.append(error)
                continue
            products = on_offer[self._currency_of(request)]
            basket = self._basket_categories(request, catalogue, in_baskets)
            known.append(_Known(catalogue, active, products, customer, answers, history, basket))
        return known

    def _currency_of(self, request: DecisionRequest) -> Currency:
        """The shopper's currency; without one the shop's."""
        code = request.context.currency
        return self._currency if code is None else Currency(code)

    def _basket_categories(
        self, request: DecisionRequest, catalogue: OfferCatalogue, products: Mapping[str, Product]
    ) -> frozenset[int] | None:
        """The ids of the categories in the basket; None if nothing is known of it."""
        names, items = request.context.basket_categories, request.context.basket
        if names is None and items is None:
            return None
        found = set()
        for name in names or ():
            if name in catalogue.category_ids:
                found.add(catalogue.category_ids[name])
            else:
                self.unknown_in_baskets["category"] += 1
        for item in items or ():
            product = products.get(item.variant_id)
            if product is None:
                self.unknown_in_baskets["variant"] += 1
            elif product.category_id is not None:
                found.add(product.category_id)
        return frozenset(found)

    async def _with_offer(self, decision: Decision) -> Decided:
        if decision.offer_id is None:
            return Decided(decision, None)
        offer = self._offers.newest.by_id.get(decision.offer_id)
        if offer is None:  # an earlier decision, of an offer that this process has not read yet
            async with self._storage.read() as unit:
                offer = (await self._offers.read(unit)).by_id[decision.offer_id]
        return Decided(decision, offer)

    async def _earlier(self, request: DecisionRequest) -> Decided | ServiceError:
        async with self._storage.read() as unit:
            decision = await unit.decisions.of_request(
                conversation_id=request.conversation_id, request_id=request.request_id
            )
        if decision is None:
            raise LookupError("a decision could not be stored, and there is no earlier one")
        if decision.customer_id != request.customer_id:
            return Conflict(
                "request_of_another_customer", "This request was answered for another customer.", field="customer_id"
            )
        return await self._with_offer(decision)

    def _choose(self, pending: PendingDecision, known: _Known) -> Decision:
        request, now = pending.request, pending.now
        self._forecasts.follow(known.catalogue.categories)
        stored = None if known.customer is None else known.customer.stored
        reading = self._forecasts.read(request.customer_id, stored, now=now)
        forecast = reading.forecast
        eligible = self._screen(pending, known, forecast)
        held_out = request.customer_id is not None and in_holdout(
            request.customer_id, basis_points=self._holdout_basis_points
        )
        context = request.context.recorded_at(now.astimezone(self._shop_time_zone))
        certain = _reason_without_policy(eligible.candidates, held_out=held_out)
        choice, reason, explanation = _NO_POLICY_ASKED, certain, ""
        policy = known.active.policy
        if certain is None:
            choice = policy.choose(
                forecast=forecast,
                context=context,
                offers=eligible.candidates,
                seed=pending.chance.seed,
                pacing_penalties=self._pacer.penalties(eligible.candidates),
            )
            reason = None if choice.offer_id is not None else NoOfferReason.POLICY_CHOSE_NO_OFFER
        if choice.offer_id is not None:
            explanation = policy.explain(
                forecast=forecast,
                offer=known.catalogue.by_id[choice.offer_id],
                category_names=known.catalogue.friendly_names,
            )
        return Decision(
            decision_id=str(pending.chance.decision_id),
            conversation_id=request.conversation_id,
            request_id=request.request_id,
            customer_id=request.customer_id,
            decided_at=now,
            decision_context=context,
            ineligible_offers=eligible.reasons(limit=None if request.explain else _NAMED_REFUSALS),
            propensities=choice.propensities,
            expected_rewards=choice.expected_rewards,
            features=choice.features,
            offer_id=choice.offer_id,
            propensity=choice.propensity,
            no_offer_reason=reason,
            explanation=explanation,
            holdout=held_out,
            policy_version=known.active.version,
            model_version=self._model_version,
            seed=pending.chance.seed,
            state_hash=reading.state_hash,
            pacing_penalties=self._pacing_penalties(choice, known.catalogue),
        )

    def _pacing_penalties(self, choice: OfferChoice, catalogue: OfferCatalogue) -> dict[str, float]:
        if self._pacer.penalties(()) is None:  # as nearly always: no spend is ahead of its plan
            return {}
        penalties = self._pacer.penalties([catalogue.by_id[offer_id] for offer_id in choice.expected_rewards])
        return {} if penalties is None else dict(zip(choice.expected_rewards, penalties, strict=True))

    def _screen(self, pending: PendingDecision, known: _Known, forecast: CustomerForecast) -> EligibilityResult:
        request = pending.request
        given = facts_in(request.context)
        categories = known.catalogue.categories
        basket = known.basket_category_ids
        facts = facts_of(
            known.customer,
            forecast,
            categories=categories,
            now=pending.now,
            live_segments=self._segments.of(forecast),
            basket_category_ids=None if basket is None else categories.with_above(basket),
            **given
            | {"currency": known.products.currency.code, "stock": known_stock(request.context.stock, known.products)},
        )
        return known.catalogue.eligibility_index(self._pacer.commitments, at=pending.now).screen(
            standing=CustomerStanding(
                signed_in=request.customer_id is not None,
                basket_count=forecast.basket_count,
                bought_category_ids=categories.with_above(forecast.bought_category_ids),
                accepted_offer_ids=known.answered.accepted,
                declined_offer_ids=known.answered.declined_here,
            ),
            history=known.history,
            facts=facts,
            caps=self._customer_caps,
            at=pending.now,
            category_names=known.catalogue.friendly_names,
            unusable=known.catalogue.unusable_with(known.products, shop_currency=self._currency),
        )


def _reason_without_policy(candidates: Candidates, *, held_out: bool) -> NoOfferReason | None:
    if not candidates:
        return NoOfferReason.NO_ELIGIBLE_OFFER
    return NoOfferReason.HOLDOUT if held_out else None


def _customer(request: DecisionRequest, customers: Mapping[str, KnownCustomer]) -> KnownCustomer | None:
    """Return the customer who asks; None for an anonymous customer. Raises NotFound."""
    customer_id = request.customer_id
    if customer_id is None:
        return None
    if customer_id not in customers:
        raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
    return customers[customer_id]
