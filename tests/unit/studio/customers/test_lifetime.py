from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studio.customers.lifetime import ValueModel, VisitModel, fit_value, fit_visits, visit_table
from studio.errors import TooLittleHistory
from tests.support.small_history import small_history


def simulated_visits(model: VisitModel, *, customers: int, weeks: float) -> pd.DataFrame:
    """Visits drawn from the model itself, with what comes in the year after."""
    generator = np.random.default_rng(8)
    rows = []
    for _ in range(customers):
        rate, leave = generator.gamma(model.r, 1 / model.alpha), generator.beta(model.a, model.b)
        now, times, here = 0.0, [], True
        while here:
            now += generator.exponential(1 / rate)
            if now > weeks + 52:
                break
            times.append(now)
            here = generator.random() > leave
        seen = [time for time in times if time <= weeks]
        later = len(times) - len(seen)
        rows.append((len(seen), seen[-1] if seen else 0.0, weeks, later))
    return pd.DataFrame(rows, columns=["visits", "last", "age", "later"]).astype(float)


def test_the_visit_model_finds_what_it_was_simulated_with_and_foretells_the_next_year() -> None:
    truth = VisitModel(r=0.8, alpha=3.0, a=0.8, b=3.0)
    table = simulated_visits(truth, customers=4_000, weeks=40.0)
    found = fit_visits(table)
    assert found.r == pytest.approx(truth.r, rel=0.15)
    assert found.alpha == pytest.approx(truth.alpha, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(truth.a / (truth.a + truth.b), rel=0.15)
    x, last, age = (table[name].to_numpy() for name in ("visits", "last", "age"))
    assert found.expected_visits(52.0, x, last, age).mean() == pytest.approx(table["later"].mean(), rel=0.08)
    away = found.stays_away(52.0, x, last, age)
    assert away.mean() == pytest.approx((table["later"] == 0).mean(), abs=0.03)
    # Silence after many visits says more than silence after one.
    assert found.alive(np.array([20.0]), np.array([10.0]), np.array([40.0]))[0] < 0.1
    assert found.alive(np.array([0.0]), np.array([0.0]), np.array([40.0]))[0] == 1.0


def test_the_value_model_finds_the_mean_and_shrinks_to_it() -> None:
    generator = np.random.default_rng(2)
    rate = generator.gamma(4.0, 1 / 3_000.0, 3_000)
    visits = generator.integers(3, 30, 3_000).astype(float)
    mean = generator.gamma(2.0 * visits, 1 / rate) / visits
    found = fit_value(pd.DataFrame({"visits": visits, "mean_cents": mean}))
    assert found.p * found.v / (found.q - 1) == pytest.approx(2.0 * 3_000 / 3, rel=0.08)
    single, many = found.expected_cents(np.array([1.0, 500.0]), np.array([20_000.0, 20_000.0]))
    assert 2_000 < single < many
    assert many == pytest.approx(20_000, rel=0.02)
    assert ValueModel(2.0, 4.0, 3_000.0).expected_cents(np.array([0.0]), np.array([0.0]))[0] == pytest.approx(2_000)


def test_visits_by_hand() -> None:
    rows = [
        ("b1", "h1", "milk", "2017-03-01 15:00", 200),
        ("b2", "h1", "milk", "2017-03-01 18:00", 50),
        ("b3", "h1", "milk", "2017-03-15 15:00", 300),
        ("b4", "h2", "milk", "2017-03-15 15:00", 100),
        ("b5", "h2", "milk", "2017-04-15 15:00", 100),
    ]
    table = visit_table(small_history(rows).lines, pd.Timestamp("2017-03-29"))
    assert table.loc["h1"].to_dict() == {"last": 2.0, "age": 4.0, "visits": 1, "mean_cents": 300}
    assert table.loc["h2"].to_dict() == {"last": 0.0, "age": 2.0, "visits": 0, "mean_cents": 0}
    with pytest.raises(TooLittleHistory, match="2 customers are too few"):
        fit_visits(table)
