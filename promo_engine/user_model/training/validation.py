"""Does the model beat counting? Recall and NDCG of what is bought within its first horizon, on weeks it never saw.

At the start of every validation week (a week is one horizon: 7 days, or as long as the shop's customers wait) each
customer's categories are ranked from purchases up to that moment. Customers who buy nothing in the week have nothing to
find and are left out. Ties are broken by overall popularity. Lists are ten long, or a third of the categories where
there are fewer than thirty: a list of all of them finds everything.
Baselines: personal frequency (how often bought), strong according to Hu et al. (TIFU-KNN, SIGIR 2020), and the same
with purchases fading; of the half-lives tried, the best on these very weeks is reported, which favours the baseline.
The lead over a baseline comes with its standard error over customers, whose weeks are not independent.
`expected_over_bought` compares the sum of all probabilities of all customers with what was bought; 1 is calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.model_settings import TrainingSettings
from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory
from promo_engine.user_model.stepped_model import SteppedModel, moment_of_day

Metrics = dict[str, dict[str, float]]
HALF_LIVES_DAYS = (14.0, 30.0, 60.0, 120.0)


def list_depth(category_count: int) -> int:
    """How long a list is judged: 10, or a third of the categories, rounded up."""
    return max(min(10, -(-category_count // 3)), 1)


@dataclass(frozen=True)
class Lead:
    """How far a model's mean NDCG lies above another's on the same customers and weeks."""

    ndcg: float
    standard_error: float
    weeks: int
    depth: int

    @property
    def worse(self) -> bool:
        """Below by more than two standard errors."""
        return self.ndcg < -2.0 * self.standard_error

    @property
    def certain(self) -> bool:
        """Above by more than two standard errors; never where a figure is no number."""
        return self.ndcg > 2.0 * self.standard_error

    def __str__(self) -> str:
        return f"NDCG@{self.depth} {self.ndcg:+.4f}, standard error {self.standard_error:.4f}"


def lead(model: SteppedModel, other: SteppedModel, history: PurchaseHistory, training: TrainingSettings) -> Lead | None:
    """Both models on the validation weeks, which the one that is judged has never seen; None if nobody bought there."""
    differences: list[Floats] = []
    customers: list[Ints] = []
    depth, weeks = list_depth(history.category_count), _weeks(model, history, training)
    for week in weeks:
        bought = _bought(history, after=week, until=week + model.settings.horizon_days)
        known = history.select(before_day=np.nextafter(week, np.inf))
        active = np.flatnonzero((bought.sum(axis=1) > 0) & (np.diff(known.customer_start) > 0))
        if not len(active):
            continue
        quality = [
            ranking_quality(_expected(candidate, known, active, week), bought[active], depth=depth)[:, 1]
            for candidate in (model, other)
        ]
        differences.append(quality[0] - quality[1])
        customers.append(active)
    if not differences:
        return None
    values = np.concatenate(differences)
    error = _standard_error(values, np.concatenate(customers))
    return Lead(float(values.mean()), error, weeks=len(weeks), depth=depth)


def _weeks(model: SteppedModel, history: PurchaseHistory, training: TrainingSettings) -> Floats:
    end, horizon = float(history.basket_day.max()), model.settings.horizon_days
    return np.arange(end - training.validation_days, end - horizon + 1e-6, horizon)


def compare(
    model: SteppedModel,
    history: PurchaseHistory,
    training: TrainingSettings,
    *,
    counts: SteppedModel | None = None,
) -> Metrics:
    """Recall and NDCG by ranking: the model by its kind, `counts`, `personal_frequency`, `decayed_frequency`,
    `popularity`; empty if nobody who was known bought anything in those weeks.
    """
    horizon, depth = model.settings.horizon_days, list_depth(history.category_count)
    found: dict[str, list[Floats]] = {}
    customers: list[Ints] = []
    calibration = []
    for week in _weeks(model, history, training):
        bought = _bought(history, after=week, until=week + horizon)
        known = history.select(before_day=np.nextafter(week, np.inf))
        active = np.flatnonzero((bought.sum(axis=1) > 0) & (np.diff(known.customer_start) > 0))
        if not len(active):
            continue
        popularity = np.bincount(known.step_category, minlength=known.category_count) / max(len(known.step_day), 1)
        everyone = np.flatnonzero(np.diff(known.customer_start) > 0)
        expected_of_all = _expected(model, known, everyone, week)
        calibration.append((expected_of_all.sum(), bought[everyone].sum()))
        expected = expected_of_all[np.isin(everyone, active)]
        customers.append(active)
        rankings = {model.kind: expected, "popularity": np.broadcast_to(popularity, expected.shape)}
        if counts is not None:
            rankings[counts.kind] = _expected(counts, known, active, week)
        rankings["personal_frequency"] = _frequency(known, week, np.inf)[active] + 1e-6 * popularity
        for half_life in HALF_LIVES_DAYS:
            ranking = _frequency(known, week, half_life)[active] + 1e-6 * popularity
            rankings[f"decayed_{half_life:g}"] = ranking
        for name, ranking in rankings.items():
            found.setdefault(name, []).append(ranking_quality(ranking, bought[active], depth=depth))
    if not customers:
        return {}
    means = {name: np.concatenate(parts).mean(axis=0) for name, parts in found.items()}
    best = max((name for name in means if name.startswith("decayed_")), key=lambda name: float(means[name][1]))
    own = [model.kind] if counts is None or counts.kind == model.kind else [model.kind, counts.kind]
    names = {name: name for name in own} | {"decayed_frequency": best, "personal_frequency": "personal_frequency"}
    names["popularity"] = "popularity"
    metrics = {
        shown: {"recall_at_10": float(means[name][0]), "ndcg_at_10": float(means[name][1])}
        for shown, name in names.items()
    }
    metrics["decayed_frequency"]["half_life_days"] = float(best.removeprefix("decayed_"))
    model_quality, customer = np.concatenate(found[model.kind]), np.concatenate(customers)
    for shown in ("personal_frequency", "decayed_frequency"):
        above = (model_quality - np.concatenate(found[names[shown]]))[:, 1]
        metrics[shown][f"{model.kind}_leads_ndcg_by"] = float(above.mean())
        metrics[shown]["standard_error"] = _standard_error(above, customer)
    expected_sum, bought_sum = np.sum(calibration, axis=0)
    metrics[model.kind]["expected_over_bought"] = float(expected_sum / bought_sum)
    metrics[model.kind]["customer_weeks"] = float(sum(len(part) for part in found[model.kind]))
    return metrics


def ranking_quality(ranking: NDArray[np.floating], bought: NDArray[np.bool_], *, depth: int = 10) -> Floats:
    """(rows, 2) Recall@depth and NDCG@depth, of all categories where there are fewer.

    Every row must have bought something.
    """
    depth = min(depth, bought.shape[1])
    top = np.argsort(-ranking, axis=1, kind="stable")[:, :depth]
    hits = np.take_along_axis(bought, top, axis=1)
    total = bought.sum(axis=1)
    gains = 1.0 / np.log2(np.arange(2, depth + 2))
    ideal = np.cumsum(gains)[np.minimum(total, depth) - 1]
    return np.stack([hits.sum(axis=1) / total, (hits * gains).sum(axis=1) / ideal], axis=1)


def _standard_error(values: Floats, customer: Ints) -> float:
    """Of the mean, with the values of one customer taken as one cluster."""
    clusters = np.bincount(customer, weights=values - values.mean())
    return float(np.sqrt((clusters**2).sum()) / len(values))


def _bought(history: PurchaseHistory, *, after: float, until: float) -> NDArray[np.bool_]:
    """(customers, categories) bought in the window."""
    inside = (history.step_day > after) & (history.step_day <= until)
    table = np.zeros((history.customer_count, history.category_count), dtype=bool)
    table[history.basket_customer[history.step_basket[inside]], history.step_category[inside]] = True
    return table


def _frequency(history: PurchaseHistory, now: float, half_life: float) -> Floats:
    """(customers, categories) purchases so far, fading with a half-life in days."""
    table = np.zeros((history.customer_count, history.category_count))
    weight = np.exp2(-(now - history.step_day) / half_life)
    np.add.at(table, (history.basket_customer[history.step_basket], history.step_category), weight)
    return table


def _expected(model: SteppedModel, history: PurchaseHistory, customers: Ints, week: float) -> Floats:
    """(customers, categories) what categories are ranked by, from the very path that serves decisions."""
    states = model.states(history.select(customers=customers))
    at = moment_of_day(week)
    return np.array([model.forecast(state, at=at).ranking for state in states])
