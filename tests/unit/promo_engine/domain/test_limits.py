from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from promo_engine.codecs.limits_codec import limits_from_json, limits_to_json
from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.offers.limits import (
    NO_CAPS,
    Commitment,
    CustomerCaps,
    CustomerHistory,
    Limits,
    OfferContact,
    OfferContactKind,
    PerPeriod,
    reason_against_customer,
    reason_against_spending,
    reason_against_use,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def met(kind: OfferContactKind, *days_ago: float) -> tuple[OfferContact, ...]:
    return tuple(OfferContact("coffee-1", "winter", kind, NOW - timedelta(days=days)) for days in days_ago)


TWICE_A_WEEK = Limits(exposures_per_customer=PerPeriod(count=2, days=7))


@pytest.mark.parametrize(
    ("limits", "contacts", "reason"),
    [
        (TWICE_A_WEEK, met(OfferContactKind.EXPOSED, 1), None),
        (TWICE_A_WEEK, met(OfferContactKind.EXPOSED, 1, 6.99), "you have seen this offer 2 times in the last 7 days"),
        (TWICE_A_WEEK, met(OfferContactKind.EXPOSED, 1, 7), None),
        (TWICE_A_WEEK, met(OfferContactKind.ACCEPTED, 1, 2, 3), None),
        (
            Limits(uses_per_customer=PerPeriod(count=1, days=30)),
            met(OfferContactKind.ACCEPTED, 29),
            "you have used this offer once in the last 30 days",
        ),
        (Limits(uses_per_customer=PerPeriod(count=1, days=30)), met(OfferContactKind.ACCEPTED, 30), None),
        (
            Limits(decline_cooldown_days=1),
            met(OfferContactKind.DECLINED, 0.5),
            "you have declined this offer in the last day",
        ),
        (Limits(decline_cooldown_days=1), met(OfferContactKind.DECLINED, 1), None),
        (Limits(), met(OfferContactKind.DECLINED, 0) + met(OfferContactKind.EXPOSED, *range(50)), None),
    ],
)
def test_what_a_customer_met_counts_within_its_period(
    limits: Limits, contacts: tuple[OfferContact, ...], reason: str | None
) -> None:
    assert reason_against_use(limits, contacts=contacts, at=NOW) == reason


def test_the_shop_s_caps_count_over_all_offers() -> None:
    caps = CustomerCaps(exposures=PerPeriod(count=3, days=1), decline_cooldown_days=2)
    seen = CustomerHistory(contacts=met(OfferContactKind.EXPOSED, 0.1, 0.2, 0.3))
    assert reason_against_customer(seen, caps=caps, at=NOW) == "you have seen offers 3 times in the last day"
    assert reason_against_customer(seen, caps=caps, at=NOW + timedelta(days=1)) is None
    declined = CustomerHistory(contacts=met(OfferContactKind.DECLINED, 1.9))
    assert reason_against_customer(declined, caps=caps, at=NOW) == "you have declined an offer in the last 2 days"
    assert reason_against_customer(declined, caps=NO_CAPS, at=NOW) is None


def test_no_more_promotions_is_a_reason_of_its_own() -> None:
    refused = CustomerHistory(promotions_allowed=False)
    assert reason_against_customer(refused, caps=NO_CAPS, at=NOW) == "you have asked for no more promotions"


@pytest.mark.parametrize(
    ("limits", "committed", "fits"),
    [
        (Limits(budget_cents=1000), Commitment(spent_cents=500, reserved_cents=400), True),
        (Limits(budget_cents=1000), Commitment(spent_cents=500, reserved_cents=401), False),
        (Limits(budget_cents=0), Commitment(), False),
        (Limits(max_uses=3), Commitment(uses=2), True),
        (Limits(max_uses=3), Commitment(uses=3), False),
        (Limits(), Commitment(spent_cents=10**12, uses=10**9), True),
    ],
)
def test_one_more_use_fits_or_not(limits: Limits, committed: Commitment, fits: bool) -> None:
    assert (reason_against_spending(limits, committed, unit_cost_cents=100) is None) is fits


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"budget_cents": -1}, "budget_cents"),
        ({"max_uses": -1}, "max_uses"),
        ({"decline_cooldown_days": 0}, "decline_cooldown_days"),
        ({"decline_cooldown_days": 367}, "decline_cooldown_days"),
        ({"uses_per_customer": {"count": 0, "days": 1}}, "count"),
        ({"exposures_per_customer": {"count": 1, "days": 0}}, "days"),
    ],
)
def test_limits_that_make_no_sense(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        limits_from_json(wrong)
    assert error.value.field == field


def test_limits_come_back_from_json_as_they_were() -> None:
    limits = Limits(budget_cents=5, max_uses=0, uses_per_customer=PerPeriod(1, 2), decline_cooldown_days=9)
    assert limits_from_json(limits_to_json(limits)) == limits
    assert limits_from_json({}) == Limits()
