"""What estimates say beside what is true, on Trail & Tarn, whose truth is known. Everything is simulated.

    make bench-truth                                      # 20 seeds of 4,000 customers
    python -m benchmarks truth --seeds 3 --customers 2000  # a quick look
    python -m benchmarks truth --seeds 100 --customers 12000

Off-policy estimates of coupon policies from logged propensities, uplift, price elasticities and the forecasts of plans:
bias, error, how often 95 % intervals hold the truth, and regret. Prints tables and writes var/bench/truth.json.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.truth.coupon_log import coupon_log
from benchmarks.truth.findings import Finding, summarise
from benchmarks.truth.off_policy_truth import judge_policies
from benchmarks.truth.simulated_sales import history_of
from benchmarks.truth.studio_truth import judge_elasticities, judge_plans
from benchmarks.truth.true_elasticities import true_elasticities
from benchmarks.truth.uplift_truth import judge_uplift
from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings
from studio.progress import bars
from tools.bench_figures import wide_console, write_json

console = wide_console()


def main() -> None:
    """Simulate, estimate, print and write."""
    options = _options()
    began = time.perf_counter()
    findings: list[Finding] = []
    regrets: dict[str, list[float]] = defaultdict(list)
    for seed in bars(range(1, options.seeds + 1), "simulated shops"):
        found, lost = judge_shop(SimulationSettings(seed=seed, customers=options.customers, weeks=options.weeks))
        findings += found
        for name, value in lost.items():
            regrets[name].append(value)
    rows = summarise(findings)
    every = summarise(_over_all_of_a_method(findings))
    _print(rows, every, regrets)
    figures: dict[str, Any] = {
        "simulated": True,
        "settings": vars(options),
        "seconds": round(time.perf_counter() - began, 1),
        "estimates": rows,
        "by_method": every,
        "regret": {name: {"mean": float(np.mean(found)), "runs": len(found)} for name, found in regrets.items()},
    }
    console.print(f"written: {write_json('truth', figures)}, {figures['seconds']} s; everything is simulated")


def judge_shop(settings: SimulationSettings) -> tuple[list[Finding], dict[str, float]]:
    """All estimates of one simulated shop, and what their choices lose, as shares of what could be had."""
    simulation = Simulation(settings)
    log = coupon_log(simulation)
    uplift, ranked = judge_uplift(log, seed=settings.seed)
    history = history_of(simulation)
    truth = true_elasticities(simulation)
    elasticities, model = judge_elasticities(history, truth)
    plans, lost = judge_plans(history, model, truth, seed=settings.seed)
    regrets = {f"uplift: {name}": value for name, value in ranked.items()}
    if lost is not None:
        regrets["plan"] = lost
    return [*judge_policies(log, seed=settings.seed), *uplift, *elasticities, *plans], regrets


def _over_all_of_a_method(findings: list[Finding]) -> list[Finding]:
    return [replace(finding, of="all") for finding in findings]


def _print(rows: list[dict[str, Any]], every: list[dict[str, Any]], regrets: dict[str, list[float]]) -> None:
    for title, some in (("all things that a method estimates", every), ("one by one", rows)):
        table = Table(
            "part", "method", "of", "runs", "truth", "estimate", "bias", "± error", "RMSE", "95 % holds", title=title
        )
        for row in some:
            table.add_row(
                *(str(row[name]) for name in ("part", "method", "of", "runs")),
                *(_number(row[name]) for name in ("truth", "estimate", "bias", "bias_error", "root_mean_square_error")),
                "" if row["coverage_95"] is None else f"{row['coverage_95']:.1%}",
            )
        console.print(table)
    table = Table("choice", "share lost", "runs", title="regret beside who knows the truth (simulated)")
    for name, lost in regrets.items():
        table.add_row(name, f"{np.mean(lost):.1%}", str(len(lost)))
    console.print(table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-truth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="simulated shops (20)")
    parser.add_argument("--customers", type=int, default=4_000, help="of each (4000)")
    parser.add_argument("--weeks", type=int, default=156, help="of each (156)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
