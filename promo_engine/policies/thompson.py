"""Thompson sampling with Bayesian linear regression (Agrawal and Goyal, ICML 2013).

Reward of an offer = weights . features + noise. The posterior of the weights is Gaussian: `precision` and `vector`,
with mean = precision^-1 vector. `draws` weight vectors are drawn from it once per version, seeded by a hash of the
posterior. The share of them under which an offer is best and better than silence is its probability, mixed with a
floor of exploration over all arms. One draw from exactly that mixture is made, and its probability is the propensity
that is reported.

That the draws are those of the version, not of the request, makes the distribution a function of the version and the
question alone: it can be computed again from the snapshot, and costs a decision one product of two small matrices.

Of more offers than `candidates`, the most promising ones are taken first: those that are worth the most under the mean
or under one of a few draws, whichever is highest, which is optimism about what is little known.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from zipfile import BadZipFile

import numpy as np

from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import Candidates, ConversationContext, CustomerOutlook, LabelledChoice, OfferChoice
from promo_engine.policies.draw import SILENCE, draw
from promo_engine.policies.explanation import explain_offer
from promo_engine.policies.features import FEATURES, Floats, Singles, feature_rows, names_of, places_of
from promo_engine.policies.shortlist import Shortlist

_OPTIMISM = 3
"""Draws that speak for an offer beside the mean, when there are too many to ask all."""


@dataclass(frozen=True)
class ThompsonSettings:
    """Rewards are acceptances, 0 to 1."""

    draws: int = 256
    exploration: float = 0.05
    """Probability spread evenly over all arms, silence included."""
    silence_value: float = 0.05
    """Expected acceptance below which an offer is not worth the interruption."""
    noise_variance: float = 0.15
    """Of one reward around its expectation; that of an acceptance rate of 18 %."""
    prior_variance: float = 0.002
    """Of each weight before any reward; twenty features that are on make a spread of 0.2."""
    retention: float = 1.0
    """Below 1, every `learn` keeps only this share of what was known: for rewards that drift."""
    candidates: int = 60
    """Of more offers than so many, the most promising are taken first."""

    def __post_init__(self) -> None:
        if not (self.draws > 0 and self.candidates > 0 and 0 < self.exploration <= 1 and 0 < self.retention <= 1):
            raise ValueError("draws, candidates, exploration and retention must be above 0, the latter two at most 1")
        if not (self.noise_variance > 0 and self.prior_variance > 0):
            raise ValueError("noise_variance and prior_variance must be above 0")


class ThompsonSamplingPolicy:
    """Implements `promo_engine.domain.ports.OfferPolicy`. Immutable."""

    def __init__(
        self, settings: ThompsonSettings, *, precision: Floats, vector: Floats, version: int = 1, reward_count: int = 0
    ) -> None:
        self.settings, self.precision, self.vector = settings, precision, vector
        self._version, self._reward_count = version, reward_count
        # precision = L L^T, so L^-T z has the posterior's covariance for z of independent normals.
        self._spread: Floats = np.linalg.inv(np.linalg.cholesky(precision)).T
        self.mean: Floats = self._spread @ (self._spread.T @ vector)
        self._mean = self.mean.astype(np.float32)
        self._worlds = self._draw_weights()
        self._every_draw = np.arange(settings.draws)
        self._shortlist = Shortlist(np.concatenate([self._mean[None], self._worlds[:_OPTIMISM]]))

    @classmethod
    def unlearnt(cls, settings: ThompsonSettings | None = None) -> ThompsonSamplingPolicy:
        """A policy that has seen nothing: every weight 0 with the prior variance."""
        chosen = settings or ThompsonSettings()
        size = len(FEATURES)
        return cls(chosen, precision=np.eye(size) / chosen.prior_variance, vector=np.zeros(size))

    @property
    def version(self) -> int:
        """Grows by one with every `learn`."""
        return self._version

    @property
    def reward_count(self) -> int:
        """Rewards folded in since training."""
        return self._reward_count

    def _draw_weights(self) -> Singles:
        """(draws, D), the same for the same posterior. Single precision halves the time of a choice."""
        digest = hashlib.blake2b(self.precision.tobytes() + self.vector.tobytes(), digest_size=16).digest()
        generator = np.random.default_rng(int.from_bytes(digest, "little"))
        normals = generator.standard_normal((len(self.vector), self.settings.draws))
        return np.ascontiguousarray((self.mean[:, None] + self._spread @ normals).T, dtype=np.float32)

    def choose(
        self,
        *,
        outlook: CustomerOutlook,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        prices: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw an offer or silence. The same seed, offers and policy give the same choice."""
        if not offers:
            return SILENCE
        candidates = Candidates.by_id(offers)
        places = places_of(candidates)
        price = None if prices is None else np.asarray(prices, dtype=np.float32)  # (A,)
        if len(places) > self.settings.candidates:
            kept = self._shortlist.best(
                self.settings.candidates,
                outlook=outlook,
                context=context,
                of=candidates.of,
                places=places,
                price=price,
            )
            places, price = places[kept], None if price is None else price[kept]
        rows = feature_rows(outlook=outlook, context=context, of=candidates.of, places=places)  # (A, D)
        return draw(
            names_of(candidates.of, places),
            distribution=self._distribution(rows, price),
            expected=rows @ self._mean,
            rows=rows,
            seed=seed,
        )

    def _distribution(self, rows: Singles, price: Singles | None) -> Floats:
        """(A + 1,) silence last."""
        settings, silence = self.settings, len(rows)
        rewards = self._worlds @ rows.T  # (draws, A)
        if price is not None:
            rewards -= price
        best = rewards.argmax(axis=1)
        best[rewards[self._every_draw, best] <= settings.silence_value] = silence
        share = np.bincount(best, minlength=silence + 1).astype(np.float64) / settings.draws
        return share * (1.0 - settings.exploration) + settings.exploration / (silence + 1)

    def explain(self, *, outlook: CustomerOutlook, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper."""
        return explain_offer(outlook=outlook, offer=offer, category_names=category_names)

    def learn(self, rewards: Sequence[LabelledChoice]) -> ThompsonSamplingPolicy:
        """The exact posterior after these rewards. Raises ValueError on a row of another length and on NaN."""
        precision, vector = self.precision, self.vector
        if self.settings.retention < 1.0:
            kept = self.settings.retention
            prior = np.eye(len(vector)) / self.settings.prior_variance
            precision, vector = kept * precision + (1.0 - kept) * prior, kept * vector
        if rewards:
            rows, values = _checked(rewards, len(vector))
            precision = precision + rows.T @ rows / self.settings.noise_variance
            vector = vector + rows.T @ values / self.settings.noise_variance
        return ThompsonSamplingPolicy(
            self.settings,
            precision=precision,
            vector=vector,
            version=self._version + 1,
            reward_count=self._reward_count + len(rewards),
        )

    def to_bytes(self) -> bytes:
        """An npz archive without pickles; `from_bytes` reads it."""
        head = {"settings": asdict(self.settings), "version": self._version, "reward_count": self._reward_count}
        head["features"] = list(FEATURES)
        buffer = io.BytesIO()
        np.savez(
            buffer,
            head=np.frombuffer(json.dumps(head).encode(), dtype=np.uint8),
            precision=self.precision,
            vector=self.vector,
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> ThompsonSamplingPolicy:
        """Raises ValueError if the snapshot was made with other features or settings, or is damaged."""
        try:
            with np.load(io.BytesIO(snapshot), allow_pickle=False) as archive:
                head = json.loads(archive["head"].tobytes())
                if tuple(head["features"]) != FEATURES:
                    raise ValueError("it was made with other features")
                return cls(
                    ThompsonSettings(**head["settings"]),
                    precision=archive["precision"],
                    vector=archive["vector"],
                    version=head["version"],
                    reward_count=head["reward_count"],
                )
        except (KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ValueError(f"it is damaged or was made otherwise: {error}") from error


def _checked(rewards: Sequence[LabelledChoice], size: int) -> tuple[Floats, Floats]:
    for choice in rewards:
        if len(choice.features) != size:
            raise ValueError(f"features: {len(choice.features)} numbers where this policy has {size}")
        if not (math.isfinite(choice.reward) and all(map(math.isfinite, choice.features))):
            raise ValueError("rewards and features must be finite numbers")
    return np.array([choice.features for choice in rewards]), np.array([choice.reward for choice in rewards])
