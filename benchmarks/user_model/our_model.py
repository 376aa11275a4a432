"""Our user model in the benchmark: as it serves, in smaller forms, brought up to date, and how well it knows when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np
from safetensors.numpy import save

from benchmarks.user_model.tasks import WINDOW_DAYS, Cases, Material, Scores, Task
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings, PrivacySettings, TrainingSettings, continued
from promo_engine.user_model.purchase_history import Floats, PurchaseHistory
from promo_engine.user_model.serving.export import in_int8, pruned, to_int8
from promo_engine.user_model.stepped_model import moment_of_day
from promo_engine.user_model.training import private
from promo_engine.user_model.training.calibration import calibration_error
from promo_engine.user_model.training.fit import run

PRUNED_SHARE = 0.5
PRIVATE_EPSILON = 8.0
Report = Callable[[str, Task, list[Scores]], Iterator[tuple[str, float]]]


class Ours:
    """The model trained as `promobot train` does, asked by the path that serves decisions."""

    model: LstmCustomerModel

    def fit(self, material: Material) -> None:
        """Train with the default settings."""
        shape = ModelSettings(category_count=material.history.category_count)
        self.model, _ = run(material.history, model=shape, training=TrainingSettings(), show_progress=False)

    def rank(self, cases: Cases, task: Task) -> Scores:
        """By the ranking, which is the same for both tasks."""
        return ranked(self.model, cases)

    def variants(
        self, material: Material, cases_of: dict[Task, list[Cases]], *, report: Report
    ) -> Iterator[tuple[str, float]]:
        """Figures of what is made from the model, on the same cases."""
        older, newer, seconds = brought_up_to_date(material.history)
        began = perf_counter()
        shape = ModelSettings(category_count=material.history.category_count)
        wanted = PrivacySettings(epsilon=PRIVATE_EPSILON)
        secret, spent = private.run(
            material.history, model=shape, training=TrainingSettings(), privacy=wanted, show_progress=False
        )
        yield "ours_private_fit_seconds", perf_counter() - began
        yield "ours_private_epsilon", spent.epsilon
        models = {
            "ours_int8": in_int8(self.model),
            "ours_pruned": pruned(self.model, share=PRUNED_SHARE),
            "ours_four_weeks_old": older,
            "ours_continued": newer,
            "ours_private": secret,
        }
        yield "ours_continued_fit_seconds", seconds
        yield "ours_kilobytes", len(save(dict(self.model.weights))) / 1000
        yield "ours_int8_kilobytes", len(save(to_int8(self.model.weights))) / 1000
        for name, model in models.items():
            for task, parts in cases_of.items():
                yield from report(name, task, [ranked(model, cases) for cases in parts])


def ranked(model: LstmCustomerModel, cases: Cases) -> Scores:
    """(N, categories) the ranking of what is bought next."""
    known = cases.known.select(customers=cases.customer)
    states = model.states(known)
    # Two baskets within a minute and a half: the question is asked after the first of them.
    days = np.maximum(cases.day, known.basket_day[known.customer_start[1:] - 1])
    at = [moment_of_day(float(day)) for day in days]
    return np.array([model.forecast(state, at=moment).ranking for state, moment in zip(states, at, strict=True)])


def brought_up_to_date(history: PurchaseHistory) -> tuple[LstmCustomerModel, LstmCustomerModel, float]:
    """A model that ends four weeks sooner, the same after a short training on what came since, and its seconds."""
    shape, training = ModelSettings(category_count=history.category_count), TrainingSettings()
    sooner = history.select(before_day=float(history.basket_day.max()) - WINDOW_DAYS)
    older, _ = run(sooner, model=shape, training=training, show_progress=False)
    began = perf_counter()
    newer, _ = run(history, model=shape, training=continued(training), start_from=older, show_progress=False)
    return older, newer, perf_counter() - began


def calibration(model: LstmCustomerModel, history: PurchaseHistory, *, start: float) -> Iterator[tuple[str, float]]:
    """Of all customers at the test's first moment, over all categories: expected calibration error, and the sums."""
    known = history.select(before_day=start)
    everyone = np.flatnonzero(np.diff(known.customer_start) > 0)
    states = model.states(known.select(customers=everyone))
    at = moment_of_day(start)
    said = np.array([model.forecast(state, at=at).purchase_probability for state in states])
    inside = (history.step_day >= start) & (history.step_day < start + model.settings.horizon_days)
    bought = np.zeros((history.customer_count, history.category_count))
    bought[history.basket_customer[history.step_basket[inside]], history.step_category[inside]] = 1.0
    yield "ours_week_ece", calibration_error(said.ravel(), bought[everyone].ravel())
    yield "ours_week_expected_over_bought", float(said.sum() / bought[everyone].sum())


def waiting_times(model: LstmCustomerModel, history: PurchaseHistory, *, start: float) -> Iterator[tuple[str, float]]:
    """When is a category bought again? Of pairs bought twice or more before the test, watched for its four weeks.

    Concordance (Harrell's C): how often the pair of two that is bought first was expected first. The rival expects the
    next purchase one mean gap after the last. And of the medians within four weeks, how many were bought by then: half.
    """
    known = history.select(before_day=start)
    everyone = np.flatnonzero(np.diff(known.customer_start) > 0)
    states = model.states(known.select(customers=everyone))
    at = moment_of_day(start)
    forecasts = [model.forecast(state, at=at) for state in states]
    expected = np.array([forecast.days_to_purchase for forecast in forecasts])
    gap = np.array([forecast.mean_gap_days for forecast in forecasts])
    since = np.array([forecast.days_since_purchase for forecast in forecasts])
    first = np.full((history.customer_count, history.category_count), np.inf)
    later = history.step_day >= start
    owner = history.basket_customer[history.step_basket[later]]
    np.minimum.at(first, (owner, history.step_category[later]), history.step_day[later] - start)
    wait = np.where(first[everyone] <= WINDOW_DAYS, first[everyone], np.inf)
    bought_twice = np.isfinite(gap)
    due = np.maximum(gap - since, 0.0)
    yield "ours_wait_concordance", concordance(wait[bought_twice], expected[bought_twice])
    yield "mean_gap_wait_concordance", concordance(wait[bought_twice], due[bought_twice])
    soon = bought_twice & (expected <= WINDOW_DAYS)
    yield "ours_wait_bought_by_median", float((wait[soon] <= expected[soon]).mean())


def concordance(wait: Floats, expected: Floats, *, draws: int = 1_000_000, seed: int = 0) -> float:
    """Harrell's C over drawn pairs; `wait` is `inf` where nothing happened while it was watched. Ties count half."""
    item, other = np.random.default_rng(seed).integers(len(wait), size=(2, draws))
    sooner = wait[item] < wait[other]
    item, other = item[sooner], other[sooner]
    right = (expected[item] < expected[other]) + 0.5 * (expected[item] == expected[other])
    return float(right.mean())
