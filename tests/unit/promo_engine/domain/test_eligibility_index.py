from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.domain.offers.eligibility import CustomerStanding
from promo_engine.domain.offers.eligibility_index import EligibilityIndex, EligibilityResult
from promo_engine.domain.offers.limits import (
    NO_CAPS,
    NO_HISTORY,
    Commitment,
    CustomerCaps,
    CustomerHistory,
    Limits,
    OfferContact,
    OfferContactKind,
    PerPeriod,
)
from promo_engine.domain.offers.offers import Eligibility
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion
from tests.support.small_shop import CATEGORIES, NOW, offer

NAMES = [name.lower() for name in CATEGORIES]
STRANGER = CustomerStanding(signed_in=False)
DAY = timedelta(days=1)
ONCE_A_DAY = Limits(exposures_per_customer=PerPeriod(count=1, days=1))


def promotion(**changes: Any) -> Promotion:
    return replace(Promotion("p", "p", NOW - DAY, NOW + DAY), **changes)


def managed(
    offer_id: str, limits: Limits | None = None, *, state: LifecycleState = LifecycleState.SCHEDULED, **changes: Any
) -> ManagedOffer:
    managed_offer = offer(offer_id, promotion_id="p", **changes)
    return ManagedOffer(managed_offer, state=state, limits=limits or Limits())


def made_index(
    offers: Sequence[ManagedOffer],
    *,
    of: Promotion | None = None,
    commitments: Mapping[str, Commitment] | None = None,
    at: datetime = NOW,
) -> EligibilityIndex:
    ordered = sorted(offers, key=lambda managed_offer: managed_offer.offer.offer_id)
    return EligibilityIndex(
        ordered,
        promotions={"p": of or promotion()},
        commitments=commitments or {},
        offers=OfferSet([managed_offer.offer for managed_offer in ordered]),
        at=at,
    )


def screen(
    of: EligibilityIndex,
    *,
    standing: CustomerStanding = STRANGER,
    history: CustomerHistory = NO_HISTORY,
    facts: Facts | None = None,
    caps: CustomerCaps = NO_CAPS,
) -> EligibilityResult:
    at = of.made_at
    return of.screen(
        standing=standing, history=history, facts=facts or Facts(at=at), caps=caps, at=at, category_names=NAMES
    )


def ids(result: EligibilityResult) -> list[str]:
    return [candidate.offer_id for candidate in result.candidates]


def met(offer_id: str, kind: OfferContactKind = OfferContactKind.EXPOSED) -> CustomerHistory:
    return CustomerHistory(contacts=(OfferContact(offer_id, "p", kind, NOW - timedelta(hours=1)),))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"starts_at": NOW}, None),
        ({"starts_at": NOW + timedelta(seconds=1)}, "this offer has not started yet"),
        ({"ends_at": NOW + timedelta(seconds=1)}, None),
        ({"ends_at": NOW}, "this offer has ended"),
        ({"state": LifecycleState.DRAFT}, "this offer is not published yet"),
        ({"state": LifecycleState.PAUSED}, "this offer is paused at the moment"),
        ({"eligibility": Eligibility(signed_in_only=True)}, "you need to sign in for this offer"),
    ],
)
def test_state_time_and_rules_hold_an_offer_back(changes: dict[str, Any], reason: str | None) -> None:
    result = screen(made_index([managed("a"), managed("x", **changes)]))
    assert ids(result) == (["a", "x"] if reason is None else ["a"])
    assert result.reasons() == ({} if reason is None else {"x": reason})


def test_a_paused_promotion_holds_all_its_offers_back() -> None:
    result = screen(made_index([managed("a"), managed("b")], of=promotion(state=LifecycleState.PAUSED)))
    assert ids(result) == []
    assert result.reasons() == dict.fromkeys("ab", "this offer is paused at the moment")


def test_answered_offers_are_not_shown_again() -> None:
    standing = replace(STRANGER, accepted_offer_ids=frozenset({"a", "gone"}), declined_offer_ids=frozenset({"b"}))
    result = screen(made_index([managed("a"), managed("b"), managed("c")]), standing=standing)
    assert ids(result) == ["c"]
    assert result.reasons() == {
        "a": "you have already accepted this offer",
        "b": "you have declined this offer in this conversation",
    }


