"""How well products are recommended: the next basket of each customer after a split in time.

    python -m benchmarks recommendation

Everything before the last four weeks is known; the questions are the first baskets of customers in those weeks. Once
for all products of the basket, once for those only that the customer never bought before. Prints a table and writes
var/bench/recommendation.json; exit status 1 if the hybrid is not the best at both.
"""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
import pandas as pd

from studio.data.preparation import clean_lines
from studio.jobs.sources import read_history
from studio.recommend.basket_log import Floats, Ints
from studio.recommend.hybrid import Hybrid
from studio.recommend.rankers import rankers
from studio.recommend.ranking import next_baskets, only_new, quality
from tools.bench_figures import no_options, write_json

TEST_DAYS = 28


class Ranks(Protocol):
    """A fitted ranker."""

    def rank(self, customers: Ints) -> Floats:
        """(N, products) higher is likelier."""
        ...


def main() -> int:
    """Print and write; 0 if the hybrid is the best at both."""
    no_options("recommendation", __doc__)
    figures = measure()
    print(f"written to {write_json('recommendation', figures)} after {figures['seconds']} s")
    best = all(
        float(figures[f"hybrid_{measure_name}"]) >= max(float(figures[f"{name}_{measure_name}"]) for name in rankers())
        for measure_name in ("ndcg10", "new_ndcg10")
    )
    return 0 if best else 1


def measure() -> dict[str, float | int | str]:
    """Fit all rankers, ask them and print what they found, a line each; return the figures."""
    started = time.perf_counter()
    lines = clean_lines(read_history().lines).lines
    end = lines["day"].max() + pd.Timedelta(days=1)
    split = end - pd.Timedelta(days=TEST_DAYS)
    hybrid = Hybrid()
    log = hybrid.fit(lines, split)
    cases = next_baskets(lines, log, start=split, end=end)
    new = only_new(cases, log)
    bought_before = log.counts()[new.customers].toarray() > 0
    figures: dict[str, float | int | str] = {
        "products": len(log.products),
        "cases": len(cases.bought),
        "cases_with_new_products": len(new.bought),
    }
    print(f"{'model':<18}{'Recall@10':>11}{'NDCG@10':>9}{'new: Recall@10':>16}{'NDCG@10':>9}{'hit@10':>8}")
    rivals: dict[str, Ranks] = {**hybrid.members, "hybrid": hybrid}
    for name, model in rivals.items():
        recall, ndcg, _ = quality(model.rank(cases.customers), cases.bought).mean(axis=0)
        unseen = np.where(bought_before, -np.inf, model.rank(new.customers))
        new_recall, new_ndcg, new_hit = quality(unseen, new.bought).mean(axis=0)
        print(f"{name:<18}{recall:>11.4f}{ndcg:>9.4f}{new_recall:>16.4f}{new_ndcg:>9.4f}{new_hit:>8.3f}")
        figures |= {
            f"{name}_recall10": round(float(recall), 4),
            f"{name}_ndcg10": round(float(ndcg), 4),
            f"{name}_new_recall10": round(float(new_recall), 4),
            f"{name}_new_ndcg10": round(float(new_ndcg), 4),
            f"{name}_new_hit10": round(float(new_hit), 4),
        }
    figures["seconds"] = round(time.perf_counter() - started, 1)
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
