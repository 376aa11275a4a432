"""How demand answers to price and coupons: by category, with intervals, and checked where nothing may be found.

Weekly pieces of a family are Poisson in mean, with the family's own level and an effect of every week in its category;
what is left moves with ln price (own-price elasticity) and coupons. A shop that lowers whole categories at once leaves
nothing to see within a week: there the category's weeks are compared, with seasons and what all other categories sold
(`category_fit`). Cross-price elasticity comes from a fit with seasons and the shop's baskets, since a rival's price is
nearly the same for all families of a week. A category's estimate is shrunk towards all categories' mean by how little
it says itself (random effects; DerSimonian and Laird 1986, Efron and Morris 1975).

Negative control: promotions eight weeks ahead, beside those of today. They cannot sell anything now, so their effects
have to be around 0; what they show instead is the bias to expect in the others. Promotions were not drawn by lot.

What the shop never varied is not known, and `need_price` says so instead of a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from statsmodels.stats.meta_analysis import combine_effects

from studio.errors import StrategyError
from studio.progress import Track, quiet
from studio.response.category_fit import fit_category, moves_as_one
from studio.response.poisson import NotIdentifiedError, fit_counts
from studio.response.product_panel import Panel

Floats = npt.NDArray[np.float64]
EFFECTS = ("price", "coupon")
CROSS = "cross_price"
MIN_FAMILIES = 8
"""Fewer rows to resample give no interval; such a category gets the mean of all, and says so."""
LEAD_WEEKS = 8
DRAWS = 200
_WIDEST = 3.0
"""A standard error above this says that the category says nothing about the effect."""
_KNOWN_WITHIN = 0.5
"""An effect whose mean over all categories has a larger standard error is not known."""
Z95 = 1.959964


@dataclass(frozen=True)
class Estimate:
    """One effect in ln pieces: per ln price, or from a coupon that nobody holds to one that everybody holds."""

    raw: float | None
    """The category's own; None where it has too little to say."""
    raw_error: float | None
    mean: float
    """After shrinking."""
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %."""
        return self.mean - Z95 * self.error, self.mean + Z95 * self.error


@dataclass(frozen=True)
class Pooled:
    """All categories together."""

    mean: float
    error: float
    spread: float
    """Standard deviation of the true effects between categories."""
    categories: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, of the mean."""
        return self.mean - Z95 * self.error, self.mean + Z95 * self.error

    @property
    def known(self) -> bool:
        """Whether the shop's data says anything of the effect."""
        return self.categories >= 2 and self.error <= _KNOWN_WITHIN


@dataclass(frozen=True)
class ResponseModel:
    """Estimates by category, then by effect."""

    by_category: Mapping[str, Mapping[str, Estimate]]
    pooled: Mapping[str, Pooled]
    control: Mapping[str, Pooled]
    """The same effects of promotions eight weeks ahead."""

    def estimate(self, category: str, effect: str) -> Estimate:
        """A category's estimate; what all categories say for one that was never seen."""
        found = self.by_category.get(category, {}).get(effect)
        return found if found is not None else _of_pooled(self.pooled[effect])

    def need_price(self) -> None:
        """Raise StrategyError, saying what is missing, where the shop's data does not tell what a discount does."""
        price = self.pooled["price"]
        if not price.known:
            raise StrategyError(
                "what a discount does is not known for this shop, so none is planned: prices moved, and enough was "
                f"sold at them, in {price.categories} categories; two are needed, and an elasticity known to within "
                f"{_KNOWN_WITHIN:g} (here {price.error:.2g}). Sell some categories at other prices for some weeks."
            )

    def lift(self, category: str, *, off_basis_points: int) -> float:
        """By what factor sales grow at so much off the price."""
        price = np.log(1 - min(off_basis_points, 9_000) / 10_000)
        # Elasticities above -0.1 would make every discount pointless and those below -5 are noise.
        elasticity = float(np.clip(self.estimate(category, "price").mean, -5.0, -0.1))
        return float(np.exp(np.clip(elasticity * price, -3.0, 3.0)))

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ResponseModel:
        """Read what `to_json` wrote."""
        by_category = {
            category: {name: Estimate(**estimate) for name, estimate in estimates.items()}
            for category, estimates in stored["by_category"].items()
        }
        pooled, control = (
            {name: Pooled(**pooled) for name, pooled in stored[part].items()} for part in ("pooled", "control")
        )
        return cls(by_category, pooled, control)


