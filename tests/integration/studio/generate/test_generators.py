from datetime import UTC, datetime

import numpy as np
import pytest

from promo_engine.api.promotions.offer_endpoints import NewOfferBody
from promo_engine.codecs.benefit_codec import benefit_from_json
from studio.generate.generators import GenerationSettings, LstmDecoder, Vae, judge, make_pool, train
from studio.generate.proposals import propose
from studio.generate.strategies import Grammar, Strategy, to_bodies
from tests.support.small_studio import small_facts, small_response

SMALL = GenerationSettings(pool=300, epochs=40, hidden=16, batch=16)


def test_whatever_is_generated_passes_the_engines_validation_and_beats_random_draws() -> None:
    facts, model = small_facts(), small_response()
    proposals = propose(facts, model, count=80, settings=SMALL)
    assert all(quality.valid == 1.0 for quality in proposals.qualities)
    for goal, best in proposals.best.items():
        for strategy, _ in best:
            _, offer = to_bodies(strategy, facts, promotion_id="p", now=datetime(2026, 1, 1, tzinfo=UTC), zone="UTC")
            benefit_from_json(NewOfferBody.model_validate(offer).benefit)
        of_goal = {quality.generator: quality.mean_cents for quality in proposals.qualities if quality.goal == goal}
        assert min(of_goal["LSTM"], of_goal["VAE"]) > of_goal["random"]


@pytest.mark.parametrize("which", ["lstm", "vae"])
def test_training_lowers_the_loss_and_the_goal_steers(which: str) -> None:
    grammar = Grammar(("COFFEE",))

    def score(strategy: Strategy, goal: str) -> float:
        return float(strategy.kind == "percentage") if goal == "revenue" else float(strategy.kind == "free_delivery")

    pool = make_pool(grammar, score, SMALL)
    generator = (
        LstmDecoder(grammar.sizes, hidden=16) if which == "lstm" else Vae(grammar.sizes, hidden=16, latent=4, beta=0.3)
    )
    losses = train(generator, pool, SMALL)
    assert losses[-1] < losses[0]
    share = {
        goal: np.mean([grammar.read(row).kind == "percentage" for row in generator.sample(goal, 200, grammar)])
        for goal in (0, 1)
    }
    assert share[0] > 0.5
    assert share[1] < 0.3
    assert judge("x", "revenue", generator.sample(0, 50, grammar), pool=pool, grammar=grammar, score=score).valid == 1
