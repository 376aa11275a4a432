"""Bayesian linear regression for any matrix of features: reward = weights . row + noise, with a Gaussian prior.

What is kept are sums over the rewards: rows' rows, rows' rewards, rewards' squares and their count. From these the
posterior follows for any prior, so that the width of the prior and the noise need not be guessed: they are those that
make the rewards seen most likely (the evidence; Bishop, Pattern Recognition and Machine Learning, 2006, section 3.5),
held near the first guess while there are few rewards.

Weights may lie in blocks, one per arm, which learn apart but share prior and noise: a row then goes with the number of
its block. The engine's policies have one block for all offers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_WIDTHS = 2.0 ** np.arange(-8.0, 9.0)
"""Multiples of the guessed ratio of noise to prior variance among which the evidence chooses."""
_GUESS_SPREAD = 2.0
"""Standard deviation, in natural logarithms, of that ratio around the guess."""
_GUESS_REWARDS = 20.0
"""As many rewards speak for the guessed noise."""


@dataclass(frozen=True)
class Prior:
    """Variances of a reward around its expectation and of each weight before any reward."""

    noise_variance: float
    prior_variance: float
    evidence: bool = False
    """Whether the two are guesses that the rewards correct."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over weighted rewards. B blocks of D columns."""

    gram: Floats
    """(B, D, D)."""
    moment: Floats
    """(B, D)."""
    squares: float = 0.0
    weight: float = 0.0

    @classmethod
    def empty(cls, columns: int, *, blocks: int = 1) -> Sums:
        """Of no rewards."""
        return cls(np.zeros((blocks, columns, columns)), np.zeros((blocks, columns)))

    def plus(self, rows: Floats, values: Floats, *, weights: Floats | None = None, blocks: Ints | None = None) -> Sums:
        """With N more rewards. `rows` (N, D), `values`, `weights` (or all 1), `blocks` (or all 0) (N,)."""
        if weights is not None and not weights.all():  # what counts nothing is not to change even the rounding
            heard = weights > 0.0
            rows, values, weights = rows[heard], values[heard], weights[heard]
            blocks = None if blocks is None else blocks[heard]
        weighted = rows if weights is None else rows * weights[:, None]
        gram, moment = self.gram.copy(), self.moment.copy()
        for block in range(len(gram)) if blocks is not None else [0]:
            here = slice(None) if blocks is None else blocks == block
            gram[block] += weighted[here].T @ rows[here]
            moment[block] += weighted[here].T @ values[here]
        of = np.ones(len(values)) if weights is None else weights
        return Sums(gram, moment, self.squares + float(of @ values**2), self.weight + float(of.sum()))

    def times(self, share: float) -> Sums:
        """Every reward counted `share` times."""
        return Sums(share * self.gram, share * self.moment, share * self.squares, share * self.weight)


class Posterior:
    """What the sums say of the weights under a prior."""

    def __init__(self, sums: Sums, prior: Prior) -> None:
        self._sums = sums
        roots, self._axes = np.linalg.eigh(sums.gram)
        self._roots: Floats = np.maximum(roots, 0.0)  # (B, D); rounding leaves some just below 0
        self._along: Floats = np.einsum("bij,bi->bj", self._axes, sums.moment)  # (B, D) moment along the axes
        self.noise_variance, self.prior_variance = prior.noise_variance, prior.prior_variance
        if prior.evidence and sums.weight > 0.0:
            self._follow_the_evidence()
        self._stiffness: Floats = self._roots + self.noise_variance / self.prior_variance
        self.mean: Floats = np.einsum("bij,bj->bi", self._axes, self._along / self._stiffness)
        """(B, D)."""

    def _follow_the_evidence(self) -> None:
        guess = self.noise_variance / self.prior_variance
        ratio = guess * _WIDTHS[:, None, None]  # (W, 1, 1)
        stiff = self._roots + ratio  # (W, B, D)
        explained = (self._along**2 / stiff).sum(axis=(1, 2))  # (W,)
        rest = _GUESS_REWARDS * self.noise_variance + np.maximum(self._sums.squares - explained, 0.0)
        count = _GUESS_REWARDS + self._sums.weight
        fit = 0.5 * (np.log(ratio) - np.log(stiff)).sum(axis=(1, 2)) - 0.5 * count * np.log(rest)
        best = int(np.argmax(fit - 0.5 * (np.log(_WIDTHS) / _GUESS_SPREAD) ** 2))
        self.noise_variance = float(rest[best] / count)
        self.prior_variance = self.noise_variance / float(ratio[best, 0, 0])

    @cached_property
    def precision(self) -> Floats:
        """(B, D, D) the inverse of the weights' covariance."""
        prior = np.eye(self._sums.gram.shape[-1]) / self.prior_variance
        return np.asarray(self._sums.gram / self.noise_variance + prior)

    def draw(self, count: int, *, width: float = 1.0) -> NDArray[np.float32]:
        """(count, B, D) weights, the same for the same sums; `width` times as far from the mean as the posterior says.

        Single precision halves the time of a choice.
        """
        digest = hashlib.blake2b(self._sums.gram.tobytes() + self._sums.moment.tobytes(), digest_size=16).digest()
        normals = np.random.default_rng(int.from_bytes(digest, "little")).standard_normal((count, *self.mean.shape))
        spread = width * np.sqrt(self.noise_variance / self._stiffness)  # (B, D) along the axes
        drawn = np.einsum("bij,kbj->kbi", self._axes, normals * spread, optimize=True)
        return np.ascontiguousarray(self.mean + drawn, dtype=np.float32)
