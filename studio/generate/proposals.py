"""Train both generators, let all four sources propose, and keep the best strategies by goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from studio.data.shop_facts import ShopFacts
from studio.generate.generators import GenerationSettings, LstmDecoder, Quality, Vae, judge, make_pool, templates, train
from studio.generate.strategies import Grammar, Strategy, Tokens
from studio.progress import Track, quiet
from studio.response.response_model import ResponseModel
from studio.response.scoring import GOALS, expect


@dataclass(frozen=True)
class Proposals:
    """What was proposed."""

    qualities: list[Quality]
    best: Mapping[str, list[tuple[Strategy, float]]]
    """By goal, the best of all sources with what they are expected to bring, in cents, the best first."""


def propose(
    facts: ShopFacts,
    model: ResponseModel,
    *,
    count: int = 500,
    settings: GenerationSettings | None = None,
    track: Track = quiet,
) -> Proposals:
    """Let each source propose `count` strategies for each goal; templates are as many as there are.

    Raises StrategyError where the shop's data does not say what a discount does.
    """
    settings = settings or GenerationSettings()
    model.need_price()
    grammar = Grammar(facts.categories, frozenset(facts.bundles), delivers=facts.delivery_cents is not None)

    def score(strategy: Strategy, goal: str) -> float:
        return expect(strategy, facts, model).value(goal)

    pool = make_pool(grammar, score, settings)
    torch.manual_seed(settings.seed)
    lstm = LstmDecoder(grammar.sizes, hidden=settings.hidden)
    vae = Vae(grammar.sizes, hidden=settings.hidden, latent=settings.latent, beta=settings.beta)
    for generator in (lstm, vae):
        train(generator, pool, settings, track=track)
    draws = np.random.default_rng(settings.seed + 1)
    qualities, best = [], {}
    for at, goal in enumerate(GOALS):
        sets: dict[str, list[Tokens]] = {
            "LSTM": lstm.sample(at, count, grammar),
            "VAE": vae.sample(at, count, grammar),
            "templates": templates(grammar),
            "random": [grammar.draw(draws) for _ in range(count)],
        }
        qualities += [judge(name, goal, rows, pool=pool, grammar=grammar, score=score) for name, rows in sets.items()]
        everything = {grammar.read(row) for rows in sets.values() for row in rows}
        scored = [(strategy, score(strategy, goal)) for strategy in everything]
        # Ties by what the strategy says, so that the same seed gives the same list.
        best[goal] = sorted(scored, key=lambda pair: (-pair[1], str(pair[0])))[:50]
    return Proposals(qualities, best)
