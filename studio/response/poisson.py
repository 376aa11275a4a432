"""Poisson regression with an effect of every row's own, for weekly counts (the "fixed effects" model for counts).

Given what a row sold in all, its weeks are a multinomial with shares proportional to exp(x·b): the row's own level
drops out and needs no estimate. Consistent for any distribution with that mean, so intervals come from resampling whole
rows. Source: Hausman, Hall, Griliches, "Econometric models for count data with an application to the patents-R&D
relationship", Econometrica 52 (1984); one-step bootstrap: Kline and Santos, "A score based approach to wild bootstrap
inference" (2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_STEPS = 30
_RIDGE = 1e-6


class NotIdentifiedError(ValueError):
    """The counts do not determine the coefficients."""


@dataclass(frozen=True)
class CountFit:
    """Coefficients, and draws of them with whole rows resampled."""

    coefficients: Floats
    """(K,)"""
    draws: Floats
    """(draws, K)"""

    @property
    def standard_errors(self) -> Floats:
        """(K,), from the draws."""
        return np.asarray(self.draws.std(axis=0, ddof=1))


def fit_counts(counts: Floats, covariates: Floats, *, offset: Floats, draws: int, seed: int) -> CountFit:
    """Fit counts (N, T) on covariates (N, T, K) with a log exposure `offset` that broadcasts to (N, T).

    Raises NotIdentifiedError where the search does not settle, as with a column that never moves.
    """
    kept = counts.sum(axis=1) > 0
    counts, covariates = counts[kept], covariates[kept]
    if len(counts) < 2:
        raise NotIdentifiedError("fewer than two rows with sales")
    offset = np.broadcast_to(offset, counts.shape)
    coefficients = np.zeros(covariates.shape[2])
    value = -np.inf
    for _ in range(_STEPS):
        likelihood, scores, curvatures = _pieces(counts, covariates, offset, coefficients)
        step = _solve(curvatures.sum(axis=0), scores.sum(axis=0))
        if likelihood - value < 1e-9 * abs(likelihood):
            break
        value = likelihood
        # Newton's step from far away may overshoot: no coefficient moves by more than 2 at once.
        coefficients = coefficients + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
    else:
        raise NotIdentifiedError("the fit does not settle")
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=draws)
    moved = [_solve(np.tensordot(weight, curvatures, axes=1), weight @ scores) for weight in weights.astype(np.float64)]
    return CountFit(coefficients, coefficients + np.array(moved))


def _pieces(counts: Floats, covariates: Floats, offset: Floats, coefficients: Floats) -> tuple[float, Floats, Floats]:
    """Return the log likelihood, every row's score (N, K) and every row's curvature (N, K, K)."""
    linear = covariates @ coefficients + offset
    linear = linear - linear.max(axis=1, keepdims=True)
    shares = np.exp(linear)
    shares = shares / shares.sum(axis=1, keepdims=True)
    sold = counts.sum(axis=1)
    expected = np.einsum("nt,ntk->nk", shares, covariates)
    scores = np.einsum("nt,ntk->nk", counts, covariates) - sold[:, None] * expected
    centred = covariates - expected[:, None, :]
    curvatures = np.matmul((centred * (shares * sold[:, None])[:, :, None]).transpose(0, 2, 1), centred)
    return float((counts * np.log(np.maximum(shares, 1e-300))).sum()), scores, curvatures


def _solve(curvature: Floats, score: Floats) -> Floats:
    scale = _RIDGE * max(float(np.trace(curvature)) / len(score), 1e-12)
    return np.asarray(np.linalg.solve(curvature + scale * np.eye(len(score)), score))
