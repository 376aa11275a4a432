"""The numbers the model sees, computed by the same lines in training (arrays over rows) and in serving (one customer).

Counters fade: a purchase counts 1 on its day and half as much one half-life later, in days and in the customer's own
baskets. A category's faded counter over the customer's faded basket counter is its share: how many of the recent
baskets held it. Source of the gap inputs: Ariannezhad et al., ReCANet, SIGIR 2022.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.model_settings import ModelSettings

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

STEP_INPUTS = 7
_LONG = 1e-3  # a share below one basket in a thousand is as good as none


def fade(settings: ModelSettings, *, days: Floats, baskets: Floats) -> Floats:
    """(..., decays) factor by which faded counters shrink over so many days and baskets."""
    in_days = np.exp2(-days[..., None] / np.array(settings.half_lives_days))
    in_baskets = np.exp2(-baskets[..., None] / np.array(settings.half_lives_baskets))
    return np.concatenate([in_days, in_baskets], axis=-1)


def step_inputs(
    *, gap_days: Floats, gap_baskets: Floats, first: NDArray[np.bool_], quantity: Floats, spend: Floats, breadth: Floats
) -> Singles:
    """(..., STEP_INPUTS) what the LSTM reads at one purchase; gaps are to the pair's previous purchase, 0 at its first.

    Weighed goods and fuel count in hundreds; logarithms keep them in the range of the rest.
    """
    columns = [
        np.log1p(gap_days) / 4.0,
        np.log1p(gap_baskets) / 3.0,
        first.astype(np.float64),
        np.log1p(np.maximum(quantity, 0.0)) / 2.0,
        np.log1p(np.maximum(spend, 0.0)) / 2.0,
        np.log1p(breadth) / 3.0,
        (gap_days < 4.0).astype(np.float64),
    ]
    return np.stack(columns, axis=-1).astype(np.float32)


def pair_feature_count(settings: ModelSettings) -> int:
    """Columns of `pair_features`."""
    return 2 * settings.decay_count + 8


def pair_features(
    settings: ModelSettings,
    *,
    since_days: Floats,
    since_baskets: Floats,
    count: Floats,
    span_days: Floats,
    span_baskets: Floats,
    decayed: Floats,
    customer_decayed: Floats,
) -> tuple[Singles, Floats]:
    """(rows, features) of categories bought before, and (rows, decays) their shares.

    `span_*`: from the pair's first to its last purchase. `decayed`: (rows, decays) as of now;
    `customer_decayed`: (rows or 1, decays) the customer's faded baskets as of now.
    """
    share = np.clip(decayed / np.maximum(customer_decayed, 1e-9), 0.0, 1.0)
    several = count > 1
    gaps = np.maximum(count - 1.0, 1.0)
    mean_days, mean_baskets = span_days / gaps, span_baskets / gaps
    columns = [
        np.ones_like(count),
        np.log1p(since_days) / 4.0,
        np.log1p(since_baskets) / 3.0,
        np.log1p(count) / 3.0,
        np.where(several, np.log1p(mean_days) / 4.0, 0.0),
        np.where(several, np.log((since_days + 1.0) / (mean_days + 1.0)), 0.0),
        np.where(several, np.log((since_baskets + 1.0) / (mean_baskets + 1.0)), 0.0),
        several.astype(np.float64),
    ]
    logs = np.log(share + _LONG) / 2.0 + 2.0
    return np.concatenate([np.stack(columns, axis=-1), share, logs], axis=-1).astype(np.float32), share


def customer_feature_count(settings: ModelSettings) -> int:
    """Columns of `customer_features`."""
    return len(settings.half_lives_days) + 6


def customer_features(
    settings: ModelSettings,
    *,
    baskets: Floats,
    since_days: Floats,
    tenure_days: Floats,
    decayed: Floats,
    breadth: Floats,
    spend: Floats,
) -> Singles:
    """(rows, features) of the customer as a whole; an anonymous customer, who has no baskets, gets zeros and a flag.

    `decayed`: (rows, decays) faded baskets as of now; `breadth`, `spend`: (rows,) faded means per basket.
    """
    half_lives = np.array(settings.half_lives_days)
    per_week = decayed[..., : len(half_lives)] * np.log(2.0) * 7.0 / half_lives
    known = baskets > 0
    columns = [
        np.where(known, 0.0, 1.0),
        np.log1p(baskets) / 4.0,
        np.where(known, np.log1p(since_days) / 3.0, 0.0),
        np.where(known, np.log1p(tenure_days) / 5.0, 0.0),
        np.log1p(breadth) / 3.0,
        np.log1p(np.maximum(spend, 0.0)) / 4.0,  # sent back, a basket may cost less than nothing
    ]
    return np.concatenate([np.stack(columns, axis=-1), np.log1p(per_week)], axis=-1).astype(np.float32)
