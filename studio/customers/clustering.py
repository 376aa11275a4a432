"""Groups of customers alike: k-means, Gaussian mixtures and DBSCAN; k by silhouette and by stability.

Stability is the adjusted Rand index between the grouping of all and groupings learnt from random halves (as in Hennig
2007): groups that change with the sample are no groups. k is the largest product of silhouette and stability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from studio.errors import TooLittleHistory
from studio.progress import Track, quiet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SEED = 20171231
LEAST_CUSTOMERS = 100
TRAITS: tuple[str, ...] = (
    "recency_days",
    "baskets_91",
    "basket_cents",
    "discount_share_364",
    "categories_364",
    "weekend_share",
    "coupon_lines",
)
"""Of `feature_store.customer_features`."""
_LOGARITHMIC = ("recency_days", "baskets_91", "basket_cents", "categories_364", "coupon_lines")
TRAIT_WORDS: dict[str, tuple[str, str]] = {  # more than usual, less than usual
    "recency_days": ("long away", "recent"),
    "baskets_91": ("frequent", "rare"),
    "basket_cents": ("big-basket", "small-basket"),
    "discount_share_364": ("bargain-seeking", "full-price"),
    "categories_364": ("whole-range", "few-category"),
    "weekend_share": ("weekend", "weekday"),
    "coupon_lines": ("coupon-using", "coupon-free"),
}
_HALVES = 4


@dataclass(frozen=True)
class Tried:
    """One way to group."""

    method: str
    groups: int
    silhouette: float
    """Between -1 and 1; NaN if all are in one group."""
    stability: float
    """Mean adjusted Rand index against groupings learnt from halves; NaN where it is not asked (DBSCAN)."""
    left_out: float
    """Share of customers in no group."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The chosen grouping; `assign` puts anybody into it, whoever was there when it was learnt."""

    scaler: StandardScaler
    model: KMeans | GaussianMixture
    names: tuple[str, ...]
    tried: tuple[Tried, ...]
    centres: pd.DataFrame
    """By name: the traits' means, in standard deviations."""

    def assign(self, features: pd.DataFrame) -> pd.Series:
        """The name of each customer's segment."""
        groups = self.model.predict(self.scaler.transform(_traits(features)))
        return pd.Series([self.names[group] for group in groups], index=features.index, name="segment", dtype="str")

    def reasons(self, features: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
        """Why each customer is in its segment: the segment that comes next, and how each trait speaks against it.

        The second is (N, traits): squared distance to the next segment's centre less that to the own, in standard
        deviations. For k-means a row adds up to the whole reason; a mixture also minds how wide its groups are.
        """
        scaled = self.scaler.transform(_traits(features))
        groups = self.model.predict(scaled)
        apart = (scaled[:, None, :] - self.centres.to_numpy()[None]) ** 2  # (N, groups, traits)
        rows = np.arange(len(scaled))
        far = apart.sum(axis=2)
        far[rows, groups] = np.inf
        second = far.argmin(axis=1)
        named = pd.Series([self.names[group] for group in second], index=features.index, dtype="str")
        reasons = pd.DataFrame(apart[rows, second] - apart[rows, groups], index=features.index, columns=list(TRAITS))
        return named, reasons

    def scaled(self, features: pd.DataFrame) -> pd.DataFrame:
        """(N, traits): each customer's traits in standard deviations from the mean customer."""
        values = self.scaler.transform(_traits(features))
        return pd.DataFrame(values, index=features.index, columns=list(TRAITS))

    def places(self, features: pd.DataFrame) -> Floats:
        """(N, 2) principal components, for a picture."""
        scaled = self.scaler.transform(_traits(features))
        found: Floats = PCA(2, random_state=SEED).fit_transform(scaled)
        return found


def segment(features: pd.DataFrame, *, sizes: Sequence[int] = range(3, 9), track: Track = quiet) -> Segmentation:
    """Try all, keep the best of k-means and mixtures. Raises TooLittleHistory for fewer than 100 customers."""
    if len(features) < LEAST_CUSTOMERS:
        raise TooLittleHistory("segments", found=len(features), needed=LEAST_CUSTOMERS, unit="customers")
    scaler = StandardScaler().fit(_traits(features))
    scaled = scaler.transform(_traits(features))
    tried = [
        _try(method, size, scaled)
        for method, size in track(
            [(method, size) for method in ("k-means", "mixture") for size in sizes], "trying segments"
        )
    ]
    best = max(tried, key=lambda trial: trial.silhouette * trial.stability)
    model = _model(best.method, best.groups).fit(scaled)
    groups = model.predict(scaled)
    centres = pd.DataFrame([scaled[groups == group].mean(axis=0) for group in range(best.groups)], columns=list(TRAITS))
    names = segment_names(centres)
    centres.index = pd.Index(names)
    return Segmentation(scaler, model, names, (*tried, _dbscan(scaled)), centres)


def segment_names(centres: pd.DataFrame) -> tuple[str, ...]:
    """Two or more words from the traits that stand out most, different for each; "average" where nothing does."""
    names: list[str] = []
    for _, row in centres.iterrows():
        order = row.abs().sort_values(ascending=False)
        words = [TRAIT_WORDS[str(trait)][0 if row[trait] > 0 else 1] for trait in order.index if order[trait] > 0.4]
        count = 2
        name = ", ".join(words[:count]) or "average"
        while name in names and count < len(words):
            count += 1
            name = ", ".join(words[:count])
        while name in names:
            name += " (too)"
        names.append(name)
    return tuple(names)


def _traits(features: pd.DataFrame) -> Floats:
    traits = features[list(TRAITS)].astype(np.float64).copy()
    traits[list(_LOGARITHMIC)] = np.log1p(traits[list(_LOGARITHMIC)].clip(lower=0.0))
    return traits.to_numpy()


def _model(method: str, size: int) -> KMeans | GaussianMixture:
    if method == "k-means":
        return KMeans(size, n_init=4, random_state=SEED)
    return GaussianMixture(size, n_init=2, reg_covar=1e-3, random_state=SEED)


def _try(method: str, size: int, scaled: Floats) -> Tried:
    whole = _model(method, size).fit(scaled).predict(scaled)
    generator = np.random.default_rng(SEED)
    agreements = []
    for _ in range(_HALVES):
        half = generator.permutation(len(scaled))[: len(scaled) // 2]
        agreements.append(adjusted_rand_score(whole, _model(method, size).fit(scaled[half]).predict(scaled)))
    return Tried(method, size, _silhouette(scaled, whole), float(np.mean(agreements)), 0.0)


def _silhouette(scaled: Floats, groups: Ints) -> float:
    if len(np.unique(groups)) < 2:
        return float("nan")
    return float(silhouette_score(scaled, groups, sample_size=min(len(scaled), 1500), random_state=SEED))


def _dbscan(scaled: Floats) -> Tried:
    """Density: the radius is the 90th percentile of distances to the tenth neighbour (the after Ester et al. 1996)."""
    near = NearestNeighbors(n_neighbors=10).fit(scaled).kneighbors(scaled)[0][:, -1]
    groups = DBSCAN(eps=float(np.quantile(near, 0.9)), min_samples=10).fit_predict(scaled)
    inside = groups >= 0
    found = len(np.unique(groups[inside]))
    silhouette = _silhouette(scaled[inside], groups[inside]) if found > 1 else float("nan")
    return Tried("DBSCAN", found, silhouette, float("nan"), float(1 - inside.mean()))
