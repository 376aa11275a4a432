"""The counters after every purchase of a whole history at once: what `state.py` reaches one basket at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.pair_features import Floats, Singles, fade, step_inputs
from promo_engine.user_model.purchase_history import Ints, PurchaseHistory, by_position, positions_in_sequence


@dataclass(frozen=True, eq=False)
class Counters:
    """One row per step or basket of a `PurchaseHistory`, each as of just after it."""

    step_input: Singles
    """(steps, STEP_INPUTS)."""
    step_count: Floats
    """(steps,) purchases of the pair so far."""
    step_decayed: Floats
    """(steps, decays) faded purchases of the pair."""
    basket_decayed: Floats
    """(baskets, decays) faded baskets of the customer."""
    basket_breadth: Floats
    """(baskets,) faded mean of categories per basket."""
    basket_spend: Floats
    """(baskets,) faded mean of spend per basket."""


MEAN_FADE = 0.9
"""Each basket moves the customer's mean breadth and spend a tenth of the way."""


def count_all(history: PurchaseHistory, settings: ModelSettings) -> Counters:
    """Counters of every step and basket."""
    number = history.basket_number.astype(np.float64)
    basket_gap = _gaps(history.basket_day, history.customer_start)
    decayed = _faded_counts(
        history.customer_start, fade(settings, days=basket_gap, baskets=np.ones_like(basket_gap)), np.ones_like(number)
    )
    step_number = number[history.step_basket]
    gap_days = _gaps(history.step_day, history.pair_start)
    gap_baskets = _gaps(step_number, history.pair_start)
    position = positions_in_sequence(history.pair_start)
    return Counters(
        step_input=step_inputs(
            gap_days=gap_days,
            gap_baskets=gap_baskets,
            first=position == 0,
            quantity=history.step_quantity,
            spend=history.step_spend,
            breadth=history.basket_breadth[history.step_basket],
        ),
        step_count=(position + 1).astype(np.float64),
        step_decayed=_faded_counts(
            history.pair_start, fade(settings, days=gap_days, baskets=gap_baskets), np.ones(len(position))
        ),
        basket_decayed=decayed,
        basket_breadth=_moving_mean(history.customer_start, history.basket_breadth),
        basket_spend=_moving_mean(history.customer_start, history.basket_spend),
    )


def _gaps(values: Floats, starts: Ints) -> Floats:
    """Difference to the element before in the same slice, 0 for the first."""
    gaps = np.diff(values, prepend=values[:1])
    gaps[starts[:-1][np.diff(starts) > 0]] = 0.0
    return gaps


def _faded_counts(starts: Ints, factors: Floats, added: Floats) -> Floats:
    """x[k] = x[k - 1] * factors[k] + added[k] within each slice, all slices side by side."""
    order, sizes = by_position(starts)
    result = np.zeros_like(factors)
    previous = order[:0]
    done = 0
    for size in sizes:
        rows = order[done : done + size]
        result[rows] = added[rows, None]
        if done:
            result[rows] += result[previous[:size]] * factors[rows]
        previous, done = rows, done + size
    return result


def _moving_mean(starts: Ints, values: Floats) -> Floats:
    """The first value as it is, then each value moves the mean by 1 - MEAN_FADE."""
    first = positions_in_sequence(starts) == 0
    added = np.where(first, values, (1.0 - MEAN_FADE) * values)
    return _faded_counts(starts, np.full((len(values), 1), MEAN_FADE), added)[:, 0]
