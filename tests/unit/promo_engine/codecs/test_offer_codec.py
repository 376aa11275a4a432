"""An offer with every field there is goes through every form and comes back equal; a field without codec fails here."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from promo_engine.api.promotions.offer_endpoints import ManagedOfferReply, NewOfferBody
from promo_engine.api.promotions.promotion_endpoints import shown_limits
from promo_engine.codecs.offer_codec import (
    WrittenOffer,
    offer_before,
    offer_from_row,
    offer_to_record,
    offer_to_row,
)
from promo_engine.codecs.plan_codec import offers_of, plan_from_json, plan_to_json
from promo_engine.codecs.promotion_codec import to_record
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.errors import Conflict
from promo_engine.domain.offers.audit import AuditEntry
from promo_engine.domain.offers.offers import Eligibility, Offer
from promo_engine.domain.offers.promotions import CHANGEABLE_WHEN_LIVE, LifecycleState, refuse_frozen_changes
from promo_engine.files.offer_file import read_offer_file
from promo_engine.services.promotions.offer_history import OfferHistory
from promo_engine.services.promotions.promotion_service import difference
from promo_engine.storage.tables import offers
from tests.support.full_offer import category_id, category_name, filled, full_managed_offer, full_offer
from tests.support.small_shop import CATEGORIES, NOW

OFFER = full_offer()
MANAGED = full_managed_offer()
IDS = {name: index for index, name in enumerate(CATEGORIES)}
NAMES = [field.name for field in fields(Offer)]


def other() -> Offer:
    """Another offer of the same id: every field that has a default has it, every other is different."""
    return Offer(
        offer_id=OFFER.offer_id,
        promotion_id="spring",
        title="Other",
        terms="Other.",
        benefit=AmountOff(5),
        unit_cost_cents=1,
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=2),
    )


def over_http() -> dict[str, Any]:
    """The offer as the reply writes it, without what the engine adds."""
    reply = ManagedOfferReply.of(
        MANAGED.offer,
        category_name=category_name,
        state=LifecycleState.DRAFT,
        limits=shown_limits(MANAGED.limits),
        version=1,
    )
    written: dict[str, Any] = json.loads(reply.model_dump_json())
    assert written.pop("state") == "draft"
    assert written.pop("version") == 1
    return written


def planned(**changes: Any) -> dict[str, Any]:
    window = {"starts_at": OFFER.starts_at.isoformat(), "ends_at": OFFER.ends_at.isoformat()}
    promotion = {"promotion_id": "autumn", "name": "Autumn", **window}
    return {
        "promotions": [promotion],
        "offers": [over_http() | changes],
        "audiences": {"s": ["anna"]},
        "stop_rules": {"min_acceptance": 0.01},
    }


def test_what_a_reply_says_can_be_sent_back() -> None:
    body = NewOfferBody.model_validate_json(json.dumps(over_http()))
    assert body.managed(body.offer_id, category_id=category_id) == MANAGED


def test_it_goes_through_an_offer_file(tmp_path: Path) -> None:
    written = json.loads(WrittenOffer.of(OFFER, category_name=category_name).model_dump_json())
    own = {"id": OFFER.offer_id, "starts": OFFER.starts_at.isoformat(), "ends": OFFER.ends_at.isoformat()}
    promotion = {
        "id": OFFER.promotion_id,
        "name": "Autumn",
        "starts": "-30d",
        "ends": "+60d",
        "offers": [own | written],
    }
    path = tmp_path / "offers.yml"
    path.write_text(yaml.safe_dump({"promotions": [promotion]}), encoding="utf-8")
    assert read_offer_file(path, category_ids=IDS, now=NOW).offers == (OFFER,)


def test_it_goes_through_a_plan() -> None:
    plan = plan_from_json(planned())
    assert offers_of(plan, category_ids=IDS) == [MANAGED]
    again = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    assert again == plan
    assert offers_of(again, category_ids=IDS) == [MANAGED]


def test_every_field_has_a_column_and_comes_back_from_its_row() -> None:
    row = offer_to_row(OFFER)
    assert set(row) == set(NAMES) <= {column.name for column in offers.columns}
    stored = {name: value if hasattr(value, "tzinfo") else json.loads(json.dumps(value)) for name, value in row.items()}
    assert offer_from_row(stored) == OFFER


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_change_of_any_field_is_undone(name: str) -> None:
    if name == "offer_id":
        return  # what it is called never changes
    after = replace(OFFER, **{name: getattr(other(), name)})
    before, later = offer_to_record(OFFER), offer_to_record(after)
    changes = {key: [before[key], later[key]] for key in before if before[key] != later[key]}
    assert set(changes) == {name}
    assert offer_before(after, json.loads(json.dumps(changes))) == OFFER


def test_history_knows_the_offer_as_it_was() -> None:
    after = replace(MANAGED, offer=other(), version=2)
    changes = json.loads(json.dumps(difference(MANAGED, after)))
    entry = AuditEntry("autumn", OFFER.offer_id, "eve", "changed", NOW, changes)
    history = OfferHistory([after.offer], [entry])
    (before,) = history.candidates([OFFER.offer_id], at=NOW - timedelta(seconds=1))
    (now,) = history.candidates([OFFER.offer_id], at=NOW)
    assert (before, now) == (OFFER, after.offer)


def test_the_record_names_every_field_of_a_new_offer() -> None:
    assert set(difference(None, MANAGED)) == {*NAMES, "state", "limits"} == set(to_record(MANAGED))


@pytest.mark.parametrize("name", NAMES)
def test_once_live_a_field_is_frozen_unless_it_is_named_as_changeable(name: str) -> None:
    """A new field is frozen until somebody says otherwise."""
    if name in ("offer_id", "promotion_id"):
        return  # an offer keeps both in any state
    after = replace(OFFER, **{name: getattr(other(), name)})
    if name in CHANGEABLE_WHEN_LIVE or name == "starts_at":
        refuse_frozen_changes(OFFER, after)
        return
    with pytest.raises(Conflict) as refused:
        refuse_frozen_changes(OFFER, after)
    assert refused.value.code == "frozen_while_live"


def test_eligibility_may_change_but_for_the_order_value() -> None:
    wider = replace(OFFER, eligibility=Eligibility(min_basket_cents=OFFER.eligibility.min_basket_cents))
    refuse_frozen_changes(OFFER, wider)
    with pytest.raises(Conflict, match=r"^eligibility\.min_basket_cents cannot change once it is live"):
        refuse_frozen_changes(OFFER, replace(OFFER, eligibility=replace(OFFER.eligibility, min_basket_cents=8)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "colour: there is no such field"),
        ({"unit_cost_cents": 10**11}, "unit_cost_cents: input should be less than or equal to 1000000000"),
        ({"unit_cost_cents": "9"}, "unit_cost_cents: input should be a valid integer"),
        ({"margin_floor_basis_points": 10_000}, "margin_floor_basis_points: input should be less than 10000"),
        ({"eligibility": {"min_bascets": 1}}, "eligibility.min_bascets: there is no such field"),
        ({"categories": ["CAVIAR"]}, "categories: there is no category 'CAVIAR'"),
        ({"benefit": {"kind": "fixed_amount", "amount_cents": 10**11}}, "benefit.amount_cents: at most 1000000000"),
        (
            {"benefit": {"kind": "spend_and_save", "tiers": [{"from_cents": 10**9 + 1, "off_cents": 1}]}},
            r"benefit\.tiers\.0\.from_cents: at most 1000000000, not 1000000001",
        ),
        (
            {"condition": {"all": [{"basket_cents": 10**9 + 1}]}},
            r"condition\.all\.0\.basket_cents: at most 1000000000, not 1000000001",
        ),
        ({"condition": {"country": ["de"]}}, "condition.country: countries are two capital letters"),
        ({"starts_at": "soon"}, "starts_at: input should be a valid datetime"),
        ({"limits": {"max_uses": -1}}, "limits.max_uses: input should be greater than or equal to 0"),
    ],
)
def test_a_plan_with_a_wrong_offer_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^offer full-1: {words}") as refused:
        offers_of(plan_from_json(planned(**changes)), category_ids=IDS)
    assert "\n" not in str(refused.value)


def test_filled_notices_a_field_that_keeps_its_default() -> None:
    with pytest.raises(AssertionError, match=r"Eligibility\.min_baskets has its default"):
        filled(Eligibility, min_baskets=0)
