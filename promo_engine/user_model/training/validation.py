"""Does the model beat personal frequency? Recall and NDCG at 10 of the next seven days, on weeks it never saw.

At the start of every validation week each customer's categories are ranked from purchases up to that moment. Customers
who buy nothing in the week have nothing to find and are left out. Ties are broken by overall popularity.
Baselines: personal frequency (how often bought), strong according to Hu et al. (TIFU-KNN, SIGIR 2020), and the same
with purchases fading; of the half-lives tried, the best on these very weeks is reported, which favours the baseline.
The lead over a baseline comes with its standard error over customers, whose weeks are not independent.
`expected_over_bought` compares the sum of all probabilities of all customers with what was bought; 1 is calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.model import LstmCustomerModel, moment_of_day
from promo_engine.user_model.model_settings import TrainingSettings
from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory

Metrics = dict[str, dict[str, float]]
HALF_LIVES_DAYS = (14.0, 30.0, 60.0, 120.0)


@dataclass(frozen=True)
class Lead:
    """How far a model's mean NDCG@10 lies above another's on the same customers and weeks."""

    ndcg: float
    standard_error: float

    @property
    def worse(self) -> bool:
        """Below by more than two standard errors."""
        return self.ndcg < -2.0 * self.standard_error

    def __str__(self) -> str:
        return f"NDCG@10 {self.ndcg:+.4f} against the live one, standard error {self.standard_error:.4f}"


def lead(
    model: LstmCustomerModel, live: LstmCustomerModel, history: PurchaseHistory, training: TrainingSettings
) -> Lead:
    """Both models on the validation weeks, which the one that is judged has never seen."""
    differences: list[Floats] = []
    customers: list[Ints] = []
    for week in _weeks(model, history, training):
        bought = _bought(history, after=week, until=week + model.settings.horizon_days)
        known = history.select(before_day=np.nextafter(week, np.inf))
        active = np.flatnonzero((bought.sum(axis=1) > 0) & (np.diff(known.customer_start) > 0))
        quality = [
            ranking_quality(_expected(candidate, known, active, week), bought[active])[:, 1]
            for candidate in (model, live)
        ]
        differences.append(quality[0] - quality[1])
        customers.append(active)
    values = np.concatenate(differences)
    return Lead(float(values.mean()), _standard_error(values, np.concatenate(customers)))


def _weeks(model: LstmCustomerModel, history: PurchaseHistory, training: TrainingSettings) -> Floats:
    end, horizon = float(history.basket_day.max()), model.settings.horizon_days
    return np.arange(end - training.validation_days, end - horizon + 1e-6, horizon)


def compare(model: LstmCustomerModel, history: PurchaseHistory, training: TrainingSettings) -> Metrics:
    """Recall@10 and NDCG@10 by ranking: `lstm`, `personal_frequency`, `decayed_frequency`, `popularity`."""
    horizon = model.settings.horizon_days
    weeks = _weeks(model, history, training)
    found: dict[str, list[Floats]] = {}
    customers: list[Ints] = []
    calibration = []
    for week in weeks:
        bought = _bought(history, after=week, until=week + horizon)
        known = history.select(before_day=np.nextafter(week, np.inf))
        active = np.flatnonzero((bought.sum(axis=1) > 0) & (np.diff(known.customer_start) > 0))
        popularity = np.bincount(known.step_category, minlength=known.category_count) / max(len(known.step_day), 1)
        everyone = np.flatnonzero(np.diff(known.customer_start) > 0)
        expected_of_all = _expected(model, known, everyone, week)
        calibration.append((expected_of_all.sum(), bought[everyone].sum()))
        expected = expected_of_all[np.isin(everyone, active)]
        customers.append(active)
        rankings = {"lstm": expected, "popularity": np.broadcast_to(popularity, expected.shape)}
        rankings["personal_frequency"] = _frequency(known, week, np.inf)[active] + 1e-6 * popularity
        for half_life in HALF_LIVES_DAYS:
            ranking = _frequency(known, week, half_life)[active] + 1e-6 * popularity
            rankings[f"decayed_{half_life:g}"] = ranking
        for name, ranking in rankings.items():
            found.setdefault(name, []).append(ranking_quality(ranking, bought[active]))
    means = {name: np.concatenate(parts).mean(axis=0) for name, parts in found.items()}
    best = max((name for name in means if name.startswith("decayed_")), key=lambda name: float(means[name][1]))
    names = {"lstm": "lstm", "decayed_frequency": best, "personal_frequency": "personal_frequency"}
    names["popularity"] = "popularity"
    metrics = {
        shown: {"recall_at_10": float(means[name][0]), "ndcg_at_10": float(means[name][1])}
        for shown, name in names.items()
    }
    metrics["decayed_frequency"]["half_life_days"] = float(best.removeprefix("decayed_"))
    model_quality, customer = np.concatenate(found["lstm"]), np.concatenate(customers)
    for shown in ("personal_frequency", "decayed_frequency"):
        lead = (model_quality - np.concatenate(found[names[shown]]))[:, 1]
        metrics[shown]["lstm_leads_ndcg_by"] = float(lead.mean())
        metrics[shown]["standard_error"] = _standard_error(lead, customer)
    expected_sum, bought_sum = np.sum(calibration, axis=0)
    metrics["lstm"]["expected_over_bought"] = float(expected_sum / bought_sum)
    metrics["lstm"]["customer_weeks"] = float(sum(len(part) for part in found["lstm"]))
    return metrics


def ranking_quality(ranking: NDArray[np.floating], bought: NDArray[np.bool_], *, depth: int = 10) -> Floats:
    """(rows, 2) Recall@depth and NDCG@depth. Every row must have bought something."""
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


def _expected(model: LstmCustomerModel, history: PurchaseHistory, customers: Ints, week: float) -> Floats:
    """(customers, categories) what categories are ranked by, from the very path that serves decisions."""
    states = model.states(history.select(customers=customers))
    at = moment_of_day(week)
    return np.array([model.forecast(state, at=at).ranking for state in states])
