"""A code's life at a hosted shop, and which offers such a shop can give."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.backoff import LONGEST_PAUSE, MOST_ATTEMPTS
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.benefits.scope import WHOLE_BASKET, Scope
from promo_engine.domain.codes.hosted_checkout import MOST_PRODUCTS, HostedCheckout
from promo_engine.domain.codes.hosted_codes import AT_ONCE, HostedCode, HostedCodeState
from promo_engine.domain.conditions.conditions import Compound, Operator, Predicate
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Eligibility
from tests.support.benefit_strategies import benefits_of
from tests.support.small_shop import NOW, offer

SHOPIFY = HostedCheckout("berlin", SourceKind.SHOPIFY, Currency("EUR"))
WOO = HostedCheckout("blog", SourceKind.WOOCOMMERCE, Currency("EUR"))
WANTED = HostedCode("K7QF", "berlin", next_try_at=AT_ONCE)


def test_pauses_grow_and_the_last_attempt_is_the_last() -> None:
    code, pauses = WANTED, []
    for _ in range(MOST_ATTEMPTS):
        assert code.state is HostedCodeState.WANTED
        code = code.begin_attempt(NOW)
        assert code.next_try_at is not None
        pauses.append(code.next_try_at - NOW)
        code = code.failed_attempt("down")
    assert pauses == sorted(pauses) and pauses[0] == timedelta(seconds=5) and pauses[-1] < LONGEST_PAUSE
    assert (code.state, code.next_try_at, code.last_error) == (HostedCodeState.FAILED, None, "down")


def test_a_code_that_is_taken_back_is_never_given_up() -> None:
    code = WANTED.created("gid", NOW).ended()
    for _ in range(3 * MOST_ATTEMPTS):
        code = code.begin_attempt(NOW).failed_attempt("down")
    assert (code.state, code.next_try_at) == (HostedCodeState.WITHDRAWING, NOW + LONGEST_PAUSE)


def test_a_code_that_the_shop_made_too_late_is_taken_back() -> None:
    for ended in (WANTED.ended(), WANTED.ended().withdrawn(), WANTED.refused("no")):
        late = ended.created("gid", NOW)
        assert (late.state, late.next_try_at) == (HostedCodeState.WITHDRAWING, AT_ONCE)
        assert (late.shop_reference, late.created_at) == ("gid", None), "it is known by its name, and given to nobody"


def test_what_the_shop_brought_is_the_shop_s_to_take_back() -> None:
    brought = replace(WANTED, brought=True).created("", NOW)
    assert brought.ended() is brought


@given(st.data())
def test_a_kind_is_impossible_until_it_is_listed(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(set(BENEFIT_KINDS) - {PercentageOff.kind, AmountOff.kind})))
    whole = offer("o", benefit=data.draw(benefits_of(kind)), scope=WHOLE_BASKET)
    for checkout in (SHOPIFY, WOO):
        assert "only a percentage or a fixed amount" in (checkout.reason_against(whole) or "")


@pytest.mark.parametrize("checkout", [SHOPIFY, WOO])
def test_rules_about_the_customer_are_settled_by_the_choice(checkout: HostedCheckout) -> None:
    about_customer = Predicate("segment", frozenset({"club"}))
    fits = offer("o", scope=WHOLE_BASKET, condition=about_customer, eligibility=Eligibility(min_basket_cents=100))
    assert checkout.reason_against(fits) is None
    for name in ("country", "basket_cents", "time_windows"):
        about_order = Compound(Operator.NOT, (Predicate(name, frozenset({"DE"})),))
        both = replace(fits, condition=Compound(Operator.ALL, (about_customer, about_order)))
        assert f"the condition {name}" in (checkout.reason_against(both) or "")


def test_shops_differ_in_what_they_take_off_single_products() -> None:
    scope = Scope(product_ids=frozenset({"mug"}))
    amount = offer("o", benefit=AmountOff(500), scope=scope)
    assert SHOPIFY.reason_against(amount) is None
    assert "off the whole order" in (WOO.reason_against(amount) or "")
    least = offer("o", scope=scope, eligibility=Eligibility(min_basket_cents=100))
    assert WOO.reason_against(least) is None
    assert "over the named products alone" in (SHOPIFY.reason_against(least) or "")


def test_products_go_by_the_shop_s_own_numbers() -> None:
    names = ("blog:12", "632910392", "other:7")
    assert (SHOPIFY.number_in(names), WOO.number_in(names)) == ("632910392", "12")
    assert SHOPIFY.number_in(["handle"]) is None
    assert SHOPIFY.reason_against_numbers({"mug": names}) is None
    assert SHOPIFY.reason_against_numbers({}) == "nothing of this offer is on sale"
    assert "product cup is not known" in (SHOPIFY.reason_against_numbers({"mug": names, "cup": ("blog:3",)}) or "")
    many = {f"p-{number}": names for number in range(MOST_PRODUCTS + 1)}
    assert "100 products at most" in (SHOPIFY.reason_against_numbers(many) or "")


@pytest.mark.parametrize(("code", "cents", "text"), [("EUR", 5, "0.05"), ("JPY", 500, "500"), ("KWD", 1500, "1.500")])
def test_amounts_are_decimals_of_their_currency(code: str, cents: int, text: str) -> None:
    assert Currency(code).decimal(cents) == text
