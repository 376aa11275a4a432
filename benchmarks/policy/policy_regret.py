"""How much less than the best arm the policies earn while they learn, beside what one could install instead.

    make bench-policy
    .venv/engine/bin/python -m benchmarks policy --quick                # three seeds, short worlds
    .venv/engine/bin/python -m benchmarks policy --columns iris simulated_60 --policies ours greedy

Columns are worlds: public classified data as bandit feedback, and a simulated shop on the real households (see
`policy_worlds` and `policy_shop`). Normalised regret is what was missed of what could be won over choosing evenly: 0 is
always the best arm, 1 is chance. Rewards are folded every ten rounds, later in the world with delay. The mean over the
seeds stands with its 95 % interval (Student's t). "ours" is the policy that serves, with the settings it serves with,
but always speaking; nobody begins with what training knows. The table stars the lowest mean of each column and whatever
is not told apart from it by a paired t-test over the seeds (5 %).

Rivals' settings are their defaults, but MABWiser's alpha is 0.1, which did better in all columns than its default 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from mabwiser.mab import LearningPolicy
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from scipy import stats

from benchmarks.policy.players import Linear, MabWiser, Played, Player, Served, Uniform, VowpalWabbit
from benchmarks.policy.simulated_shop import Households, SimulatedShop, read_households, with_lines
from benchmarks.policy.worlds import Classified, World, classified_sets
from promo_engine.policies import GreedyPolicy, SquareCbPolicy, ThompsonSamplingPolicy
from promo_engine.policies.algorithms.linear import LinearPolicy
from tools.bench_figures import read_json, wide_console, write_json

LEARN_EVERY = 10
OURS: type[LinearPolicy] = ThompsonSamplingPolicy
"""The policy that serves by default."""
console = wide_console()


@dataclass(frozen=True)
class ShopWorld:
    """A column of the simulated shop."""

    arms: int
    rounds: int
    drift: bool = False
    delay: int = 0


SHOPS = {
    "simulated_60": ShopWorld(arms=60, rounds=1000),
    "simulated_60_drift": ShopWorld(arms=60, rounds=1000, drift=True),
    "simulated_60_delay": ShopWorld(arms=60, rounds=1000, delay=200),
    "simulated_250": ShopWorld(arms=250, rounds=400),
    "simulated_1000": ShopWorld(arms=1000, rounds=300),
}


def _own(policy: type[LinearPolicy], world: World, *, floor: bool = True) -> Player:
    chosen = replace(policy.settings_type(), no_offer_value=-1.0)
    if not floor:
        chosen = replace(chosen, exploration=1e-9, least_exploration=1e-9)
    made = policy.unlearnt(chosen, columns=world.columns, blocks=world.blocks)
    return Served(made) if isinstance(world, SimulatedShop) else Linear(made)


PLAYERS: dict[str, Callable[[World, int], Player]] = {
    "ours": lambda world, seed: _own(OURS, world),
    "greedy": lambda world, seed: _own(GreedyPolicy, world, floor=False),
    "squarecb": lambda world, seed: _own(SquareCbPolicy, world),
    "vw_squarecb": lambda world, seed: VowpalWabbit(world, "--squarecb", seed=seed),
    "vw_bag": lambda world, seed: VowpalWabbit(world, "--bag 5", seed=seed),
    "vw_epsilon": lambda world, seed: VowpalWabbit(world, "--epsilon 0.05", seed=seed),
    "mabwiser_lints": lambda world, seed: MabWiser(world, LearningPolicy.LinTS(alpha=0.1), seed=seed),
    "mabwiser_linucb": lambda world, seed: MabWiser(world, LearningPolicy.LinUCB(alpha=0.1), seed=seed),
    "uniform": lambda world, seed: Uniform(),
}
COLUMNS = (*classified_sets(), *SHOPS)


def regrets(world: World, players: Mapping[str, Player], *, seed: int) -> dict[str, float]:
    """Play all policies through the same questions with the same luck; return their normalised regrets."""
    random_draws = np.random.default_rng([seed, 11]).random((world.rounds, 2))
    got, best, even = dict.fromkeys(players, 0.0), 0.0, 0.0
    waiting: dict[str, list[Played]] = {name: [] for name in players}
    lines = any(isinstance(player, VowpalWabbit) for player in players.values())
    for number in range(world.rounds):
        question = world.question(number)
        if lines and not question.lines:
            question = with_lines(question)
        best, even = best + float(question.value.max()), even + float(question.value.mean())
        for name, player in players.items():
            arm, propensity = player.pick(question, random_draws[number, 0])
            if arm >= 0:  # silence earns and teaches nothing
                got[name] += float(question.value[arm])
                reward = float(random_draws[number, 1] < question.value[arm])
                waiting[name].append(Played(question, arm, propensity, reward))
            if (number + 1) % LEARN_EVERY == 0:
                ready = len(waiting[name]) - world.delay
                if ready > 0:
                    player.learn(waiting[name][:ready])
                    del waiting[name][:ready]
    return {name: (best - won) / (best - even) for name, won in got.items()}


@cache
def _households() -> Households:
    console.print("reading households and fitting redemptions")
    return read_households()


@cache
def _classified(name: str) -> tuple[np.ndarray, np.ndarray]:
    return classified_sets()[name]()


def _world(column: str, *, seed: int, quick: bool) -> World:
    if column in SHOPS:
        shop = SHOPS[column]
        rounds = shop.rounds // 4 if quick else shop.rounds
        return SimulatedShop(
            _households(),
            seed=seed,
            arms=shop.arms,
            rounds=rounds,
            drift=shop.drift,
            delay=shop.delay * rounds // shop.rounds,
        )
    return Classified(*_classified(column), seed=seed)


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and the ends of its 95 % interval."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return mean, mean, mean
    half = float(stats.t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count))
    return mean, mean - half, mean + half


def tied_or_better(ours: Sequence[float], other: Sequence[float]) -> bool:
    """Whether `ours` is not worse by a paired t-test over the seeds."""
    gap = np.subtract(ours, other)
    if gap.mean() <= 0 or len(gap) < 2 or not gap.std():
        return bool(gap.mean() <= 0)
    return bool(stats.ttest_1samp(gap, 0.0).pvalue > 0.05)


def main() -> None:
    """Play, print the table, write the figures."""
    options = _options()
    seeds = range(options.seeds or (3 if options.quick else 10))
    results: dict[str, dict[str, list[float]]] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task("", total=len(options.columns) * len(seeds))
        for column in options.columns:
            results[column] = {name: [] for name in options.policies}
            for seed in seeds:
                progress.update(task, description=column)
                world = _world(column, seed=seed, quick=options.quick)
                players = {name: PLAYERS[name](world, seed) for name in options.policies}
                for name, regret in regrets(world, players, seed=seed).items():
                    results[column][name].append(regret)
                progress.advance(task)
            _keep(results, seeds=len(seeds), quick=options.quick)
    console.print(_table(results, policies=options.policies, seeds=len(seeds)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three seeds and a quarter of the shop's rounds")
    parser.add_argument("--seeds", type=int, help="how many; ten are the default")
    parser.add_argument("--columns", nargs="+", choices=COLUMNS, default=COLUMNS, metavar="COLUMN")
    parser.add_argument("--policies", nargs="+", choices=PLAYERS, default=list(PLAYERS), metavar="POLICY")
    return parser.parse_args()


def _keep(results: Mapping[str, Mapping[str, Sequence[float]]], *, seeds: int, quick: bool) -> None:
    """Merge what is known by now into the figures, so that a run of some columns keeps the others."""
    figures = read_json("policy")
    for column, by_policy in results.items():
        figures |= {f"{column}_seeds": seeds, f"{column}_quick": int(quick)}
        for name, values in by_policy.items():
            mean, low, high = interval(values)
            key = f"{column}_{name}_regret"
            figures |= {key: round(mean, 4), f"{key}_low": round(low, 4), f"{key}_high": round(high, 4)}
    write_json("policy", figures)


def _table(results: Mapping[str, Mapping[str, Sequence[float]]], *, policies: Sequence[str], seeds: int) -> Table:
    table = Table(title=f"normalised regret, mean and half of the 95 % interval, {seeds} seeds")
    table.add_column("world")
    for name in policies:
        table.add_column(name.replace("_", " "), justify="right")
    for column, by_policy in results.items():
        lowest = min(by_policy.values(), key=lambda values: float(np.mean(values)))
        cells = []
        for values in by_policy.values():
            mean, low, _ = interval(values)
            star = "*" if tied_or_better(values, lowest) else " "
            cells.append(f"{mean:.3f} ±{mean - low:.3f}{star}")
        table.add_row(column.replace("_", " "), *cells)
    return table


if __name__ == "__main__":
    main()
