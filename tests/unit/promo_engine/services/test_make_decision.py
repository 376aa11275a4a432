import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from promo_engine.bootstrap import Services
from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.catalogue.shop_catalogue import ShopCategory
from promo_engine.domain.conditions.conditions import UNKNOWN, Predicate
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.forecast import CategoryPurchase
from promo_engine.domain.decisions.context import BasketItem, ConversationContext
from promo_engine.domain.decisions.decisions import NoOfferReason, OutcomeKind
from promo_engine.domain.decisions.holdout import in_holdout
from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Eligibility
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.decisions.make_decision import Decided, DecisionRequest, Randomness
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel
from tests.support.service_fixtures import RULES, Accept, Build, Decide
from tests.support.small_shop import AUTUMN, NOW, offer
from tests.support.stored_rows import StoredRows

Ask = Callable[..., Awaitable[Decided]]


@pytest.fixture
def ask(services: Services, clock: Clock) -> Ask:
    """Ask for a decision with whatever the request may tell."""

    async def once(
        request_id: str = "m-1", *, customer_id: str | None = "anna", explain: bool = False, **given: Any
    ) -> Decided:
        context = ConversationContext("after_service", **given)
        request = DecisionRequest("c-1", request_id, customer_id, context, explain=explain)
        return await services.decisions.decide(request, now=clock(), chance=Randomness(decision_id=uuid4(), seed=1))

    return once


async def test_a_decision_stores_what_it_was_made_from(decide: Decide, services: Services) -> None:
    decided = await decide(seed=42)
    stored = (await services.outcomes.read(decided.decision.decision_id)).decision
    assert stored == decided.decision
    assert stored.offer_id == "soft-drinks-15"
    assert stored.propensities == {"soft-drinks-15": 1.0, "no_offer": 0.0}
    assert stored.propensity == 1.0
    assert stored.ineligible_offers == {"baby-20": "you have not bought baby foods before"}
    assert stored.decision_context.trigger == "after_service"
    assert (stored.decision_context.local_hour, stored.decision_context.weekday) == (10, 6)
    assert (stored.policy_version, stored.model_version, stored.seed) == (1, "counting-1", 42)
    assert stored.explanation == "After 0 orders you may like this."


async def test_the_policy_reads_the_shop_s_hour(build: Build, decide: Decide) -> None:
    tokyo = await build(replace(RULES, shop_time_zone=ZoneInfo("Asia/Tokyo")))
    decided = await decide(by=tokyo)
    assert decided.decision.decision_context.local_hour == 19


async def test_asking_again_gives_the_same_decision(decide: Decide, rows: StoredRows) -> None:
    first, again = await decide(), await decide(seed=2)
    assert first == again
    assert await rows.count("decisions") == 1


async def test_the_same_question_at_the_same_moment_is_one_decision(decide: Decide, rows: StoredRows) -> None:
    answers = await asyncio.gather(*(decide(seed=seed) for seed in range(8)))
    assert len({answer.decision.decision_id for answer in answers}) == 1
    assert await rows.count("decisions") == 1


async def test_a_request_of_another_customer_is_refused(decide: Decide) -> None:
    await decide()
    with pytest.raises(Conflict) as refusal:
        await decide(customer_id="ben")
    assert refusal.value.code == "request_of_another_customer"


async def test_an_unknown_customer_leaves_nothing_behind(decide: Decide, rows: StoredRows) -> None:
    with pytest.raises(NotFound) as refusal:
        await decide(customer_id="nobody")
    assert (refusal.value.code, refusal.value.field) == ("unknown_customer", "customer_id")
    assert await rows.count("decisions") == 0


async def test_a_stranger_gets_an_offer_too(decide: Decide) -> None:
    decided = await decide(customer_id=None)
    assert decided.offer is not None
    assert not decided.decision.holdout


