"""Off-policy estimates on real rows with known propensities, and how often the anytime-valid bounds hold.

    make bench-evaluation

Open Bandit Dataset, the 10,000 rows a log that come with `obp`: the click rate of Bernoulli TS estimated from the log
of the random policy, and the reverse, beside the click rate that the other policy's own log shows and the figures
published for the full set. Then 2,000 simulated runs of each kind: a bound has held if it
never left the truth out.
Prints tables and writes var/bench/evaluation.json.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator

from rich.progress import Progress
from rich.table import Table

from benchmarks.policy.open_bandit_rows import OpenBanditRows, distribution_of, reward_model
from promo_engine.evaluation import (
    Estimate,
    RewardLog,
    clipped_ips,
    direct_method,
    doubly_robust,
    dr_os,
    ips,
    snips,
    switch_dr,
    value_bounds,
)
from tests.support.bound_coverage import SCENARIOS, coverage
from tools.bench_figures import wide_console, write_json

ALPHA = 0.05
PUBLISHED = {"random": 0.35, "bts": 0.50}
"""Click rates of campaign `all` on the full set of 26 million rows, per cent (Saito et al., table 1)."""
LARGEST_WEIGHT = 10.0
SHRINKAGE = 100.0
console = wide_console()


def estimates(log: RewardLog) -> dict[str, Estimate]:
    """By every estimator; clipping and switching at weight 10, shrinkage 100."""
    return {
        "ips": ips(log),
        "clipped_ips": clipped_ips(log, largest_weight=LARGEST_WEIGHT),
        "snips": snips(log),
        "dm": direct_method(log),
        "dr": doubly_robust(log),
        "switch_dr": switch_dr(log, largest_weight=LARGEST_WEIGHT),
        "dr_os": dr_os(log, shrinkage=SHRINKAGE),
    }


def main() -> int:
    """Measure it all; 0 when it ran and every bound held in 95 % of the runs."""
    options = _options()
    warnings.filterwarnings("ignore", module="obp")
    figures: dict[str, float] = {}
    with Progress(console=console) as progress:
        bar = progress.add_task("Open Bandit Dataset", total=2 + len(SCENARIOS) * options.runs)
        for judged, behaviour in (("bts", "random"), ("random", "bts")):
            figures |= dict(_open_bandit(judged, behaviour))
            progress.advance(bar)
        held = {}
        for scenario in SCENARIOS:
            progress.update(bar, description=f"bounds: {scenario}")
            held[scenario] = coverage(
                scenario,
                runs=options.runs,
                rows=options.rows,
                alpha=ALPHA,
                seed=20260,
                step=lambda count: progress.advance(bar, count),
            )
    lowest = 1.0
    table = Table(
        "numbers", "betting, %", "empirical Bernstein, %", title=f"{options.runs} runs of {options.rows} rows"
    )
    for scenario, shares in held.items():
        table.add_row(scenario, *(f"{100 * shares[name]:.2f}" for name in ("betting", "bernstein")))
        figures |= {f"coverage_{name}_{scenario}": share for name, share in shares.items()}
        lowest = min(lowest, *shares.values())
    console.print(table)
    console.print(f"lowest coverage: {100 * lowest:.2f} % (goal: >= 95 %)")
    figures |= {"coverage_lowest": lowest, "coverage_runs": options.runs, "coverage_rows": options.rows}
    console.print(f"written: {write_json('evaluation', {name: round(one, 8) for name, one in figures.items()})}")
    return 0 if lowest >= 1 - ALPHA else 1


def _open_bandit(judged: str, behaviour: str) -> Iterator[tuple[str, float]]:
    """Print one direction and yield its figures; click rates are fractions there, per cent in the table."""
    rows, own = OpenBanditRows.read(behaviour, "all"), OpenBanditRows.read(judged, "all")
    log = rows.judge(distribution_of(judged, "all"), model=reward_model(rows))
    name = f"{judged}_from_{behaviour}"
    table = Table("estimator", "click rate, %", "95 % interval", "effective rows", title=f"{judged} from {behaviour}")
    for estimator, estimate in estimates(log).items():
        _row(table, estimator, estimate)
        yield f"{name}_{estimator}", estimate.value
        yield f"{name}_{estimator}_standard_error", estimate.standard_error
        yield f"{name}_{estimator}_effective_rows", estimate.effective_sample_size
    lower, upper = value_bounds(log, alpha=ALPHA)
    table.add_row("anytime-valid", "", f"{100 * lower:.3f} to {100 * upper:.3f}", "")
    yield f"{name}_lower", lower
    yield f"{name}_upper", upper
    on_policy = ips(RewardLog(rewards=own.reward, propensities=own.propensity, target=own.propensity))
    _row(table, f"its own log, {on_policy.rows:,} rows", on_policy)
    yield f"{judged}_own_log", on_policy.value
    yield f"{judged}_own_log_standard_error", on_policy.standard_error
    table.add_row("published, full set", f"{PUBLISHED[judged]:.2f}", "", "")
    yield f"{judged}_published", PUBLISHED[judged] / 100
    console.print(table)


def _row(table: Table, name: str, estimate: Estimate) -> None:
    half = 1.96 * estimate.standard_error
    low, high = 100 * (estimate.value - half), 100 * (estimate.value + half)
    table.add_row(
        name, f"{100 * estimate.value:.3f}", f"{low:.3f} to {high:.3f}", f"{estimate.effective_sample_size:,.0f}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-evaluation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2_000, help="simulated runs of each kind (2000)")
    parser.add_argument("--rows", type=int, default=1_000, help="rows of a run (1000)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
