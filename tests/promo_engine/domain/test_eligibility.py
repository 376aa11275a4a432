from dataclasses import replace
from datetime import timedelta

import pytest

from promo_engine.domain.eligibility import CustomerStanding, reason_against, sort_offers
from promo_engine.domain.offers import Eligibility
from tests.promo_engine.conftest import CATEGORIES, NOW, offer

NAMES = [name.lower() for name in CATEGORIES]
STRANGER = CustomerStanding(signed_in=False)
REGULAR = CustomerStanding(signed_in=True, basket_count=3, bought_category_ids=frozenset({0, 2}))


def reason(changes: dict[str, object], standing: CustomerStanding) -> str | None:
    return reason_against(offer("x", **changes), standing=standing, at=NOW, category_names=NAMES)


def rules(**fields: object) -> dict[str, object]:
    return {"eligibility": Eligibility(**fields)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "standing", "words"),
    [
        ({}, STRANGER, None),
        ({"starts_at": NOW}, STRANGER, None),
        ({"starts_at": NOW + timedelta(seconds=1)}, STRANGER, "this offer has not started yet"),
        ({"ends_at": NOW + timedelta(seconds=1)}, STRANGER, None),
        ({"ends_at": NOW}, STRANGER, "this offer has ended"),
        (rules(signed_in_only=True), STRANGER, "you need to sign in for this offer"),
        (rules(signed_in_only=True), REGULAR, None),
        (rules(min_baskets=3), REGULAR, None),
        (rules(min_baskets=4), REGULAR, "this offer is for customers with at least 4 orders"),
        (rules(bought_any_of=frozenset({1, 2})), REGULAR, None),
        (rules(bought_any_of=frozenset({1})), REGULAR, "you have not bought baby foods before"),
        (rules(bought_any_of=frozenset({1, 3})), REGULAR, "you have not bought baby foods or cheese before"),
        (rules(min_basket_cents=5000), STRANGER, None),
    ],
)
def test_each_rule_says_why(changes: dict[str, object], standing: CustomerStanding, words: str | None) -> None:
    assert reason(changes, standing) == words


def test_an_answered_offer_is_not_shown_again() -> None:
    accepted = replace(REGULAR, accepted_offer_ids=frozenset({"x"}))
    declined = replace(REGULAR, declined_offer_ids=frozenset({"x"}))
    assert reason({}, accepted) == "you have already accepted this offer"
    assert reason({}, declined) == "you have declined this offer in this conversation"


def test_offers_are_parted_without_losing_one() -> None:
    offers = [offer("a"), offer("b", ends_at=NOW), offer("c")]
    eligible, refused = sort_offers(offers, standing=STRANGER, at=NOW, category_names=NAMES)
    assert [one.offer_id for one in eligible] == ["a", "c"]
    assert refused == {"b": "this offer has ended"}
