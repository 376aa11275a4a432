"""What the simulated shop's sales truly answer to prices.

The elasticity of a category is a parameter of the simulator, and regular purchases answer with exactly that. A
customer's first piece is a choice between the categories: who comes will buy something, so it answers by (1 - share) of
the parameter, where the share is the probability of that category. The truth of all sales together is their mean, each
by the pieces that it brought.
"""

from __future__ import annotations

import numpy as np

from promo_engine.shops.trail_and_tarn.demand import seasons
from promo_engine.shops.trail_and_tarn.simulation import Simulation
from promo_engine.shops.trail_and_tarn.style_words import LEAVES


def true_elasticities(simulation: Simulation) -> dict[str, float]:
    """By category: per cent of pieces, of all orders, for one per cent more of its price; below 0."""
    population, settings = simulation.population, simulation.settings
    parameter = np.array([leaf.elasticity for leaf in LEAVES])
    market = seasons(settings.first_day, weeks=settings.weeks) * simulation.truth.price_ratio**-parameter
    weights = population.taste * market[population.first_week]
    share = weights / weights.sum(axis=1, keepdims=True)
    first, answering = share.sum(axis=0), (share * (1 - share)).sum(axis=0)
    pieces = np.bincount(simulation.purchases.leaf, minlength=len(LEAVES)).astype(np.float64)
    regular = np.maximum(pieces - first, 0.0)
    effective = parameter * (regular + answering) / (regular + first)
    return {leaf.name: -float(value) for leaf, value in zip(LEAVES, effective, strict=True)}
