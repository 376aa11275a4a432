"""What bots that always accept one offer change for everybody else, in the simulated shop.

    .venv/engine/bin/python -m benchmarks policy-bots
    .venv/engine/bin/python -m benchmarks policy-bots --seeds 3 --rounds 600

Bots come beside the honest customers, as 1 % or 5 % of the traffic. `strangers` are new every time. `accounts` are
twenty that come back all the time and have never ordered; `buyers` are twenty that paid for one order each. A `flood`
is of strangers who all come within a few hours, in a shop that lets strangers count a fifth. Whatever they are shown,
they accept one offer, the one that is second best on average and so moved most easily, and decline the others. As in
the engine, who accepted an offer does not get it again, and rewards count what `learning/reward_trust` says. What
is measured is the offer's share of exposures among honest customers in the second half of the rounds, in percentage
points more than in the same shop, with the same luck, without bots. All of it is simulated.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import numpy as np
from rich.progress import track
from rich.table import Table

from benchmarks.policy.policy_regret import LEARN_EVERY, OURS, interval
from benchmarks.policy.simulated_shop import Households, SimulatedShop, read_households
from promo_engine.domain.learning.reward_trust import Answers, TrustRules, is_burst, weight_of
from promo_engine.domain.offers.candidates import Candidates
from tools.bench_figures import wide_console, write_json

ARMS = 60
PER_HOUR = 20
"""Rounds; bursts are looked for by the hour."""
ACCOUNTS = 20
FLOOD_HOURS = 5


@dataclass(frozen=True)
class Attack:
    """Who comes beside the honest customers."""

    kind: str
    share: float
    protected: bool = True

    @property
    def name(self) -> str:
        """Key of its figures."""
        return f"{self.kind}_{round(100 * self.share)}_percent" + ("" if self.protected else "_unprotected")

    @property
    def rules(self) -> TrustRules:
        """What the shop asks of rewards."""
        return TrustRules(anonymous_weight=0.2 if self.kind == "flood" else 0.0)


KINDS = ("strangers", "accounts", "buyers", "flood")
ATTACKS = tuple(Attack(kind, share) for kind in KINDS for share in (0.01, 0.05)) + tuple(
    Attack(kind, 0.05, protected=False) for kind in ("strangers", "accounts", "flood")
)


class Shop:
    """Asks, answers, weighs and learns as the engine does, with the past in memory."""

    def __init__(self, world: SimulatedShop, *, rules: TrustRules | None) -> None:
        self.world, self._rules = world, rules
        self.target = _second_best(world)
        self.policy = OURS.unlearnt(replace(OURS.settings_type(), no_offer_value=-1.0))
        self._seen: Counter[str] = Counter()
        self._accepted: dict[str, int] = {}  # bits of the offers
        self._answers: list[tuple[int, int, bool, bool]] = []  # round, arm, accepted, held
        self._new: list[tuple[np.ndarray, float, float]] = []

    def visit(self, number: int, *, subject: str, orders: int, random_draws: np.ndarray, bot: bool) -> float:
        """Let somebody come in a round; return the target's probability."""
        question, of = self.world.question(number), self.world.of
        assert question.shop is not None
        forecast, context, _ = question.shop
        may = Candidates(of, ((1 << len(of)) - 1) & ~self._accepted.get(subject, 0))
        choice = self.policy.choose(forecast=forecast, context=context, offers=may, seed=int(random_draws[0] * 2**53))
        if choice.offer_id is not None:
            arm = of.offer_ids.index(choice.offer_id)
            yes = arm == self.target if bot else bool(random_draws[1] < question.value[arm])
            if yes:
                self._accepted[subject] = self._accepted.get(subject, 0) | 1 << arm
            self._new.append((question.rows[arm], float(yes), self._weight(number, subject, orders, arm, yes)))
        return choice.propensities.get(of.offer_ids[self.target], 0.0)

    def _weight(self, number: int, subject: str, orders: int, arm: int, yes: bool) -> float:
        if self._rules is None:
            return 1.0
        weight = weight_of(self._rules, orders=orders, earlier=self._seen[subject])
        self._seen[subject] += 1
        hour, week = number - PER_HOUR, number - PER_HOUR * (1 + self._rules.burst_history // timedelta(hours=1))
        recent = [yes, *(item for at, which, item, _ in self._answers if which == arm and at > hour)]
        past = [item for at, which, item, held in self._answers if which == arm and week < at <= hour and not held]
        held = is_burst(self._rules, now=Answers(len(recent), sum(recent)), before=Answers(len(past), sum(past)))
        self._answers.append((number, arm, yes, held))
        return 0.0 if held else weight

    def learn(self) -> None:
        """Fold what came since the last time."""
        if self._new:
            rows, values, weights = (np.array(column, dtype=np.float64) for column in zip(*self._new, strict=True))
            self.policy = self.policy.learn_rows(rows, values, weights=weights)
            self._new = []


def exposure_share(
    households: Households, attack: Attack | None, *, rules: TrustRules | None, seed: int, rounds: int
) -> float:
    """Play one shop; return the target's mean share among honest customers in the second half."""
    shop = Shop(SimulatedShop(households, seed=seed, arms=ARMS, rounds=rounds), rules=rules)
    chance = np.random.default_rng([seed, 23])
    random_draws, bots = chance.random((rounds, 2)), chance.random((rounds, 4))
    shares = []
    for number in range(rounds):
        household = int(shop.world.household[number])
        orders = households.forecasts[household].basket_count
        share = shop.visit(
            number, subject=f"household {household}", orders=orders, random_draws=random_draws[number], bot=False
        )
        if number >= rounds // 2:
            shares.append(share)
        if attack is not None and _comes(attack, number, rounds, bots[number, 2]):
            again = attack.kind in ("accounts", "buyers")
            subject = f"bot {int(bots[number, 3] * ACCOUNTS) if again else number}"
            shop.visit(
                number, subject=subject, orders=int(attack.kind == "buyers"), random_draws=bots[number], bot=True
            )
        if (number + 1) % LEARN_EVERY == 0:
            shop.learn()
    return float(np.mean(shares))


def _comes(attack: Attack, number: int, rounds: int, chance: float) -> bool:
    beside = attack.share / (1.0 - attack.share)
    if attack.kind != "flood":
        return chance < beside
    # As many as the others are over all rounds, but at once, in the middle.
    length = FLOOD_HOURS * PER_HOUR
    return abs(number - rounds // 2) <= length // 2 and chance < beside * rounds / length


def _second_best(world: SimulatedShop) -> int:
    sampled = range(0, world.rounds, world.rounds // 100 or 1)
    return int(np.argsort(np.mean([world.question(number).value for number in sampled], axis=0))[-2])


def main() -> None:
    """Play, print the table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1000)
    options = parser.parse_args()
    households = read_households()
    shifts: dict[str, list[float]] = {attack.name: [] for attack in ATTACKS}
    for seed in track(range(options.seeds), description="shops"):
        play = partial(exposure_share, households, seed=seed, rounds=options.rounds)
        alone: dict[TrustRules | None, float] = {}
        for attack in ATTACKS:
            rules = attack.rules if attack.protected else None
            if rules not in alone:
                alone[rules] = play(None, rules=rules)
            shifts[attack.name].append(100.0 * (play(attack, rules=rules) - alone[rules]))
    _report(shifts, options)


def _report(shifts: dict[str, list[float]], options: argparse.Namespace) -> None:
    figures: dict[str, float | int | str] = {"seeds": options.seeds, "rounds": options.rounds}
    table = Table(title=f"simulated: exposure share of the bots' offer among honest customers, {options.seeds} seeds")
    table.add_column("bots")
    table.add_column("moved by, percentage points (95 % interval)", justify="right")
    for name, values in shifts.items():
        mean, low, high = interval(values)
        figures |= {f"{name}_shift": round(mean, 2), f"{name}_shift_low": round(low, 2)}
        figures[f"{name}_shift_high"] = round(high, 2)
        table.add_row(name.replace("_", " "), f"{mean:+.2f} ({low:+.2f} to {high:+.2f})")
    wide_console().print(table)
    write_json("policy_bots", figures)


if __name__ == "__main__":
    main()
