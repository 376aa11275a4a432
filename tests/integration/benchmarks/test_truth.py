"""A short form of the benchmark beside the truth: its figures, that the seed decides them, and that a miss counts."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.truth import truth_of_estimates
from benchmarks.truth.coupon_log import CouponLog, coupon_log
from benchmarks.truth.findings import Finding, summarise
from benchmarks.truth.off_policy_truth import judge_policies
from benchmarks.truth.uplift_truth import judge_uplift
from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings

SMALL = SimulationSettings(seed=3, customers=2_500)
WEIGHING = {"IPS", "SNIPS", "DR", "SWITCH at 5"}


@pytest.fixture(scope="module")
def log() -> CouponLog:
    return coupon_log(Simulation(SMALL))


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("tools.bench_figures.ROOT", folder)
    monkeypatch.setattr(sys, "argv", ["truth", "--seeds", "2", "--customers", "300"])
    truth_of_estimates.main()
    written: dict[str, Any] = json.loads((folder / "var" / "bench" / "truth.json").read_text())
    return written


def test_its_figures_are_of_every_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = run(tmp_path, monkeypatch)
    assert figures["simulated"] is True
    assert figures["settings"] == {"seeds": 2, "customers": 300, "weeks": 156}
    by_method = {(row["part"], row["method"]): row for row in figures["by_method"]}
    assert {part for part, _ in by_method} >= {"off-policy", "uplift", "elasticity"}
    assert {method for part, method in by_method if part == "off-policy"} == WEIGHING | {"direct method"}
    for (part, _), row in by_method.items():
        assert row["bias"] == pytest.approx(row["estimate"] - row["truth"], abs=1e-9)
        assert row["coverage_95"] is None or 0 <= row["coverage_95"] <= 1
        assert row["runs"] == 8 or part != "off-policy", "four policies in each of two shops"
    assert {"uplift: two models", "uplift: at random"} <= figures["regret"].keys()


def test_the_seed_decides_what_is_estimated(log: CouponLog) -> None:
    again = coupon_log(Simulation(SMALL))
    assert judge_policies(again, seed=1) == judge_policies(log, seed=1)
    other = coupon_log(Simulation(replace(SMALL, seed=4)))
    assert judge_policies(other, seed=1) != judge_policies(log, seed=1)


def test_an_estimate_with_the_truth_in_its_interval_holds_and_one_beside_another_truth_does_not(log: CouponLog) -> None:
    found = judge_policies(log, seed=1)
    held = [finding.held for finding in found if finding.method in WEIGHING]
    assert sum(map(bool, held)) >= 0.75 * len(held), "of sixteen intervals of 95 %"
    elsewhere = replace(log, anyway=log.anyway + 1.0)
    assert not any(finding.held for finding in judge_policies(elsewhere, seed=1) if finding.method in WEIGHING)
    assert {row["coverage_95"] for row in summarise(judge_policies(elsewhere, seed=1))} == {0.0}


def test_whom_the_shop_chose_to_send_a_coupon_bought_more_anyway(log: CouponLog) -> None:
    """The difference that nobody corrects misses the truth, or the benchmark would show nothing."""
    found, regrets = judge_uplift(log, seed=1)
    by_method = {finding.method: finding for finding in found}
    naive, weighted = by_method["sent against not sent"], by_method["weighted by propensity"]
    assert not naive.held
    assert naive.estimate > naive.truth
    assert weighted.held
    assert all(0 <= regret <= 1 for regret in regrets.values())


def test_a_summary_counts_what_held() -> None:
    right = Finding("part", "method", "thing", truth=1.0, estimate=1.1, standard_error=0.1)
    wrong = replace(right, estimate=1.5)
    with_interval = replace(right, estimate=9.0, interval=(0.9, 9.5))
    without = replace(right, method="other", standard_error=None)
    row, other = summarise([right, wrong, with_interval, without])
    assert (row["runs"], row["coverage_95"]) == (3, pytest.approx(2 / 3))
    assert row["bias"] == pytest.approx(np.mean([0.1, 0.5, 8.0]))
    assert (other["runs"], other["coverage_95"], other["bias_error"]) == (1, None, None)