async def test_silence_of_the_policy_is_recorded_with_its_propensity(
    services: Services, storage: Storage, decide: Decide
) -> None:
    async with storage.write() as unit:
        await services.policy_store.add(unit, AveragingPolicy(no_offer_share=0.75), now=NOW)
    reasons = {
        (decided.decision.no_offer_reason, decided.decision.propensity)
        for decided in [await decide(f"m-{seed}", seed=seed) for seed in range(20)]
    }
    assert reasons == {(NoOfferReason.POLICY_CHOSE_NO_OFFER, 0.75), (None, 0.25)}


async def test_without_an_eligible_offer_silence_is_certain(decide: Decide, clock: Clock) -> None:
    clock.advance(timedelta(days=31))
    decision = (await decide()).decision
    assert (decision.no_offer_reason, decision.propensity) == (NoOfferReason.NO_ELIGIBLE_OFFER, 1.0)
    assert set(decision.ineligible_offers) == {"soft-drinks-15", "baby-20"}


async def test_the_holdout_never_sees_an_offer(build: Build, decide: Decide, rows: StoredRows) -> None:
    half = await build(replace(RULES, holdout_basis_points=5000))
    names = [str(number) for number in range(20)]
    for name in names:
        await half.customers.put(name, demographics={}, segments=None, now=NOW)
    for name in names:
        decision = (await decide(name, customer_id=name, by=half)).decision
        held_out = in_holdout(name, basis_points=5000)
        assert decision.holdout == held_out
        assert decision.no_offer_reason == (NoOfferReason.HOLDOUT if held_out else None)


async def test_an_accepted_offer_is_never_made_to_this_customer_again(decide: Decide, answer: Accept) -> None:
    await answer(await decide())
    later = await decide(conversation_id="c-2")
    assert later.decision.no_offer_reason is NoOfferReason.NO_ELIGIBLE_OFFER
    assert later.decision.ineligible_offers["soft-drinks-15"] == "you have already accepted this offer"
    assert (await decide(conversation_id="c-3", customer_id="ben")).offer is not None


async def test_a_declined_offer_rests_for_this_conversation(decide: Decide, answer: Accept) -> None:
    await answer(await decide(), OutcomeKind.DECLINED)
    assert (await decide("m-2")).offer is None
    assert (await decide(conversation_id="c-2")).offer is not None


async def with_condition(storage: Storage, condition: Mapping[str, object], **changes: Any) -> None:
    """Leave the shop one offer, with this condition."""
    only = offer("asking-1", condition=condition_from_json(condition), **changes)
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[only], at=NOW)


async def test_a_condition_is_judged_by_what_the_request_tells(storage: Storage, ask: Ask) -> None:
    stated = {"channel": "app", "country": "DE", "currency": "EUR", "basket_cents": 2500, "intent": "complaint"}
    needed = {"channel": ["app"], "country": ["DE"], "currency": ["EUR"], "intent": ["complaint"]}
    parts: list[dict[str, object]] = [{name: wanted} for name, wanted in needed.items()]
    parts += [{"basket_cents": 2500}, {"category_in_basket": [3]}, {"in_stock": ["p-1"]}]
    await with_condition(storage, {"all": parts})
    rest = {"basket_categories": ("CHEESE",), "stock": {"p-1": 2}}
    decided = await ask(**stated, **rest)
    assert decided.decision.offer_id == "asking-1"
    context = decided.decision.decision_context
    assert (context.channel, context.country, context.currency) == ("app", "DE", "EUR")
    of_the_shop = {"currency": "this offer is only for orders in EUR", "stock": None}
    for name in (*stated, *rest):
        without = {key: value for key, value in (stated | rest).items() if key != name}
        refused = await ask(f"without-{name}", **without)
        assert refused.decision.ineligible_offers.get("asking-1") == of_the_shop.get(name, UNKNOWN), name
    elsewhere = await ask("elsewhere", **stated | rest | {"country": "FR"})
    assert elsewhere.decision.ineligible_offers["asking-1"] == "this offer is only for DE"


