"""The context of a decision: the same fields in the request, in the domain and in the row, by introspection."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from promo_engine.api.decisions.decision_endpoints import ConversationContextBody
from promo_engine.codecs.context_codec import NOT_KEPT, context_from_json, context_to_json
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.services.decisions.decision_facts import facts_in

LOCAL = datetime.fromisoformat("2026-11-28T21:30:00+01:00")
FROM_THE_CLOCK = {"local_hour", "weekday"}
REQUEST: dict[str, Any] = {
    "trigger": "asked_for_discount",
    "intent": "track_order",
    "sentiment": "negative",
    "turn_count": 7,
    "basket_cents": 4_200,
    "basket_categories": ["CHEESE", "BEEF"],
    "basket": [{"variant_id": "p-1-v", "quantity": 2, "unit_price_cents": 2_100}],
    "channel": "app",
    "country": "DE",
    "currency": "EUR",
    "stock": {"p-1": 3},
}


def of_request(**changes: Any) -> ConversationContext:
    return ConversationContextBody.model_validate_json(json.dumps(REQUEST | changes)).context()


def test_the_request_has_every_field_that_the_clock_does_not_give() -> None:
    names = {field.name for field in fields(ConversationContext)}
    assert set(ConversationContextBody.model_fields) == names - FROM_THE_CLOCK == set(REQUEST)
    context = of_request()
    assert all(getattr(context, name) for name in REQUEST)
    assert context.basket_categories == ("CHEESE", "BEEF")


def test_what_is_recorded_comes_back_equal() -> None:
    recorded = of_request().recorded_at(LOCAL)
    stored = json.loads(json.dumps(context_to_json(recorded)))
    assert context_from_json(stored) == recorded
    assert (recorded.local_hour, recorded.weekday) == (21, 5)
    assert set(stored) == {field.name for field in fields(ConversationContext)} - NOT_KEPT
    assert all(getattr(recorded, name) is None for name in NOT_KEPT)


def test_what_is_unknown_is_stored_as_before() -> None:
    unknown = ConversationContextBody.model_validate_json('{"trigger": "after_service"}').context().recorded_at(LOCAL)
    assert context_to_json(unknown) == {
        "trigger": "after_service",
        "intent": None,
        "sentiment": None,
        "turn_count": 0,
        "basket_cents": 0,
        "local_hour": 21,
        "weekday": 5,
    }
    assert context_from_json(context_to_json(unknown)) == unknown


def test_an_older_row_is_read() -> None:
    assert context_from_json({}) == ConversationContext("")
    assert context_from_json({"trigger": "after_service", "mood": "odd"}) == ConversationContext("after_service")


def test_conditions_get_every_fact_that_the_request_gives() -> None:
    facts = Facts(**facts_in(of_request()))
    for name in set(REQUEST) & {field.name for field in fields(Facts)}:
        assert getattr(facts, name) == REQUEST[name]
    assert "basket_category_ids" not in facts_in(of_request())
