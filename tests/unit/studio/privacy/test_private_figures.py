from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from studio.errors import StrategyError
from studio.privacy.private_figures import Budget, bounded, check_anonymity, noised, private_totals, publishable


def some_lines() -> pd.DataFrame:
    rows: list[tuple[str, str | None, int]] = []
    for number in range(400):
        rows += [(f"h{number}", "MILK", 500), (f"h{number}", "SOAP", 100)]
    rows += [("h0", "WINE", 90_000), ("h0", None, 5)]
    return pd.DataFrame(rows, columns=["customer_id", "category", "sales_cents"])


def test_a_customer_counts_for_no_more_than_its_bounds() -> None:
    table = bounded(some_lines(), Budget(most_categories=2, most_cents=20_000))
    own = table[table["customer_id"] == "h0"].set_index("category")["cents"]
    assert own.to_dict() == {"WINE": 19_889, "MILK": 110}
    other = table[table["customer_id"] == "h1"].set_index("category")["cents"]
    assert other.to_dict() == {"MILK": 500, "SOAP": 100}


def test_leaving_one_customer_out_changes_the_true_totals_by_no_more_than_the_noise_is_made_for() -> None:
    budget = Budget(most_categories=2, most_cents=300)
    lines = some_lines()
    both = [
        bounded(part, budget).groupby("category")["cents"].agg(["size", "sum"])
        for part in (lines, lines[lines["customer_id"] != "h0"])
    ]
    change = (both[0] - both[1].reindex(both[0].index).fillna(0)).abs().sum()
    assert change["size"] <= budget.most_categories
    assert change["sum"] <= budget.most_cents


def test_totals_are_near_the_truth_and_fresh_each_time() -> None:
    budget = Budget(epsilon=5.0, most_categories=2, most_cents=1_000)
    first, second = (private_totals(some_lines(), ["MILK", "SOAP", "CAVIAR"], budget) for _ in range(2))
    assert first["category"].tolist() == ["MILK", "SOAP", "CAVIAR"]
    assert (first["sales_cents"] >= 0).all()
    # The chance to be off by four half widths is e^-12.
    assert abs(first["customers"].iloc[0] - 400) <= 4 * first["customers_half_width"].iloc[0]
    assert abs(first["sales_cents"].iloc[0] - 200_000) <= 4 * first["sales_half_width"].iloc[0]
    assert first["sales_cents"].tolist() != second["sales_cents"].tolist()


def test_noise_is_laplace_of_the_scale_that_was_asked() -> None:
    noise = np.array(noised([10_000] * 4_000, scale=40.0, sensitivity=20, epsilon=0.5)) - 10_000
    assert noise.mean() == pytest.approx(0.0, abs=5)
    assert np.abs(noise).mean() == pytest.approx(40.0, rel=0.1)
    with pytest.raises(StrategyError, match="would not keep the budget"):
        noised([1], scale=1.0, sensitivity=20, epsilon=0.5)


@pytest.mark.parametrize("wrong", [{"epsilon": 0.0}, {"epsilon": 11.0}, {"epsilon": float("nan")}, {"most_cents": 0}])
def test_senseless_budgets_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(StrategyError):
        Budget(**wrong)


def test_a_group_of_one_is_told() -> None:
    people = pd.DataFrame({"age": ["a"] * 12 + ["b"], "kids": ["0"] * 13})
    check = check_anonymity(people, ["age", "kids"], k=10)
    assert (check.passed, check.smallest, check.exposed) == (False, 1, 1)
    assert check.groups["age"].tolist() == ["b"]
    assert check_anonymity(people, ["kids"], k=10).passed
    for columns, k in ((["height"], 10), ([], 10), (["age"], 1)):
        with pytest.raises(StrategyError):
            check_anonymity(people, columns, k=k)


def test_a_segment_of_one_customer_is_not_published() -> None:
    segments = pd.Series(["big"] * 50 + ["middle"] * 20 + ["one"])
    assert publishable(segments).to_dict() == {"big": 50, "others": 21}
    assert publishable(segments.iloc[:70]).to_dict() == {"big": 50, "middle": 20}
    with pytest.raises(StrategyError, match="fewer than 10"):
        publishable(segments.iloc[:3])
