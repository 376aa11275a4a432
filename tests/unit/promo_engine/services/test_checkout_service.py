"""Prices with codes and redemptions."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from promo_engine.bootstrap import Services
from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.benefit import Benefit, currency_of
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.benefits.spend_and_save import SpendAndSave, Tier
from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopPrice, ShopProduct, ShopVariant
from promo_engine.domain.conditions.conditions import UNKNOWN
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import CODE_LIFETIME, Outcome, OutcomeKind
from promo_engine.domain.errors import Conflict, NotFound, ServiceError
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.budgets import AccountKind
from promo_engine.domain.offers.limits import Commitment
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Transition
from promo_engine.domain.pricing.baskets import BasketLine
from promo_engine.domain.pricing.pricing import BETTER_TOGETHER
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.checkout.checkout_service import Checkout, quote_json
from promo_engine.services.decisions.make_decision import DecisionRequest, Randomness
from tests.support.fakes import Clock
from tests.support.service_fixtures import RULES, Accept, Build, Decide
from tests.support.small_shop import AUTUMN, NOW, offer
from tests.support.stored_rows import StoredRows

Promised = Callable[..., Awaitable[str]]

# 15 % of 600 cents of soft drinks; the cheese is outside the offer.
LINES = (BasketLine("1", "p-0", 300, quantity=2, tax_basis_points=1900), BasketLine("2", "p-3", 401))
DISCOUNT = 90


@pytest.fixture
async def accepted(decide: Decide, answer: Accept) -> Outcome:
    return await answer(await decide("m-1"))


@pytest.fixture
def checkout(accepted: Outcome) -> Checkout:
    return Checkout(LINES, "USD", (str(accepted.code),), customer_id="anna", delivery_cents=499)


async def spent(storage: Storage) -> Commitment:
    async with storage.read() as unit:
        return await unit.budgets.commitment(AccountKind.PROMOTION, "autumn")


async def test_a_redemption_costs_what_the_quote_said(
    services: Services, checkout: Checkout, storage: Storage, clock: Clock
) -> None:
    typed = checkout.codes[0].lower().replace("-", " ")
    quote = await services.checkout.quote(replace(checkout, codes=(typed,)))
    assert (quote.discount_cents, quote.total_cents) == (DISCOUNT, 1001 - DISCOUNT + 499)
    assert await spent(storage) == Commitment(0, 60, 1)  # a quote stores nothing
    redemption = await services.checkout.redeem(checkout, order_id="w-1", redemption_id=UUID(int=1))
    assert redemption.quote == quote_json(quote)
    assert await spent(storage) == Commitment(DISCOUNT, 0, 1)
    assert await services.checkout.read(redemption.redemption_id) == redemption
    clock.advance(timedelta(days=1))
    cancelled = await services.checkout.cancel(redemption.redemption_id)
    assert cancelled.cancelled_at == clock()
    assert await services.checkout.cancel(redemption.redemption_id) == cancelled
    assert await spent(storage) == Commitment(0, 0, 0)


async def test_the_money_of_an_offer_has_the_margin_of_orders_whose_costs_are_known(
    services: Services, checkout: Checkout, decide: Decide, answer: Accept
) -> None:
    assert await services.reports.money(days=30) == []
    await services.checkout.redeem(checkout, order_id="w-1", redemption_id=UUID(int=1))
    (unknown,) = await services.reports.money(days=30)
    assert (unknown.redeemed, unknown.cost_cents, unknown.margin_cents, unknown.costed) == (1, DISCOUNT, None, 0)
    again = await answer(
        await decide("m-2", conversation_id="c-2", customer_id="ben"), conversation_id="c-2", entropy=8
    )
    costed = (replace(LINES[0], unit_cost_cents=100), LINES[1])
    redemption = await services.checkout.redeem(
        replace(checkout, lines=costed, codes=(str(again.code),), customer_id="ben"),
        order_id="w-2",
        redemption_id=UUID(int=2),
    )
    (known,) = await services.reports.money(days=30)
    assert redemption.margin_cents is not None
    assert (known.redeemed, known.cost_cents, known.costed) == (2, 2 * DISCOUNT, 1)
    assert known.margin_cents == redemption.margin_cents > 0


async def test_asked_again_a_redemption_gets_the_same_answer(
    services: Services, checkout: Checkout, storage: Storage
) -> None:
    """Ten at once, as a shop that lost its patience sends them."""
    attempts = [services.checkout.redeem(checkout, order_id="w-1", redemption_id=uuid4()) for _ in range(10)]
    got = {redemption.redemption_id for redemption in await asyncio.gather(*attempts)}
    assert len(got) == 1
    assert await spent(storage) == Commitment(DISCOUNT, 0, 1)
    with pytest.raises(Conflict, match="another basket"):
        await services.checkout.redeem(replace(checkout, delivery_cents=0), order_id="w-1", redemption_id=uuid4())


async def test_one_of_many_orders_gets_the_code(services: Services, checkout: Checkout, storage: Storage) -> None:
    attempts = [services.checkout.redeem(checkout, order_id=f"w-{n}", redemption_id=uuid4()) for n in range(8)]
    got = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in got) == 1
    refused = [result for result in got if isinstance(result, BaseException)]
    assert all(isinstance(refusal, Conflict) and "used already" in refusal.message for refusal in refused), refused
    assert await spent(storage) == Commitment(DISCOUNT, 0, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_id": "ben"}, "belongs to another customer"),
        ({"customer_id": None}, "belongs to another customer"),
        ({"codes": ("0000-0000-0000-0000-0",)}, "no such code"),
        ({"codes": ("0000-0000-0000-0000-1",)}, "character of this code is wrong"),
        ({"codes": ("SUMMER",)}, "No code has the character 'U'"),
        ({"lines": LINES[1:]}, "does not change the price"),
    ],
)
async def test_a_code_that_cannot_be_used_says_why(
    services: Services, checkout: Checkout, storage: Storage, *, change: dict[str, Any], reason: str
) -> None:
    wrong = replace(checkout, **change)
    quote = await services.checkout.quote(wrong)
    assert [reason in refusal.reason for refusal in quote.refused] == [True], quote.refused
    assert quote.discount_cents == 0
    with pytest.raises(Conflict, match=reason):
        await services.checkout.redeem(wrong, order_id="w-1", redemption_id=uuid4())
    assert await spent(storage) == Commitment(0, 60, 1)


async def test_what_ended_and_what_never_was(services: Services, checkout: Checkout, clock: Clock) -> None:
    for wrong in (replace(checkout, customer_id="nobody"), replace(checkout, currency="XXX")):
        with pytest.raises(ServiceError):
            await services.checkout.quote(wrong)
    with pytest.raises(NotFound):
        await services.checkout.cancel(str(uuid4()))
    clock.advance(CODE_LIFETIME)
    assert [refusal.reason for refusal in (await services.checkout.quote(checkout)).refused] == [
        "This code has expired"
    ]


async def test_a_code_outlives_a_pause(services: Services, checkout: Checkout) -> None:
    """What a shopper was promised stays; a pause stops new acceptances only."""
    await services.promotions.move("autumn", Transition.PAUSE, expected_version=None, actor="eve")
    redemption = await services.checkout.redeem(checkout, order_id="w-1", redemption_id=uuid4())
    assert redemption.quote["discount_cents"] == DISCOUNT


@pytest.fixture
def promised(storage: Storage, services: Services, clock: Clock) -> Promised:
    """Store offers, and let anna accept one of them in a conversation of its own: its code."""

    async def accept(*offers: Offer, of: str, **given: Any) -> str:
        async with storage.write() as unit:
            await unit.catalogue.store_offers(promotions=[AUTUMN], offers=list(offers), at=NOW)
        for number in range(100):  # until the draw is this one
            request = DecisionRequest(
                conversation_id=f"c-{of}",
                request_id=f"m-{number}",
                customer_id="anna",
                context=ConversationContext("after_service", **given),
            )
            chance = Randomness(decision_id=uuid4(), seed=number)
            decided = await services.decisions.decide(request, now=clock(), chance=chance)
            if decided.decision.offer_id == of:
                outcome = await services.outcomes.record(
                    decided.decision.decision_id,
                    conversation_id=f"c-{of}",
                    answer=OutcomeKind.ACCEPTED,
                    now=clock(),
                    entropy=sum(of.encode()),
                )
                return str(outcome.code)
        raise AssertionError(f"{of} was never drawn")

    return accept


def basket(*codes: str, **given: Any) -> Checkout:
    return Checkout(LINES, "USD", codes, customer_id="anna", delivery_cents=499, **given)


@pytest.mark.parametrize(
    ("benefit", "discount", "given"),
    [
        (SpendAndSave((Tier(900, 100), Tier(2000, 300))), 100, {}),
        (BundlePrice((Piece("p-0", 1), Piece("p-3", 1)), 500), 201, {}),
        (BuyAndGet(1, 1, off_basis_points=5000), 150, {}),
        (FreeDelivery(cap_cents=200), 200, {}),
        (Gift("p-1", 2, value_cents=150), 0, {"gift_product_id": "p-1", "gift_quantity": 2}),
        (LoyaltyPoints(250), 0, {"points": 250}),
        (GoodwillCredit(500), 0, {"credit_cents": 500}),
    ],
)
async def test_every_kind_of_stored_offer_is_given_and_paid_from_its_budget(
    services: Services,
    storage: Storage,
    promised: Promised,
    *,
    benefit: Benefit,
    discount: int,
    given: dict[str, object],
) -> None:
    code = await promised(offer("new-1", benefit=benefit, scope=Scope()), of="new-1")
    redemption = await services.checkout.redeem(basket(code), order_id="w-1", redemption_id=uuid4())
    (applied,) = redemption.quote["applied"]
    assert applied["discount_cents"] == redemption.quote["discount_cents"] == discount
    assert {name: applied[name] for name in given} == given
    cost = {LoyaltyPoints: 60, Gift: 150, GoodwillCredit: 500}.get(type(benefit), discount)
    assert await spent(storage) == Commitment(cost, 0, 1)


@pytest.mark.parametrize(
    ("benefit", "given"),
    [
        (AmountOff(200), False),
        (AmountOff(200, currency=Currency("EUR")), True),
        (PercentageOff(1000, cap_cents=50), False),
        (PercentageOff(1000), True),
        (LoyaltyPoints(250), True),
    ],
)
async def test_an_amount_without_a_currency_is_in_the_shop_s_and_never_becomes_another_s(
    services: Services, promised: Promised, *, benefit: Benefit, given: bool
) -> None:
    context = {"currency": "EUR"} if given and currency_of(benefit) is not None else {}
    code = await promised(offer("new-1", benefit=benefit, scope=Scope()), of="new-1", **context)
    quote = await services.checkout.quote(replace(basket(code), currency="EUR"))
    refusals = [refusal.reason for refusal in quote.refused]
    assert refusals == ([] if given else ["this offer is for orders in USD"])


async def test_a_scope_is_of_products_and_brands_of_the_catalogue(
    services: Services, rows: StoredRows, promised: Promised
) -> None:
    await rows.set_brand("p-3", "Acme")
    code = await promised(
        offer("acme-10", benefit=PercentageOff(1000), scope=Scope(brands=frozenset({"Acme"}))), of="acme-10"
    )
    quote = await services.checkout.quote(basket(code))
    assert [line.discount_cents for line in quote.lines] == [0, 40]


async def test_an_offer_on_a_category_is_about_those_below_it(
    services: Services, storage: Storage, promised: Promised
) -> None:
    async with storage.write() as unit:
        await unit.shop.store_categories(
            [
                ShopCategory("camp", {"en": "Camp"}),
                ShopCategory("sleep", {"en": "Sleep"}, parent_id="camp"),
                ShopCategory("bags", {"en": "Bags"}, parent_id="sleep"),
                ShopCategory("cook", {"en": "Cook"}),
            ]
        )
        priced = (ShopPrice("USD", 400),)
        for product_id, category_id in (("bag", "bags"), ("pan", "cook")):
            variant = ShopVariant(product_id, prices=priced)
            product = ShopProduct(product_id, product_id, (variant,), category_ids=(category_id,))
            await unit.shop.store_products([product], source_id="feed", at=NOW)
        names = await unit.catalogue.category_names()
    scope = Scope(category_ids=frozenset({names.index("camp")}))
    code = await promised(offer("camp-10", benefit=PercentageOff(1000), scope=scope), of="camp-10")
    lines = (BasketLine("1", "bag", 400), BasketLine("2", "pan", 400), BasketLine("3", "p-0", 300))
    quote = await services.checkout.quote(replace(basket(code), lines=lines))
    assert [line.discount_cents for line in quote.lines] == [40, 0, 0]
    examples = await services.price_list.examples("camp-10", limit=3)
    assert [example.product.product_id for example in examples] == ["bag"]


async def test_a_condition_on_a_category_is_met_by_those_below_it(
    services: Services, storage: Storage, promised: Promised
) -> None:
    async with storage.write() as unit:
        await unit.shop.store_categories(
            [ShopCategory("camp", {"en": "Camp"}), ShopCategory("bags", {"en": "Bags"}, parent_id="camp")]
        )
        bag = ShopProduct("bag", "Bag", (ShopVariant("bag", prices=(ShopPrice("USD", 400),)),), category_ids=("bags",))
        await unit.shop.store_products([bag], source_id="feed", at=NOW)
        names = await unit.catalogue.category_names()
    condition = condition_from_json({"category_in_basket": [names.index("camp")]})
    asking = offer("camp-1", benefit=PercentageOff(1000), scope=Scope(), condition=condition)
    code = await promised(asking, of="camp-1", basket_categories=("bags",))
    with_bag = replace(basket(code), lines=(BasketLine("1", "bag", 400), BasketLine("2", "p-0", 300)))
    assert (await services.checkout.quote(with_bag)).discount_cents == 70
    without = await services.checkout.quote(replace(basket(code), lines=(BasketLine("2", "p-0", 300),)))
    assert [refusal.reason for refusal in without.refused] == ["nothing in your basket goes with this offer"]


async def test_an_offer_on_a_product_is_about_all_of_its_variants(services: Services, promised: Promised) -> None:
    of_the_product = offer("cheese-10", benefit=PercentageOff(1000), scope=Scope(product_ids=frozenset({"p-3"})))
    code = await promised(of_the_product, of="cheese-10")
    lines = (BasketLine("1", "p-0-v", 300), BasketLine("2", "p-3-v", 401), BasketLine("3", "p-3", 401))
    quote = await services.checkout.quote(replace(basket(code), lines=lines))
    assert sorted(line.discount_cents for line in quote.lines) == [0, 40, 40]


async def test_what_the_shop_does_not_send_of_stock_the_catalogue_knows(services: Services, promised: Promised) -> None:
    asking = offer("asking-1", condition=condition_from_json({"in_stock": ["p-0"]}))
    code = await promised(asking, of="asking-1")
    assert (await services.checkout.quote(basket(code))).discount_cents == DISCOUNT
    empty = await services.checkout.quote(basket(code, stock={"p-0": 0}))
    assert [refusal.reason for refusal in empty.refused] == ["a product of this offer is out of stock"]


async def test_a_condition_is_judged_again_at_the_checkout(services: Services, promised: Promised) -> None:
    condition = {"all": [{"country": ["DE"]}, {"channel": ["web"]}, {"segment": ["club"]}, {"in_stock": ["p-0"]}]}
    asking = offer("asking-1", condition=condition_from_json(condition))
    await services.customers.put("anna", demographics={}, segments=["club"], now=NOW)
    stated = {"country": "DE", "channel": "web", "stock": {"p-0": 1}}
    code = await promised(asking, of="asking-1", **stated)
    assert (await services.checkout.quote(basket(code, **stated))).discount_cents == DISCOUNT
    for change, reason in (
        ({"country": "FR"}, "this offer is only for DE"),
        ({"channel": None}, UNKNOWN),
        ({"stock": {"p-0": 0}}, "a product of this offer is out of stock"),
    ):
        quote = await services.checkout.quote(basket(code, **stated | change))
        assert [refusal.reason for refusal in quote.refused] == [reason]
    await services.customers.put("anna", demographics={}, segments=[], now=NOW)
    with pytest.raises(Conflict, match="another group of customers"):
        await services.checkout.redeem(basket(code, **stated), order_id="w-1", redemption_id=uuid4())


async def test_goodwill_that_was_promised_in_a_complaint_is_kept_at_the_checkout(
    services: Services, promised: Promised
) -> None:
    """The checkout knows no conversation; what counts is the one in which the code was given."""
    condition = condition_from_json({"any": [{"intent": ["complaint"]}, {"sentiment": ["negative"]}]})
    goodwill = offer("sorry-5", benefit=GoodwillCredit(500), scope=Scope(), condition=condition)
    code = await promised(goodwill, of="sorry-5", intent="complaint")
    quote = await services.checkout.quote(basket(code))
    assert [offer.credit_cents for offer in quote.applied] == [500]


@pytest.mark.parametrize(
    ("rule", "applied"),
    [
        (StackingRule.BEST_FOR_CUSTOMER, "big"),
        (StackingRule.BEST_FOR_SHOP, "small"),
        (StackingRule.PRIORITY, "small"),
    ],
)
async def test_of_an_exclusive_group_the_shop_s_rule_picks_one(
    build: Build, promised: Promised, *, rule: StackingRule, applied: str
) -> None:
    group: dict[str, Any] = {"exclusive_group": "g", "scope": Scope()}
    offers = (
        offer("big", benefit=AmountOff(300), **group),
        offer("small", benefit=AmountOff(100), priority=1, **group),
        offer("free", benefit=FreeDelivery(), scope=Scope()),
    )
    codes = [await promised(*offers, of=offer.offer_id) for offer in offers]
    by_rule = await build(replace(RULES, stacking_rule=rule))
    quote = await by_rule.checkout.quote(basket(*codes))
    assert {offer.offer_id for offer in quote.applied} == {applied, "free"}
    assert [refusal.reason for refusal in quote.refused] == [BETTER_TOGETHER]


@pytest.mark.parametrize(
    ("sent", "stored", "discount"),
    [
        (None, None, 600),  # nothing is known of the cost: nothing is protected
        (250, None, 44),  # 250 of cost need 277.78 of price for a tenth of margin: 600 falls to 556
        (None, 250, 44),
        (280, 250, 0),  # what the shop sends counts before the catalogue
        (0, 250, 600),
    ],
)
async def test_no_line_falls_below_the_margin_floor(
    services: Services,
    storage: Storage,
    promised: Promised,
    *,
    sent: int | None,
    stored: int | None,
    discount: int,
) -> None:
    if stored is not None:
        async with storage.write() as unit:
            assert await unit.catalogue.set_costs({"p-0": stored}) == set()
    code = await promised(offer("all-off", benefit=PercentageOff(10_000), margin_floor_basis_points=1000), of="all-off")
    line = BasketLine("1", "p-0", 300, quantity=2, unit_cost_cents=sent)
    checkout = Checkout((line,), "USD", (code,), customer_id="anna")
    quote = await services.checkout.quote(checkout)
    assert quote.discount_cents == discount
    if discount:
        redemption = await services.checkout.redeem(checkout, order_id="w-1", redemption_id=uuid4())
        assert redemption.quote == quote_json(quote)
