import pytest

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.conditions.conditions import UNKNOWN
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.offers.eligibility import CustomerStanding, reason_against
from promo_engine.domain.offers.offers import Eligibility, Offer
from tests.support.small_shop import CATEGORIES, NOW, offer

NAMES = [name.lower() for name in CATEGORIES]
STRANGER = CustomerStanding(signed_in=False)
REGULAR = CustomerStanding(signed_in=True, basket_count=3, bought_category_ids=frozenset({0, 2}))


def reason(of: Offer, standing: CustomerStanding = STRANGER, facts: Facts | None = None) -> str | None:
    return reason_against(of, standing=standing, facts=facts or Facts(at=NOW), category_names=NAMES)


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
    assert reason(offer("x", eligibility=rules), standing) == words


def test_a_condition_is_judged_by_what_is_known_here() -> None:
    clubs = offer("x", condition=condition_from_json({"all": [{"channel": ["app"]}, {"segment": ["club"]}]}))
    assert reason(clubs) == UNKNOWN
    assert reason(clubs, facts=Facts(at=NOW, channel="web")) == "this offer is only for app"
    assert reason(clubs, facts=Facts(at=NOW, channel="app", segments=frozenset({"club"}))) is None
