"""Thompson sampling on a learned representation (Riquelme, Tucker and Snoek, ICLR 2018: neural linear).

To the features as they come it adds the last hidden layer of a small network that was fitted to logged rewards. Between
two refits the representation stands still and the posterior over it is exact. Only `neural_fit.refit` needs torch.
Before the first refit there is no network, and it decides as Thompson sampling does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.policies import archive
from promo_engine.policies.algorithms.linear import LinearSettings
from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy
from promo_engine.policies.features import Floats, Places, Singles, feature_rows
from promo_engine.policies.posterior import Sums
from promo_engine.policies.shortlist import highest


@dataclass(frozen=True, eq=False)
class Representation:
    """Two layers of rectified units; H and R wide."""

    first: Singles
    """(D + 1, H), the bias last."""
    second: Singles
    """(H + 1, R), the bias last."""

    def __call__(self, rows: Singles) -> Singles:
        """(N, D) to (N, R)."""
        hidden = np.maximum(rows @ self.first[:-1] + self.first[-1], 0.0)
        represented: Singles = np.maximum(hidden @ self.second[:-1] + self.second[-1], 0.0)
        return represented


class NeuralLinearPolicy(ThompsonSamplingPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "neural_linear"

    def __init__(
        self, settings: LinearSettings, *, sums: Sums, representation: Representation | None = None, **more: Any
    ) -> None:
        super().__init__(settings, sums=sums, **more)
        self.representation = representation
        if representation is not None and self.columns != sum(self._widths(representation)):
            raise ValueError(f"the posterior has {self.columns} columns, the representation another number")

    @staticmethod
    def _widths(representation: Representation) -> tuple[int, int]:
        return len(representation.first) - 1, representation.second.shape[1]

    @property
    def row_length(self) -> int:
        """Numbers in a row of features, before it is represented."""
        return self.columns if self.representation is None else self._widths(self.representation)[0]

    def represent(self, rows: Singles) -> Singles:
        """(N, D) to (N, D + R)."""
        return rows if self.representation is None else np.hstack([rows, self.representation(rows.astype(np.float32))])

    def _promising(
        self,
        forecast: CustomerForecast,
        context: ConversationContext,
        of: OfferSet,
        places: Places,
        penalty: Singles | None,
    ) -> Places:
        """From the rows of all: what is learned cannot be told from an offer's parts."""
        rows = self.represent(feature_rows(forecast=forecast, context=context, of=of, places=places))
        value = (self._optimists @ rows.T).max(axis=0)
        return highest(value if penalty is None else value - penalty, self.settings.candidates)

    def _carried(self) -> dict[str, Any]:
        return {"representation": self.representation}

    def _arrays(self) -> dict[str, Floats | Singles]:
        learned = self.representation
        more = {} if learned is None else {"first": learned.first, "second": learned.second}
        return super()._arrays() | more

    @classmethod
    def _more(cls, packed: archive.Packed) -> dict[str, Any]:
        arrays = packed.arrays
        return {"representation": Representation(arrays["first"], arrays["second"]) if "first" in arrays else None}
