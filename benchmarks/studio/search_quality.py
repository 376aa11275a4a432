"""Hypervolume of four searches for portfolios of promotions, over 10 seeds, on the shop's response (simulated).

python -m benchmarks optimisation
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from studio.commands.insight.response_command import read_response
from studio.jobs.sources import read_history, read_shop_facts
from studio.optimise.optimisers import SEARCHES, Constraints, Portfolio, hypervolume
from studio.progress import bars
from tools.bench_figures import write_json


def main() -> None:
    """Run all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evaluations", type=int, default=9_200)
    parser.add_argument("--budget-cents", type=int, default=50_000)
    arguments = parser.parse_args()
    constraints = Constraints(arguments.budget_cents)
    history = read_history()
    portfolio = Portfolio(read_shop_facts(history), read_response(history), constraints)
    volumes: dict[str, list[float]] = {name: [] for name in SEARCHES}
    seconds = dict.fromkeys(SEARCHES, 0.0)
    for seed in bars(range(arguments.seeds), "seeds"):
        for name, search in SEARCHES.items():
            began = time.perf_counter()
            volumes[name].append(
                hypervolume(search(portfolio, evaluations=arguments.evaluations, seed=seed), portfolio)
            )
            seconds[name] += time.perf_counter() - began
    table = {
        name: {
            "hypervolume": float(np.mean(found)),
            "deviation": float(np.std(found, ddof=1)) if len(found) > 1 else 0.0,
            "seconds": seconds[name] / arguments.seeds,
            "of_each_seed": found,
        }
        for name, found in volumes.items()
    }
    for name, item in table.items():
        print(f"{name:20} {item['hypervolume']:.3f} ± {item['deviation']:.3f}  {item['seconds']:.1f} s a run")
    settings = vars(arguments) | {"simulated": True, "variables": portfolio.variables}
    write_json("optimisation", {"settings": settings, "searches": table})


if __name__ == "__main__":
    main()
