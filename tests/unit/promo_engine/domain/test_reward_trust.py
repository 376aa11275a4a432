from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.learning.reward_trust import Answers, TrustRules, is_burst, weight_of

RULES = TrustRules()


@given(orders=st.integers(1, 1000), earlier=st.integers(0, 10_000))
def test_each_reward_of_a_customer_counts_less_than_the_one_before(orders: int, earlier: int) -> None:
    now = weight_of(RULES, orders=orders, earlier=earlier)
    assert 0.0 < weight_of(RULES, orders=orders, earlier=earlier + 1) < now < 1.0
    assert weight_of(RULES, orders=orders + 1, earlier=earlier) > now


def test_a_thousand_rewards_of_one_customer_count_less_than_eight_of_eight() -> None:
    item = sum(weight_of(RULES, orders=100, earlier=earlier) for earlier in range(1000))
    assert item < 8 * weight_of(RULES, orders=100, earlier=0)


def test_who_never_ordered_teaches_nothing_unless_the_shop_says_so() -> None:
    assert weight_of(RULES, orders=0, earlier=0) == 0.0
    assert weight_of(TrustRules(anonymous_weight=0.2), orders=0, earlier=1) == 0.1
    assert weight_of(RULES, orders=5, earlier=0) == 0.5


@pytest.mark.parametrize(
    ("now", "before", "burst"),
    [
        (Answers(30, 30), Answers(200, 30), True),  # liked by 15 %, suddenly by all
        (Answers(30, 6), Answers(200, 30), False),
        (Answers(12, 9), Answers(0, 0), False),  # a popular new offer
        (Answers(40, 40), Answers(0, 0), True),
        (Answers(200, 110), Answers(2000, 1000), False),  # liked by half, as always
        (Answers(0, 0), Answers(100, 20), False),
    ],
)
def test_a_burst_is_far_more_acceptances_than_before(now: Answers, before: Answers, burst: bool) -> None:
    assert is_burst(RULES, now=now, before=before) is burst


def test_no_chance_is_no_quarantine() -> None:
    assert not is_burst(TrustRules(burst_chance=0.0), now=Answers(1000, 1000), before=Answers(1000, 1))


@pytest.mark.parametrize("wrong", [{"anonymous_weight": 1.5}, {"burst_chance": 1.0}])
def test_impossible_rules_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has to be"):
        TrustRules(**wrong)