async def test_what_the_catalogue_does_not_know_of_a_basket_is_left_out_and_counted(
    services: Services, storage: Storage, ask: Ask
) -> None:
    await with_condition(storage, {"category_in_basket": [3]})
    cheese, pianos = BasketItem("p-3-v", 1), BasketItem("piano-v", 1)
    assert (await ask("names", basket_categories=("PIANOS", "CHEESE"))).offer is not None
    assert (await ask("variants", basket=(pianos, cheese))).offer is not None
    assert (await ask("products", basket=(BasketItem("p-3", 2),))).offer is not None
    assert (await ask("neither", basket=(pianos,))).offer is None
    assert services.decisions.unknown_in_baskets == {"category": 1, "variant": 2}


async def test_who_bought_or_wants_something_below_a_category_meets_a_condition_on_it(
    storage: Storage, model: CountingCustomerModel, ask: Ask
) -> None:
    async with storage.write() as unit:
        await unit.shop.store_categories(
            [ShopCategory("camp", {"en": "Camp"}), ShopCategory("bags", {"en": "Bags"}, parent_id="camp")]
        )
        names = await unit.catalogue.category_names()
    camp = names.index("camp")
    await with_condition(storage, {"category_in_basket": [camp]})
    assert (await ask("below", basket_categories=("bags",))).offer is not None
    assert (await ask("beside", basket_categories=("CHEESE",))).offer is None
    assert (await ask("empty", basket_categories=())).offer is None
    bags = [CategoryPurchase(names.index("bags"), 1, 100)]
    state = model.step(model.initial_state(), occurred_at=NOW - timedelta(days=9), purchases=bags)
    async with storage.write() as unit:
        stored = StoredState(state, NOW - timedelta(days=9))
        await unit.customers.save_state("anna", model_version=model.version, stored=stored)
    await with_condition(storage, {"category_bought": [camp]})
    assert (await ask("bought below")).offer is not None
    await with_condition(storage, {"category_bought": [names.index("CHEESE")]})
    assert (await ask("bought beside")).offer is None


async def test_an_offer_of_another_currency_is_never_chosen(storage: Storage, ask: Ask) -> None:
    pounds = offer("pounds-5", benefit=AmountOff(500, Currency("GBP")), category_ids=frozenset())
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[pounds], at=NOW)
    chosen = await asyncio.gather(*(ask(f"m-{number}", customer_id=None, currency="EUR") for number in range(1000)))
    assert {decided.decision.offer_id for decided in chosen} == {None}
    assert chosen[0].decision.ineligible_offers["pounds-5"] == "this offer is only for orders in GBP"


@pytest.mark.parametrize(
    "changes",
    [
        {"benefit": AmountOff(500)},
        {"eligibility": Eligibility(min_basket_cents=2000)},
        {"condition": Predicate("basket_cents", 2000)},
    ],
)
async def test_an_amount_without_a_currency_is_in_the_shops(
    storage: Storage, ask: Ask, changes: dict[str, Any]
) -> None:
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[offer("amount", **changes)], at=NOW)
    assert (await ask("dollars", currency="USD", basket_cents=2500)).offer is not None
    assert (await ask("nothing", basket_cents=2500)).offer is not None
    refused = await ask("euros", currency="EUR", basket_cents=2500)
    assert refused.decision.ineligible_offers["amount"] == "this offer is only for orders in USD"