def test_a_used_up_budget_holds_back_only_what_it_pays_for() -> None:
    rich, poor = managed("rich"), managed("poor", Limits(max_uses=2))
    result = screen(made_index([rich, poor], commitments={"poor": Commitment(uses=2)}))
    assert result.reasons() == {"poor": "this offer has been taken as often as it may"}
    whole = promotion(limits=Limits(budget_cents=100))
    both = screen(made_index([rich, poor], of=whole, commitments={"rich": Commitment(spent_cents=100)}))
    assert both.reasons() == dict.fromkeys(("poor", "rich"), "the budget of the promotion of this offer is used up")


def test_what_a_customer_met_counts_for_the_offer_or_for_its_whole_promotion() -> None:
    offers = [managed("a", ONCE_A_DAY), managed("b")]
    assert screen(made_index(offers), history=met("a")).reasons() == {
        "a": "you have seen this offer once in the last day"
    }
    assert screen(made_index(offers), history=met("b")).reasons() == {}
    whole = screen(made_index(offers, of=promotion(limits=ONCE_A_DAY)), history=met("b"))
    assert set(whole.reasons().values()) == {"you have seen the promotion of this offer once in the last day"}


def test_who_wants_no_promotions_gets_none_and_is_told_so() -> None:
    result = screen(made_index([managed("a"), managed("b")]), history=CustomerHistory(promotions_allowed=False))
    assert not result.candidates
    assert result.reasons() == dict.fromkeys("ab", "you have asked for no more promotions")
    assert result.reasons(limit=1) == {"a": "you have asked for no more promotions"}


def test_it_is_good_until_the_next_thing_can_change() -> None:
    second = timedelta(seconds=1)
    assert made_index([managed("a")]).valid_until == NOW + 60 * second
    assert made_index([managed("a")], at=NOW + 59 * second).valid_until == NOW + 60 * second
    offers = [managed("a", ends_at=NOW + 20 * second), managed("b", starts_at=NOW + 10 * second)]
    soon = made_index(offers)
    assert soon.valid_until == NOW + 10 * second
    assert ids(screen(soon)) == ["a"]
    later = made_index(offers, at=NOW + 10 * second)
    assert ids(screen(later)) == ["a", "b"]
    assert later.valid_until == NOW + 20 * second
    assert made_index([managed("a")], of=promotion(ends_at=NOW + second)).valid_until == NOW + second


SUNDAY = {"time_windows": {"zone": "UTC", "windows": [{"days": ["Sun"], "until": "10:01"}]}}
"""NOW is a Sunday, ten o'clock."""


def test_what_the_clock_alone_decides_is_decided_for_everybody() -> None:
    clubs = condition_from_json({"all": [SUNDAY, {"segment": ["club"]}]})
    offers = [
        managed("always"),
        managed("club", condition=clubs),
        managed("sunday", condition=condition_from_json(SUNDAY)),
    ]
    now, later = made_index(offers), made_index(offers, at=NOW + timedelta(minutes=1))
    assert ids(screen(now)) == ["always", "sunday"]
    club = Facts(at=NOW, segments=frozenset({"club"}))
    assert ids(screen(now, facts=club)) == ["always", "club", "sunday"]
    assert ids(screen(later, facts=replace(club, at=later.made_at))) == ["always"]


rules = st.builds(
    Eligibility,
    min_baskets=st.integers(0, 3),
    signed_in_only=st.booleans(),
    bought_any_of=st.frozensets(st.integers(0, len(NAMES) - 1), max_size=2),
)
standings = st.builds(
    CustomerStanding,
    signed_in=st.booleans(),
    basket_count=st.integers(0, 3),
    bought_category_ids=st.frozensets(st.integers(0, len(NAMES) - 1)),
    accepted_offer_ids=st.frozensets(st.sampled_from([f"o{i}" for i in range(12)]), max_size=3),
    declined_offer_ids=st.frozensets(st.sampled_from([f"o{i}" for i in range(12)]), max_size=3),
)


@given(of=st.lists(rules, max_size=12), standing=standings)
def test_many_offers_are_judged_as_each_would_be_alone(of: list[Eligibility], standing: CustomerStanding) -> None:
    offers = [managed(f"o{i}", eligibility=rule) for i, rule in enumerate(of)]
    together = screen(made_index(offers), standing=standing)
    alone = {
        managed_offer.offer.offer_id: screen(made_index([managed_offer]), standing=standing).reasons()
        for managed_offer in offers
    }
    assert together.reasons() == {offer_id: why[offer_id] for offer_id, why in alone.items() if why}
    assert ids(together) == sorted(offer_id for offer_id, why in alone.items() if not why)
