from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pytest

from promo_engine.api.promotions.offer_endpoints import NewOfferBody
from promo_engine.api.promotions.promotion_endpoints import NewPromotionBody
from promo_engine.codecs.written_types import known_category
from studio.errors import StrategyError
from studio.generate.strategies import Grammar, Strategy, to_bodies
from studio.response.scoring import expect, reached_cents
from tests.support.small_studio import small_facts, small_response

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ANY: dict[str, Any] = {
    "kind": "percentage", "depth_basis_points": 1000, "scope": "COFFEE", "segment": "loyal", "start_day": 0,
    "length_days": 14, "days": "every day", "channel": "any", "uses_per_customer": 1, "budget_cents": 50_000,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "gamble"}, "kind"),
        ({"depth_basis_points": 9_999}, "depth"),
        ({"segment": "nobody"}, "segment"),
        ({"budget_cents": 0}, "limits"),
        ({"kind": "free_delivery"}, "whole basket"),
        ({"kind": "buy_x_get_y", "scope": "whole basket"}, "category"),
        ({"kind": "bundle_price", "scope": "whole basket"}, "first product"),
    ],
)
def test_a_strategy_that_cannot_be_carried_out_cannot_be_made(change: dict[str, Any], word: str) -> None:
    with pytest.raises(StrategyError, match=word):
        Strategy(**ANY | change)


def test_whatever_is_drawn_passes_the_engines_own_validation() -> None:
    facts = small_facts()
    grammar, generator = Grammar(facts.categories, frozenset(facts.bundles)), np.random.default_rng(1)
    drawn = {grammar.read(grammar.draw(generator)) for _ in range(400)}
    for strategy in drawn:
        promotion, offer = to_bodies(strategy, facts, promotion_id="p-1", now=NOW, zone="America/New_York")
        NewPromotionBody.model_validate(promotion)
        ids = {name: index for index, name in enumerate(facts.categories)}
        NewOfferBody.model_validate(offer).managed("p-1", category_id=partial(known_category, ids))
    assert {strategy.kind for strategy in drawn} > {"free_delivery", "buy_x_get_y", "bundle_price"}
    assert {strategy.scope for strategy in drawn if strategy.kind == "bundle_price"} == {"COFFEE"}


def test_a_bundle_is_what_goes_together_for_less_and_counts_only_who_buys_both() -> None:
    facts, model = small_facts(), small_response()
    bundle = Strategy(**ANY | {"kind": "bundle_price", "segment": "everyone"})
    _, offer = to_bodies(bundle, facts, promotion_id="p-1", now=NOW, zone="UTC")
    assert offer["title"] == "Ground coffee and brie together for $5.85"
    assert offer["benefit"] == {
        "kind": "bundle_price",
        "pieces": [{"product_id": "p-2", "quantity": 1}, {"product_id": "p-3", "quantity": 1}],
        "price_cents": 585,
        "currency": "USD",
    }
    assert reached_cents(bundle, facts) == pytest.approx(9_000 * 2 * 0.3)
    assert 0 < expect(bundle, facts, model).cost_cents < 9_000 * 2 * 0.3 * 0.2
    with pytest.raises(StrategyError, match="often enough for a bundle"):
        expect(Strategy(**ANY | {"kind": "bundle_price", "scope": "SOFT DRINKS"}), facts, model)


def test_an_offer_for_a_segment_follows_the_segments_of_the_running_engine() -> None:
    _, offer = to_bodies(Strategy(**ANY), small_facts(), promotion_id="p-1", now=NOW, zone="UTC")
    assert offer["condition"] == {"all": [{"segment": ["live-loyal"]}]}


def test_a_budget_caps_cost_and_effect_alike() -> None:
    facts, model = small_facts(), small_response()
    small = expect(Strategy(**ANY | {"budget_cents": 20_000}), facts, model)
    assert small.cost_cents <= 20_000
    deep = Strategy(**ANY | {"depth_basis_points": 3000, "segment": "everyone", "length_days": 28})
    assert expect(deep, facts, model).cost_cents == pytest.approx(50_000)


def test_a_category_that_hardly_sells_is_refused_with_the_reason() -> None:
    with pytest.raises(StrategyError, match="CAVIAR: fewer than 30 baskets"):
        expect(Strategy(**ANY | {"scope": "CAVIAR"}), small_facts(), small_response())