async def test_an_offer_that_no_product_on_sale_sets_off_is_never_chosen(storage: Storage, ask: Ask) -> None:
    gone = offer("wrap-10", scope=Scope(product_ids=frozenset({"p-odd"})))
    pair = offer("pair", benefit=BundlePrice((Piece("p-0", 1), Piece("p-odd", 1)), 150, Currency("USD")))
    async with storage.write() as unit:
        offers = [gone, pair, offer("everything-5", category_ids=frozenset())]
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=offers, at=NOW)
    dollars, crowns = await ask("dollars"), await ask("crowns", currency="SEK")
    assert dollars.decision.offer_id == "everything-5"
    nothing = "nothing of this offer can be bought in USD at the moment"
    assert {dollars.decision.ineligible_offers[name] for name in ("wrap-10", "pair")} == {nothing}
    assert {name: crowns.decision.ineligible_offers[name] for name in ("everything-5", "wrap-10", "pair")} == {
        "everything-5": "nothing of this offer can be bought in SEK at the moment",
        "wrap-10": "nothing of this offer can be bought in SEK at the moment",
        "pair": "this offer is only for orders in USD",
    }


async def test_a_condition_is_judged_by_what_is_known_of_the_customer(
    services: Services, storage: Storage, ask: Ask, model: CountingCustomerModel, clock: Clock
) -> None:
    await with_condition(
        storage, {"any": [{"first_order": True}, {"all": [{"segment": ["club"]}, {"lapsed_days": 9}]}]}
    )
    assert (await ask("first")).offer is not None
    assert (await ask("stranger", customer_id=None)).decision.ineligible_offers["asking-1"] == UNKNOWN
    bought = [CategoryPurchase(0, 1, 100)]
    state = model.step(model.initial_state(), occurred_at=NOW - timedelta(days=9), purchases=bought)
    async with storage.write() as unit:
        stored = StoredState(state, NOW - timedelta(days=9))
        await unit.customers.save_state("anna", model_version=model.version, stored=stored)
    refused = (await ask("known")).decision.ineligible_offers["asking-1"]
    assert refused == "this offer is for a first order; or this offer is for another group of customers"
    await services.customers.put("anna", demographics={}, segments=["club"], now=NOW)
    assert (await ask("club")).offer is not None
    clock.advance(timedelta(days=-1))
    assert "have not ordered for 9 days" in (await ask("early")).decision.ineligible_offers["asking-1"]


async def test_goodwill_is_for_those_who_complain(storage: Storage, ask: Ask) -> None:
    condition = {"any": [{"intent": ["complaint"]}, {"sentiment": ["negative"]}]}
    await with_condition(storage, condition, benefit=GoodwillCredit(500))
    calm = await ask("calm", intent="track_order", sentiment="neutral")
    assert "what you asked for" in calm.decision.ineligible_offers["asking-1"]
    assert (await ask("cross", intent="track_order", sentiment="negative")).offer is not None
    assert (await ask("complains", intent="complaint")).offer is not None


async def test_a_window_closes_by_the_clock(storage: Storage, ask: Ask, clock: Clock) -> None:
    await with_condition(storage, {"time_windows": {"zone": "Europe/Berlin", "windows": [{"until": "11:01"}]}})
    assert (await ask("open")).offer is not None
    clock.advance(timedelta(seconds=59))
    assert (await ask("still-open")).offer is not None
    clock.advance(timedelta(seconds=1))
    closed = await ask("closed")
    assert closed.decision.ineligible_offers["asking-1"] == "this offer does not hold at this time of the week"


async def test_newly_stored_offers_are_seen_at_once(decide: Decide, storage: Storage, clock: Clock) -> None:
    await decide()
    clock.advance(timedelta(minutes=1))
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[offer("coffee-1")], at=clock())
    decided = await decide("m-2")
    assert decided.decision.offer_id == "coffee-1"
    assert decided.decision.ineligible_offers["soft-drinks-15"] == "this offer has ended"


async def test_what_one_stranger_accepted_may_be_offered_to_another(decide: Decide, answer: Accept) -> None:
    await answer(await decide(customer_id=None))
    same = (await decide("m-2", customer_id=None)).decision
    assert same.ineligible_offers["soft-drinks-15"] == "you have already accepted this offer"
    another = await decide(conversation_id="c-2", customer_id=None)
    assert another.decision.offer_id == "soft-drinks-15"
    assert (await answer(another, conversation_id="c-2", entropy=8)).code is not None
