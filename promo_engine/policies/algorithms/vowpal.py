"""Vowpal Wabbit's contextual bandit behind the engine's protocol: a baseline for benchmarks that serving does not use.

Vowpal Wabbit has lost state between saving and loading more than once. Therefore a policy is its saved model: every
version decides with what it loads from those bytes, and `learn` ends with saving again. A snapshot then decides what
the policy decided, bit for bit. The cost is a load and a save for every `learn`.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from vowpalwabbit import pyvw

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies import archive
from promo_engine.policies.algorithms.linear import checked
from promo_engine.policies.draw import NOTHING_TO_OFFER, draw
from promo_engine.policies.explanation import explain_offer
from promo_engine.policies.features import FEATURES, Floats, Singles, feature_rows, names_of, places_of

ARGUMENTS = "--cb_explore_adf --squarecb --cb_type mtr --quiet"
_FLOOR = 0.05
_NO_OFFER_LINE = "|s silence:1"


def line(row: Singles | Floats) -> str:
    """One arm in Vowpal Wabbit's text format; columns that are 0 are left out."""
    places = np.flatnonzero(row).tolist()
    return "|o " + " ".join(f"{FEATURES[column]}:{float(row[column])!r}" for column in places)


class VowpalPolicy:
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "vowpal"

    def __init__(
        self, model: bytes = b"", *, version: int = 1, reward_count: int = 0, no_offer_value: float = 0.05
    ) -> None:
        self._model, self.version, self.reward_count, self._no_offer_value = (
            model,
            version,
            reward_count,
            no_offer_value,
        )

    @cached_property
    def _workspace(self) -> pyvw.Workspace:
        """For predictions only: learning loads one of its own."""
        return _load(self._model)

    def choose(
        self,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        pacing_penalties: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw an offer or no_offer. A pacing penalty lowers an offer's share exponentially: the model has no worth."""
        if not offers:
            return NOTHING_TO_OFFER
        candidates = Candidates.by_id(offers)
        of, places = candidates.of, places_of(candidates)
        rows = feature_rows(forecast=forecast, context=context, of=of, places=places)
        if not np.isfinite(rows).all():
            raise ValueError("forecast: it makes features that are no finite numbers")
        shares, expected = self._ask([*map(line, rows), _NO_OFFER_LINE])
        if pacing_penalties is not None:
            penalty = np.asarray(pacing_penalties, dtype=np.float64)
            if candidates is not offers:
                penalty = penalty[np.argsort([offer.offer_id for offer in offers], kind="stable")]
            shares[:-1] *= np.exp(-penalty / self._no_offer_value)
        shares = shares / shares.sum() * (1.0 - _FLOOR) + _FLOOR / len(shares)
        return draw(
            names_of(of, places),
            distribution=shares,
            expected=expected[:-1],
            rows=rows,
            seed=seed,
        )

    def _ask(self, lines: Sequence[str]) -> tuple[Floats, Floats]:
        """The shares of the arms and what its regression expects of each."""
        examples = self._workspace.parse(list(lines))
        shares = np.asarray(self._workspace.predict(examples), dtype=np.float64)
        costs = np.array([example.get_partial_prediction() for example in examples], dtype=np.float64)
        self._workspace.finish_example(examples)
        return shares, -costs

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper."""
        return explain_offer(forecast=forecast, offer=offer, category_names=category_names)

    def learn(self, rewards: Sequence[TrainingExample]) -> VowpalPolicy:
        """The model after these rewards, one at a time; every weight above 0 counts as 1.

        Raises ValueError on a row of another length and on NaN.
        """
        rows, values, weights = checked(rewards, len(FEATURES))
        workspace = _load(self._model)
        for row, value, weight in zip(rows, values.tolist(), weights.tolist(), strict=True):
            if weight > 0.0:
                workspace.learn([f"0:{-value}:1 {line(row)}"])
        model = _save(workspace)
        return VowpalPolicy(
            model,
            version=self.version + 1,
            reward_count=self.reward_count + len(rewards),
            no_offer_value=self._no_offer_value,
        )

    def to_bytes(self) -> bytes:
        """An archive with the saved model."""
        state = {
            "version": self.version,
            "reward_count": self.reward_count,
            "silence_value": self._no_offer_value,
            "model": base64.b64encode(self._model).decode(),
        }
        return archive.pack(self.kind, state=state)

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> VowpalPolicy:
        """The inverse of `to_bytes`. Raises ValueError."""
        with archive.opened(snapshot, kind=cls.kind) as packed:
            state = archive.current_names(packed.state)
            return cls(base64.b64decode(state.pop("model")), **state)


def _load(model: bytes) -> pyvw.Workspace:
    if not model:
        return pyvw.Workspace(ARGUMENTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(model)
        return pyvw.Workspace(f"-i {path} --quiet")


def _save(workspace: pyvw.Workspace) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        workspace.save(str(path))
        workspace.finish()
        return path.read_bytes()
