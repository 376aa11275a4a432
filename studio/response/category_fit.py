"""What price and coupons do where a shop moves a whole category at once: its weeks are compared with each other.

Pieces of the category in a week are Poisson in mean, in proportion to what all other categories sold, with the season
(two waves a year) and a trend, and at least one, since a week without a sale shows no price (Cameron and Trivedi,
"Regression Analysis of Count Data", 4.3). Standard errors allow for weeks that are alike without a reason (Newey and
West, "A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix", 1987).
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from studio.response.product_panel import Panel

Floats = npt.NDArray[np.float64]
_LEAST_PIECES = 50
_ALIKE_WEEKS = 4
_OWN_MOVES = 0.25
"""A category in which this share of the movement of prices is the families' own is no such category."""


def moves_as_one(part: Panel) -> bool:
    """Whether the families' prices mostly move together, by weeks in which two were seen; True if none was."""
    seen = part.units > 0
    seen &= seen.sum(axis=0) > 1
    away = np.where(seen, part.log_price - np.median(part.log_price, axis=1, keepdims=True), 0.0)
    common = away.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    own = np.where(seen, away - common, 0.0)
    return float((own**2).sum()) <= _OWN_MOVES * float((away**2).sum())


def fit_category(
    part: Panel, others: Floats, *, lead: int
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """Estimates with standard errors, by effect: those of today, and those of `lead` weeks ahead beside today's.

    `others` (weeks,) are the pieces that all other categories sold. What never moved is absent.
    """
    columns = {"price": _index(part), "coupon": _weighted(part, part.coupon)}
    moving = {name: values for name, values in columns.items() if values.std() > 1e-3}
    pieces = part.units.sum(axis=0)
    if not moving or pieces.sum() < _LEAST_PIECES:
        return {}, {}
    seasons = _seasons(len(pieces))
    now = _fit(pieces, moving, seasons, others)
    early = {name: values[:-lead] for name, values in moving.items()}
    later = {f"{name} ahead": values[lead:] for name, values in moving.items()}
    found = _fit(pieces[:-lead], early | later, seasons[:-lead], others[:-lead])
    ahead = {name.removesuffix(" ahead"): value for name, value in found.items() if name.endswith(" ahead")}
    return now, ahead


def _fit(pieces: Floats, columns: dict[str, Floats], seasons: Floats, others: Floats) -> dict[str, tuple[float, float]]:
    from statsmodels.discrete.truncated_model import TruncatedLFPoisson  # noqa: PLC0415  slow to import

    seen = pieces > 0
    covariates = np.column_stack([*columns.values(), seasons])[seen]
    if len(covariates) < 3 * covariates.shape[1]:
        return {}
    # What a shop asks for a category shows in its sales alone: weeks without any are left out, and the fit knows it.
    model = TruncatedLFPoisson(pieces[seen], covariates, truncation=0, offset=np.log1p(others)[seen])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a search that does not settle shows in the standard errors
            fit = model.fit(method="newton", disp=0, cov_type="HAC", cov_kwds={"maxlags": _ALIKE_WEEKS})
    except (np.linalg.LinAlgError, ValueError):
        return {}
    if not fit.mle_retvals["converged"]:
        return {}
    found = zip(columns, fit.params, fit.bse, strict=False)
    return {name: (float(value), float(error)) for name, value, error in found if np.isfinite([value, error]).all()}


def _index(part: Panel) -> Floats:
    """(weeks,): ln of the category's prices beside their usual ones, weighted by revenue."""
    return _weighted(part, part.log_price - np.median(part.log_price, axis=1, keepdims=True))


def _weighted(part: Panel, values: Floats) -> Floats:
    weights = part.families["revenue_cents"].to_numpy(dtype=np.float64) + 1.0
    return np.asarray(np.average(values, axis=0, weights=weights))


def _seasons(weeks: int) -> Floats:
    turn = 2 * np.pi * np.arange(weeks) / 52.1775
    waves = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)]
    return np.stack([np.ones(weeks), *waves, np.linspace(-1, 1, weeks)], axis=-1)
