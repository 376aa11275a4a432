"""States, limits and pacing penalties as decisions and acceptances meet them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.decisions.decisions import NoOfferReason, OutcomeKind
from promo_engine.domain.errors import Conflict, InvalidRequest
from promo_engine.domain.offers.limits import CustomerCaps, Limits, PerPeriod
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Transition
from promo_engine.ports.unit_of_work import Storage
from tests.support.fakes import Clock
from tests.support.service_fixtures import RULES, Accept, Build, Decide
from tests.support.small_shop import AUTUMN, offer

OFFER = "soft-drinks-15"


async def limit(services: Services, **limits: Any) -> None:
    managed, _ = await services.promotions.offer(OFFER)
    changed = replace(managed, limits=Limits(**limits))
    await services.promotions.change_offer(changed, expected_version=None, actor="eve")


async def move(services: Services, transition: Transition) -> None:
    await services.promotions.move("autumn", transition, expected_version=None, actor="eve")


async def test_a_paused_promotion_is_neither_offered_nor_accepted(
    services: Services, decide: Decide, answer: Accept
) -> None:
    open_offer = await decide("m-1")
    await move(services, Transition.PAUSE)
    paused = await decide("m-2")
    assert paused.decision.no_offer_reason is NoOfferReason.NO_ELIGIBLE_OFFER
    assert paused.decision.ineligible_offers[OFFER] == "this offer is paused at the moment"
    with pytest.raises(Conflict) as error:
        await answer(open_offer)
    assert error.value.code == "offer_paused"
    await move(services, Transition.RESUME)
    assert (await answer(open_offer)).code is not None


async def test_an_offer_is_seen_as_often_as_it_may(services: Services, decide: Decide, clock: Clock) -> None:
    await limit(services, exposures_per_customer=PerPeriod(count=2, days=7))
    for number in range(2):
        decided = await decide(f"m-{number}")
        await services.outcomes.expose(decided.decision.decision_id, conversation_id="c-1", now=clock())
    refused = await decide("m-3", conversation_id="c-2")
    assert refused.decision.ineligible_offers[OFFER] == "you have seen this offer 2 times in the last 7 days"
    assert (await decide("m-4", customer_id="ben")).offer is not None
    clock.advance(timedelta(days=7))
    assert (await decide("m-5")).offer is not None


async def test_a_no_rests_the_offer_and_strangers_count_by_conversation(
    services: Services, decide: Decide, answer: Accept
) -> None:
    await limit(services, decline_cooldown_days=3)
    stranger = await decide("m-1", customer_id=None)
    await answer(stranger, OutcomeKind.DECLINED)
    refused = await decide("m-2", customer_id="anna")  # signed in since
    assert refused.decision.ineligible_offers[OFFER] == "you have declined this offer in the last 3 days"
    assert (await decide("m-3", conversation_id="c-2")).offer is not None


async def test_no_more_promotions_holds_everywhere_until_it_is_taken_back(services: Services, decide: Decide) -> None:
    await services.promotions.allow_promotions(customer_id="anna", conversation_id="", allowed=False)
    refused = await decide("m-1")
    assert set(refused.decision.ineligible_offers.values()) == {"you have asked for no more promotions"}
    assert (await decide("m-2", customer_id="ben")).offer is not None
    await services.promotions.allow_promotions(customer_id="anna", conversation_id="", allowed=True)
    assert (await decide("m-3")).offer is not None


async def test_the_shop_s_cap_counts_over_all_offers(build: Build, decide: Decide, clock: Clock) -> None:
    capped = await build(replace(RULES, customer_caps=CustomerCaps(exposures=PerPeriod(count=1, days=1))))
    decided = await decide("m-1", by=capped)
    await capped.outcomes.expose(decided.decision.decision_id, conversation_id="c-1", now=clock())
    assert (await decide("m-2", by=capped)).offer is None


async def test_a_used_up_budget_holds_the_offer_back(services: Services, decide: Decide, answer: Accept) -> None:
    await limit(services, budget_cents=119)  # two uses cost 120
    await answer(await decide("m-1"))
    await services.pacer.measure()
    refused = await decide("m-2", customer_id="ben", conversation_id="c-2")
    assert refused.decision.ineligible_offers[OFFER] == "the budget of this offer is used up"


async def test_the_pacing_penalty_is_stored_and_a_restart_keeps_it(
    services: Services,
    build: Build,
    decide: Decide,
    answer: Accept,
    clock: Clock,
) -> None:
    """A quarter of the life has passed and nearly all is committed: the offer is too dear for what it promises."""
    promotion = replace((await services.promotions.view("autumn")).promotion, limits=Limits(budget_cents=130))
    await services.promotions.change(promotion, expected_version=None, actor="eve")
    await services.pacer.measure()
    assert (await services.promotions.view("autumn")).pacing is not None
    open_offer = await decide("m-1")
    assert open_offer.offer is not None
    await answer(open_offer)
    clock.advance(timedelta(minutes=1))
    await services.pacer.measure()
    view = await services.promotions.view("autumn")
    assert view.pacing is not None
    assert (view.pacing.planned_cents, view.pacing.reserved_cents) == (32, 60)
    assert view.pacing.penalty > 0
    dear = await decide("m-2", customer_id="ben", conversation_id="c-2")
    assert dear.decision.no_offer_reason is NoOfferReason.POLICY_CHOSE_NO_OFFER
    restarted = await build()
    await restarted.pacer.measure()
    again = (await restarted.promotions.view("autumn")).pacing
    assert again is not None
    assert again.penalty == view.pacing.penalty


async def test_loading_a_file_twice_changes_nothing_and_its_changes_are_recorded(
    services: Services, storage: Storage
) -> None:
    async def load(*offers: Offer) -> None:
        async with storage.write() as unit:
            await services.promotions.load(unit, promotions=[AUTUMN], offers=offers, actor="cli:eve")

    for _ in range(2):
        await load(offer(OFFER), offer("cheese-5", title="Cheese"))
        managed, _ = await services.promotions.offer("cheese-5")
        assert managed.version == 1
    recorded = [
        (promotion.offer_id, promotion.action)
        for promotion in await services.promotions.audit("autumn", after=0, limit=50)
    ]
    assert recorded == [("baby-20", "loaded"), ("cheese-5", "loaded")]
    await move(services, Transition.PAUSE)
    with pytest.raises(InvalidRequest, match="p-0-v is a variant; name its product p-0"):
        await load(offer(OFFER), offer("variant-5", scope=Scope(product_ids=frozenset({"p-0-v"}))))
    await load(offer(OFFER))
    assert (await services.promotions.view("autumn")).promotion.state == "paused"
    with pytest.raises(Conflict, match=OFFER):
        await load(offer(OFFER, category_ids=frozenset({2})))
