"""The user model beside what else ranks the categories that a household buys next, and who redeems what they are sent.

    make bench-user-model
    python -m benchmarks user-model --models upcf als        only these rivals
    python -m benchmarks user-model --tasks redemption       one of next_basket, next_week, redemption, products

Real data, imported before: the last four weeks are the test, the four before them choose settings and stop trainings.
Redemption: the last six promotions are the test; the user model it uses is trained on what came before the first of
them. Products: the same question as the next basket's, product by product, put to the rankers of the strategy studio
(`make bench-recommendation`); the user model knows categories only. Intervals are 95 % over households (bootstrap).
Prints tables and writes var/bench/user_model.json.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import warnings
from collections.abc import Iterator
from itertools import chain
from time import perf_counter

import numpy as np
from rich.progress import Progress
from rich.table import Table

from benchmarks.studio import recommendation_quality as products
from benchmarks.user_model.cold_starts import cold_starts
from benchmarks.user_model.our_model import Ours, calibration, waiting_times
from benchmarks.user_model.redemptions import TEST_PROMOTIONS, redemption_figures
from benchmarks.user_model.rivals import Rival, rivals
from benchmarks.user_model.tasks import (
    Cases,
    Material,
    Scores,
    Task,
    bootstrap_low,
    next_basket_cases,
    next_week_cases,
    ranking_quality,
    windows,
)
from promo_engine.models.training_data import purchase_history, sent_promotions
from promo_engine.settings import read_settings
from promo_engine.storage.database import open_database
from promo_engine.storage.history_arrays import PastPromotion, PurchaseRows, read_past_promotions, read_purchases
from promo_engine.storage.migrate import require_migrated
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory
from tools.bench_figures import read_json, wide_console, write_json

DEPTHS = (10, 20)
MEASURES = ("recall", "ndcg")
NEURAL = ("ours", "basket_lstm")
TITLES = {"next_basket": "the next basket", "next_week": "the next seven days"}
PREFIX = {"next_basket": "", "next_week": "week_"}
console = wide_console()
Figures = dict[str, float]


def main() -> int:
    """Measure it all; 0 when it ran."""
    options = _options()
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TQDM_DISABLE", "1")  # cornac draws bars of its own into this one
    rows, promotions = asyncio.run(_read())
    history = purchase_history(rows)
    figures: Figures = {}
    if set(options.tasks) & set(TITLES):
        figures |= dict(_ranking(history, options))
    if "redemption" in options.tasks:
        figures |= dict(_redemption(rows, history, promotions))
    if "products" in options.tasks:
        figures |= {f"products_{name}": float(value) for name, value in products.measure().items()}
    figures = read_json("user_model") | {
        name: round(item, 5) for name, item in figures.items()
    }  # of earlier tasks, too
    console.print(f"written: {write_json('user_model', figures)}")
    return 0


async def _read() -> tuple[PurchaseRows, list[PastPromotion]]:
    engine = open_database(read_settings().engine_database_url)
    try:
        await require_migrated(engine)
        return await read_purchases(engine), await read_past_promotions(engine)
    finally:
        await engine.dispose()


def _ranking(history: PurchaseHistory, options: argparse.Namespace) -> Iterator[tuple[str, float]]:
    validation_from, test_from, end = windows(history)
    cases_of: dict[Task, list[Cases]] = {
        "next_basket": [next_basket_cases(history, start=test_from, end=end)],
        "next_week": next_week_cases(history, start=test_from, end=end),
    }
    material = Material(history, validation_from, next_basket_cases(history, start=validation_from, end=test_from))
    players: dict[str, Rival] = {"ours": Ours()}
    players |= {name: rival for name, rival in rivals().items() if name in options.models}
    quality: dict[Task, dict[str, Floats]] = {"next_basket": {}, "next_week": {}}
    with Progress(console=console) as progress:
        bar = progress.add_task("", total=len(players))
        for name, player in players.items():
            progress.update(bar, description=name)
            began = perf_counter()
            player.fit(material)
            yield f"{name}_fit_seconds", perf_counter() - began
            for task in options.tasks:
                if task in cases_of:
                    quality[task][name] = _quality(player, cases_of[task], task)
            progress.advance(bar)
    for task in (task for task in options.tasks if task in cases_of):
        customer = np.concatenate([cases.customer for cases in cases_of[task]])
        yield from _ranking_table(task, quality[task], customer)
    ours = players["ours"]
    assert isinstance(ours, Ours)
    yield from ours.variants(material, cases_of, report=lambda name, task, said: _variant(name, task, said, cases_of))
    if "next_basket" in options.tasks:
        yield from _cold(ours.model, cases_of["next_basket"][0])
    when = calibration(ours.model, history, start=test_from), waiting_times(ours.model, history, start=test_from)
    for name, value in chain(*when):
        console.print(f"{name.replace('_', ' ')}: {value:.4f}")
        yield name, value


def _quality(player: Rival, parts: list[Cases], task: Task) -> Floats:
    """(cases, measures x depths)."""
    return np.concatenate([_measure(player.rank(cases, task), cases) for cases in parts])


def _measure(said: Scores, cases: Cases) -> Floats:
    return np.concatenate([ranking_quality(said, cases.bought, depth=depth) for depth in DEPTHS], axis=1)


def _cold(model: LstmCustomerModel, cases: Cases) -> Iterator[tuple[str, float]]:
    """Newcomers, simulated by forgetting what came before their latest baskets."""
    table = Table("baskets known", title="cold start: the next basket (Recall@10, NDCG@10)")
    for known, measures in cold_starts(model, cases):
        if not table.rows:
            for name in measures:
                table.add_column(name.replace("_", " "))
        table.add_row(str(known), *(f"{recall:.4f} {ndcg:.4f}" for recall, ndcg in measures.values()))
        for name, (recall, ndcg) in measures.items():
            yield f"{name}_recall_at_10_after_{known}_baskets", recall
            yield f"{name}_ndcg_at_10_after_{known}_baskets", ndcg
    console.print(table)


def _keys(task: Task) -> list[str]:
    return [f"{PREFIX[task]}{measure}_at_{depth}" for depth in DEPTHS for measure in MEASURES]


def _variant(
    name: str, task: Task, said: list[Scores], cases_of: dict[Task, list[Cases]]
) -> Iterator[tuple[str, float]]:
    parts = [_measure(scores, cases) for scores, cases in zip(said, cases_of[task], strict=True)]
    means = np.concatenate(parts).mean(axis=0)
    console.print(f"{name}, {TITLES[task]}: Recall@10 {means[0]:.4f}, NDCG@10 {means[1]:.4f}")
    yield from ((f"{name}_{key}", float(mean)) for key, mean in zip(_keys(task), means, strict=True))


def _ranking_table(task: Task, quality: dict[str, Floats], customer: Ints) -> Iterator[tuple[str, float]]:
    """Print one task and yield its figures; the rival to beat is the best one by each measure on these very cases."""
    table = Table(
        "",
        *(f"{name}@{depth}" for depth in DEPTHS for name in ("Recall", "NDCG")),
        title=f"{TITLES[task]}: {len(customer):,} cases, {len(np.unique(customer)):,} households",
    )
    means = {name: values.mean(axis=0) for name, values in quality.items()}
    for name, row in sorted(means.items(), key=lambda named: -named[1][0]):
        table.add_row(name.replace("_", " "), *(f"{value:.4f}" for value in row))
        yield from ((f"{name}_{key}", float(value)) for key, value in zip(_keys(task), row, strict=True))
    console.print(table)
    rivals_left = [name for name in quality if name not in NEURAL]
    for column, key in enumerate(_keys(task)) if rivals_left else ():
        best = max(rivals_left, key=lambda name: float(means[name][column]))
        lead = quality["ours"][:, column] - quality[best][:, column]
        low, high = bootstrap_low(lead, customer)
        share = lead.mean() / means[best][column]
        console.print(
            f"ours minus {best.replace('_', ' ')}, {key}: {lead.mean():+.4f} ({low:+.4f} to {high:+.4f}), {share:+.1%}"
        )
        yield f"ours_minus_best_{key}", float(lead.mean())
        yield f"ours_minus_best_{key}_low", low
        yield f"ours_minus_best_{key}_high", high


def _redemption(
    rows: PurchaseRows, history: PurchaseHistory, promotions: list[PastPromotion]
) -> Iterator[tuple[str, float]]:
    names = ("ROC-AUC", "PR-AUC", "calibration error", "lift in the top decile")
    keys = ("roc_auc", "pr_auc", "ece", "lift")
    figures = redemption_figures(history, sent_promotions(rows, promotions))
    title = f"who redeems: the last {TEST_PROMOTIONS} promotions, {figures.rows:,} sent, {figures.redeemed} redeemed"
    table = Table("", *names, title=title)
    for model, values in figures.measures.items():
        table.add_row(model.replace("_", " "), *(f"{value:.4f}" for value in values))
        yield from ((f"{model}_redemption_{key}", value) for key, value in zip(keys, values, strict=True))
    console.print(table)
    low, high = figures.lead
    console.print(f"PR-AUC, ours minus gradient boosting: 95 % interval over households {low:+.4f} to {high:+.4f}")
    yield "ours_minus_gradient_boosting_redemption_pr_auc_low", low
    yield "ours_minus_gradient_boosting_redemption_pr_auc_high", high


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-user-model", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names, tasks = list(rivals()), [*TITLES, "redemption", "products"]
    parser.add_argument("--models", nargs="*", choices=names, default=names, metavar="RIVAL", help=", ".join(names))
    parser.add_argument("--tasks", nargs="+", choices=tasks, default=tasks, metavar="TASK", help=", ".join(tasks))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
