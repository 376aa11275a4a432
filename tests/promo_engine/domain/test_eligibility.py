from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest

from promo_engine.domain.conditions import UNKNOWN, Facts, from_json
from promo_engine.domain.eligibility import CustomerStanding, sort_offers
from promo_engine.domain.limits import (
    NO_CAPS,
    NO_HISTORY,
    Commitment,
    CustomerHistory,
    Encounter,
    EncounterKind,
    Limits,
    PerPeriod,
)
from promo_engine.domain.offers import Eligibility, Offer
from promo_engine.domain.ports import OfferSet
from promo_engine.domain.promotion_rules import OpenOffers, open_offers
from promo_engine.domain.promotions import LifecycleState, ManagedOffer, Promotion
from tests.promo_engine.conftest import AUTUMN, CATEGORIES, NOW, offer

NAMES = [name.lower() for name in CATEGORIES]
STRANGER = CustomerStanding(signed_in=False)
REGULAR = CustomerStanding(signed_in=True, basket_count=3, bought_category_ids=frozenset({0, 2}))


def opened(
    *offers: Offer | ManagedOffer,
    promotion: Promotion = AUTUMN,
    commitments: Mapping[str, Commitment] | None = None,
    at: timedelta = timedelta(),
) -> OpenOffers:
    managed = [one if isinstance(one, ManagedOffer) else ManagedOffer(one) for one in offers]
    return open_offers(
        OfferSet(one.offer for one in managed),
        managed,
        promotions={promotion.promotion_id: promotion},
        commitments=commitments or {},
        at=NOW + at,
    )


def sort(
    of: OpenOffers,
    standing: CustomerStanding = STRANGER,
    *,
    history: CustomerHistory = NO_HISTORY,
    facts: Facts | None = None,
) -> tuple[list[str], dict[str, str]]:
    eligible, refused = sort_offers(
        of,
        standing=standing,
        history=history,
        facts=facts or Facts(at=NOW),
        caps=NO_CAPS,
        at=NOW,
        category_names=NAMES,
    )
    return eligible.offer_ids, refused


def reason(changes: dict[str, object], standing: CustomerStanding) -> str | None:
    return sort(opened(offer("x", **changes)), standing)[1].get("x")


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
    accepted = replace(REGULAR, accepted_offer_ids=frozenset({"x", "gone"}))
    declined = replace(REGULAR, declined_offer_ids=frozenset({"x"}))
    assert reason({}, accepted) == "you have already accepted this offer"
    assert reason({}, declined) == "you have declined this offer in this conversation"


def test_offers_are_parted_without_losing_one() -> None:
    of = opened(offer("a"), offer("b", ends_at=NOW), offer("c"), offer("d", **rules(signed_in_only=True)))
    assert sort(of) == (["a", "c"], {"b": "this offer has ended", "d": "you need to sign in for this offer"})
    assert sort(of, REGULAR)[0] == ["a", "c", "d"]


def test_a_condition_is_judged_by_what_is_known_here() -> None:
    of = opened(offer("x", condition=from_json({"all": [{"channel": ["app"]}, {"segment": ["club"]}]})))
    assert of.asked == {"channel", "segment"}
    assert sort(of)[1] == {"x": UNKNOWN}
    assert sort(of, facts=Facts(at=NOW, channel="web"))[1] == {"x": "this offer is only for app"}
    known = Facts(at=NOW, channel="app", segments=frozenset({"club"}))
    assert sort(of, facts=known) == (["x"], {})


SUNDAY = {"time_windows": {"zone": "UTC", "windows": [{"days": ["Sun"], "until": "10:01"}]}}
"""NOW is a Sunday, ten o'clock."""


def test_what_the_clock_alone_decides_is_decided_for_everybody() -> None:
    clubs = from_json({"all": [SUNDAY, {"segment": ["club"]}]})
    offers = (offer("always"), offer("club", condition=clubs), offer("sunday", condition=from_json(SUNDAY)))
    of = opened(*offers)
    assert of.closed == {}
    assert [of.of.offer_ids[place] for place in of.asking] == ["club"]
    later = opened(*offers, at=timedelta(minutes=1))
    assert set(later.closed) == {"club", "sunday"}
    assert list(later.asking) == []


def test_what_is_open_holds_until_the_next_thing_can_change() -> None:
    assert opened(offer("x")).until == NOW + timedelta(minutes=1)
    assert opened(offer("x"), at=timedelta(seconds=59)).until == NOW + timedelta(minutes=1)
    soon = NOW + timedelta(seconds=20)
    assert opened(offer("x", starts_at=soon)).until == soon
    assert opened(offer("x"), promotion=replace(AUTUMN, ends_at=soon)).until == soon


def test_states_and_budgets_close_an_offer_with_their_reason() -> None:
    draft = ManagedOffer(offer("draft"), state=LifecycleState.DRAFT)
    dear = ManagedOffer(offer("dear"), limits=Limits(budget_cents=100))
    of = opened(draft, dear, offer("fine"), commitments={"dear": Commitment(reserved_cents=60)})
    assert of.closed == {
        "draft": "this offer is not published yet",
        "dear": "the budget of this offer is used up",
    }
    capped = replace(AUTUMN, limits=Limits(max_uses=2))
    whole = opened(offer("a"), offer("b"), promotion=capped, commitments={"b": Commitment(uses=2)})
    assert whole.closed == dict.fromkeys("ab", "the promotion of this offer has been taken as often as it may")
    paused = opened(offer("a"), promotion=replace(AUTUMN, state=LifecycleState.PAUSED))
    assert paused.closed == {"a": "this offer is paused at the moment"}


def test_limits_a_customer_count_what_this_customer_met() -> None:
    once = Limits(exposures_per_customer=PerPeriod(1, 7))
    here = Encounter("a", "autumn", EncounterKind.EXPOSED, NOW - timedelta(days=1))
    seen = CustomerHistory(encounters=(here, Encounter("gone", "past", EncounterKind.EXPOSED, NOW)))
    of = opened(ManagedOffer(offer("a"), limits=once), ManagedOffer(offer("b"), limits=once))
    assert sort(of, history=seen) == (["b"], {"a": "you have seen this offer once in the last 7 days"})
    whole = opened(offer("a"), offer("b"), promotion=replace(AUTUMN, limits=once))
    words = "you have seen the promotion of this offer once in the last 7 days"
    assert sort(whole, history=seen) == ([], {"a": words, "b": words})
    assert sort(whole) == (["a", "b"], {})


def test_no_more_promotions_speaks_against_every_offer() -> None:
    refused = sort(opened(offer("a"), offer("b", ends_at=NOW)), history=CustomerHistory(promotions_allowed=False))
    assert refused == ([], dict.fromkeys("ab", "you have asked for no more promotions"))


def test_ten_thousand_offers_cost_a_decision_only_what_asks() -> None:
    """A hundred that ask, not ten thousand, are judged; the rest is looked at once a minute."""
    asking = from_json({"any": [{"segment": ["club"]}, {"first_order": True}]})
    many = [offer(f"o{i:05}", condition=asking if i % 100 == 0 else None) for i in range(10_000)]
    of = opened(*many)
    assert len(of.asking) == 100
    began = perf_counter()
    for _ in range(100):
        eligible, refused = sort(of, facts=Facts(at=NOW, segments=frozenset(), order_count=1))
    assert (len(eligible), len(refused)) == (9_900, 100)
    assert perf_counter() - began < 1.0  # about 1.5 ms each on a quiet core