def fit_response(panel: Panel, *, draws: int = DRAWS, seed: int = 1, track: Track = quiet) -> ResponseModel:
    """Fit every category of the panel."""
    own: dict[str, dict[str, tuple[float, float]]] = {}
    ahead: dict[str, dict[str, tuple[float, float]]] = {}
    categories = sorted(panel.families["category"].unique())
    for category in track(categories, "response by category"):
        whole = panel.of_category(category)
        if moves_as_one(whole):
            others = panel.units.sum(axis=0) - whole.units.sum(axis=0)
            own[category], ahead[category] = (_sure(found) for found in fit_category(whole, others, lead=LEAD_WEEKS))
            continue
        part = whole.steady()
        if len(part.families) < MIN_FAMILIES:
            continue
        promotions = _columns(part)
        own[category] = _fit(part.units, promotions, _weeks(part), draws=draws, seed=seed)
        cross = {"price": part.log_price, CROSS: rivals_price(part), **{k: promotions[k] for k in EFFECTS[1:]}}
        found = _fit(
            part.units, cross, _seasons(part), offset=np.log(np.maximum(part.baskets, 1.0)), draws=draws, seed=seed
        )
        own[category] |= {name: value for name, value in found.items() if name == CROSS}
        now = {name: values[:, :-LEAD_WEEKS] for name, values in promotions.items()}
        later = {f"{name} ahead": values[:, LEAD_WEEKS:] for name, values in promotions.items()}
        weeks = _weeks(part)[:, :-LEAD_WEEKS, :-LEAD_WEEKS]
        found = _fit(part.units[:, :-LEAD_WEEKS], now | later, weeks, draws=draws, seed=seed)
        ahead[category] = {name.removesuffix(" ahead"): value for name, value in found.items() if "ahead" in name}
    names = (*EFFECTS, CROSS)
    pooled = {name: pool([estimates[name] for estimates in own.values() if name in estimates]) for name in names}
    control = {name: pool([estimates[name] for estimates in ahead.values() if name in estimates]) for name in EFFECTS}
    shrunk = {
        category: {name: shrink(own.get(category, {}).get(name), pooled[name]) for name in names}
        for category in categories
    }
    return ResponseModel(shrunk, pooled, control)


def pool(estimates: Sequence[tuple[float, float]]) -> Pooled:
    """Random-effects mean of (estimate, standard error). With fewer than two it knows nothing: 0 within +-3."""
    if len(estimates) < 2:
        return Pooled(0.0, _WIDEST, 0.0, len(estimates))
    values, errors = np.array(estimates).T
    result = combine_effects(values, errors**2, method_re="pm")
    return Pooled(
        float(result.mean_effect_re), float(result.sd_eff_w_re), float(np.sqrt(max(result.tau2, 0.0))), len(values)
    )


def shrink(own: tuple[float, float] | None, pooled: Pooled) -> Estimate:
    """Weigh a category's own estimate against all categories' mean, each by its precision."""
    if own is None:
        return _of_pooled(pooled)
    value, error = own
    prior = max(pooled.spread, 1e-6) ** 2
    weight = prior / (prior + error**2)
    return Estimate(value, error, weight * value + (1 - weight) * pooled.mean, float(np.sqrt(weight) * error))


def rivals_price(part: Panel) -> Floats:
    """ln price of the other families of the same type (of the category, where a type has one), by revenue."""
    out = np.empty_like(part.log_price)
    revenue = part.families["revenue_cents"].to_numpy(dtype=np.float64) + 1.0
    types = part.families["product_type"].to_numpy()
    relative = part.log_price - part.log_price.mean(axis=1, keepdims=True)
    for row in range(len(types)):
        others = types == types[row]
        others[row] = False
        if not others.any():
            others = np.arange(len(types)) != row
        out[row] = np.average(relative[others], axis=0, weights=revenue[others])
    return out


def _of_pooled(pooled: Pooled) -> Estimate:
    return Estimate(None, None, pooled.mean, float(np.hypot(pooled.error, pooled.spread)))


def _columns(part: Panel) -> dict[str, Floats]:
    return {"price": part.log_price, "coupon": part.coupon}


def _fit(
    units: Floats,
    columns: Mapping[str, Floats],
    controls: Floats,
    *,
    draws: int,
    seed: int,
    offset: Floats | None = None,
) -> dict[str, tuple[float, float]]:
    """Fit what moves at all; return estimate and standard error by name, without what stays undetermined."""
    moving = {name: values for name, values in columns.items() if (values.std(axis=1) > 1e-3).sum() >= MIN_FAMILIES}
    if not moving:
        return {}
    covariates = np.concatenate([np.stack(list(moving.values()), axis=-1), controls], axis=-1)
    weeks = np.zeros(units.shape[1]) if offset is None else offset
    try:
        fit = fit_counts(units, covariates, offset=weeks, draws=draws, seed=seed)
    except NotIdentifiedError:
        return {}
    errors = fit.standard_errors
    return _sure({name: (float(fit.coefficients[at]), float(errors[at])) for at, name in enumerate(moving)})


def _sure(found: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return {name: (value, error) for name, (value, error) in found.items() if 1e-4 < error < _WIDEST}


def _weeks(part: Panel) -> Floats:
    """(families, weeks, weeks - 1): an effect of every week but the last, which is where others are counted from."""
    families, weeks = part.units.shape
    return np.broadcast_to(np.eye(weeks)[:, :-1], (families, weeks, weeks - 1))


def _seasons(part: Panel) -> Floats:
    families, weeks = part.units.shape
    turn = 2 * np.pi * np.arange(weeks) / 52
    terms = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn), np.linspace(-1, 1, weeks)]
    return np.broadcast_to(np.stack(terms, axis=-1), (families, weeks, len(terms)))
