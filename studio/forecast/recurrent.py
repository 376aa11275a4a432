"""An LSTM or a GRU over the last weeks of a category, one network for all categories (torch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studio.forecast.weekly_panel import Floats, Panel
from studio.forecast.windows import newest_windows, training_windows

if TYPE_CHECKING:
    from studio.forecast.recurrent_network import Cell

SEED = 20171231
_NETWORKS = 2


class Recurrent:
    """The mean of two networks from different starts."""

    def __init__(self, cell: Cell) -> None:
        self._cell: Cell = cell

    def forecast(self, known: Panel) -> Floats:
        """(C, H) demand of the weeks after the panel's last. Raises ArithmeticError if the loss is no number."""
        from studio.forecast.recurrent_network import answer, fitted  # noqa: PLC0415  torch is slow to import

        learned, newest = training_windows(known), newest_windows(known)
        networks = [fitted(learned, cell=self._cell, seed=SEED + number) for number in range(_NETWORKS)]
        return newest.demand(np.mean([answer(network, newest) for network in networks], axis=0, dtype=np.float64))
