"""Gradient boosting over all categories and horizons together (LightGBM), on hand-made features."""

from __future__ import annotations

import numpy as np

from studio.forecast.weekly_panel import PROMOTION_INPUTS, Floats, Panel
from studio.forecast.windows import Windows, newest_windows, training_windows

SEED = 20171231
_SETTINGS = {
    "objective": "l1",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "seed": SEED,
    "deterministic": True,
    "verbosity": -1,
}
_ROUNDS = 250


class Boosting:
    """Trees that learn by how much demand will differ from the level, weighted towards categories that are regular."""

    def forecast(self, known: Panel) -> Floats:
        """(C, H) demand of the weeks after the panel's last."""
        import lightgbm  # noqa: PLC0415  slow to import

        learned = training_windows(known)
        target = learned.target.T.ravel()
        usable = ~np.isnan(target)
        # In lines, not in ratios, is where errors count; a category's noise falls as the root of its size.
        weight = np.tile(np.sqrt(learned.level + 1.0), known.horizon)
        data = lightgbm.Dataset(_features(learned)[usable], target[usable], weight=weight[usable])
        model = lightgbm.train(_SETTINGS, data, num_boost_round=_ROUNDS)
        newest = newest_windows(known)
        said = np.asarray(model.predict(_features(newest), num_threads=1))
        return newest.demand(said.reshape(known.horizon, -1).T)


def _features(windows: Windows) -> Floats:
    """(H * N, features), horizon by horizon."""
    own = np.column_stack(
        [
            windows.past[:, -8:],
            windows.past[:, -4:].mean(axis=1),
            windows.past.mean(axis=1),
            windows.past.std(axis=1),
            windows.traffic[:, -2:],
            windows.traffic[:, -4:].mean(axis=1),
            np.log1p(windows.level),
            windows.past_inputs[:, -1],
            windows.past_inputs[:, -8:, :PROMOTION_INPUTS].mean(axis=1),
        ]
    )
    usual = windows.past_inputs[:, -8:, :PROMOTION_INPUTS].mean(axis=1)
    parts = []
    for ahead in range(windows.next_inputs.shape[1]):
        then = windows.next_inputs[:, ahead]
        # The week at the same place of the four-week cycle.
        cycle = windows.past[:, -4 + ahead % 4]
        parts.append(np.column_stack([own, then, then[:, :PROMOTION_INPUTS] - usual, cycle, np.full(len(then), ahead)]))
    return np.concatenate(parts)
