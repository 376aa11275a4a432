import pytest

from promo_engine.domain.eligibility import CustomerStanding, reason_of_customer
from promo_engine.domain.offers import Eligibility
from tests.promo_engine.conftest import CATEGORIES, offer

NAMES = [name.lower() for name in CATEGORIES]
STRANGER = CustomerStanding(signed_in=False)
REGULAR = CustomerStanding(signed_in=True, basket_count=3, bought_category_ids=frozenset({0, 2}))


@pytest.mark.parametrize(
    ("rules", "standing", "words"),
    [
        (Eligibility(), STRANGER, None),
        (Eligibility(signed_in_only=True), STRANGER, "you need to sign in for this offer"),
        (Eligibility(signed_in_only=True), REGULAR, None),
        (Eligibility(min_baskets=3), REGULAR, None),
        (Eligibility(min_baskets=4), REGULAR, "this offer is for customers with at least 4 orders"),
        (Eligibility(bought_any_of=frozenset({1, 2})), REGULAR, None),
        (Eligibility(bought_any_of=frozenset({1})), REGULAR, "you have not bought baby foods before"),
        (Eligibility(bought_any_of=frozenset({1, 3})), REGULAR, "you have not bought baby foods or cheese before"),
        (Eligibility(min_basket_cents=5000), STRANGER, None),
    ],
)
def test_each_rule_says_why(rules: Eligibility, standing: CustomerStanding, words: str | None) -> None:
    assert reason_of_customer(offer("x", eligibility=rules), standing, NAMES) == words
