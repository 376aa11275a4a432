"""What the simulated customers buy, week by week: a Poisson number of pieces by customer and category.

The rate of customer i for category c in week w is

    rate_i * taste_ic * season_cw * (price ratio_cw) ** -elasticity_c        while i is active

and a coupon for c that was sent to i adds Poisson(uplift_i) pieces of its own in the two weeks it runs. So the effect
of a price is exactly the elasticity, and that of a coupon exactly the uplift: both are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promo_engine.shops.trail_and_tarn.population import Population
from promo_engine.shops.trail_and_tarn.style_words import LEAVES
from promo_engine.shops.trail_and_tarn.styles import category_id
from promo_engine.shops.trail_and_tarn.truth import SimulatedCampaign

CAMPAIGNS = 24
CAMPAIGN_WEEKS = 2
WEEKS_A_YEAR = 52.1775
_SALE_SHARE = 0.15
_SALE_RATIOS = (0.9, 0.8, 0.7)
_DEPTHS = (1000, 1500, 2000, 2500)
_ALONG_SHARE = 0.25
"""Probability that a piece of one category brings one of those it needs, at the list price."""


@dataclass(frozen=True)
class Purchases:
    """Pieces as flat arrays, ordered by week and customer; P pieces."""

    customer: NDArray[np.int64]
    week: NDArray[np.int64]
    leaf: NDArray[np.int64]
    campaign: NDArray[np.int64]
    """Index of the campaign whose coupon is used, -1 for none."""


def draw_price_ratios(generator: np.random.Generator, *, weeks: int) -> NDArray[np.float64]:
    """(weeks, leaves): 1 at the list price; sales run for one or two weeks, at random, and end the year for all."""
    ratios = np.ones((weeks, len(LEAVES)))
    begins = generator.random(ratios.shape) < _SALE_SHARE / 1.5
    depth = generator.choice(_SALE_RATIOS, ratios.shape)
    longer = generator.random(ratios.shape) < 0.5
    for week in range(weeks):
        ratios[week][begins[week]] = depth[week][begins[week]]
        following = begins[week] & longer[week]
        if week + 1 < weeks:
            ratios[week + 1][following] = depth[week][following]
    return ratios


def seasons(first_day: datetime, *, weeks: int) -> NDArray[np.float64]:
    """(weeks, leaves): what the time of the year multiplies a rate with; its mean over a year is about 1."""
    start = first_day.timetuple().tm_yday / 7
    week_of_year = start + np.arange(weeks)
    peak = np.array([leaf.season_peak_week for leaf in LEAVES])
    strength = np.array([leaf.season_strength for leaf in LEAVES])
    wave = np.cos(2 * np.pi * (week_of_year[:, None] - peak) / WEEKS_A_YEAR)
    shape = np.exp(strength * wave)
    return np.asarray(shape / np.exp(strength * np.cos(np.linspace(0, 2 * np.pi, 53))[:, None]).mean(axis=0))


class DemandSimulator:
    """Draws purchases and campaigns of a population."""

    def __init__(
        self,
        generator: np.random.Generator,
        population: Population,
        *,
        first_day: datetime,
        weeks: int,
        price_ratio: NDArray[np.float64],
    ) -> None:
        """Settle the rates that do not depend on what was bought before."""
        self._generator = generator
        self._population = population
        self._first_day = first_day
        self._weeks = weeks
        elasticity = np.array([leaf.elasticity for leaf in LEAVES])
        self._price_effect = price_ratio**-elasticity
        self._market = seasons(first_day, weeks=weeks) * self._price_effect
        self._needs = [[_leaf_index(name) for name in leaf.needs] for leaf in LEAVES]

    def run(self) -> tuple[Purchases, tuple[SimulatedCampaign, ...]]:
        """Play all weeks."""
        population, generator = self._population, self._generator
        customers = len(population.rate)
        plan = self._plan_campaigns()
        last_bought = np.full(customers, -1, dtype=np.int64)
        bought = np.zeros((customers, len(LEAVES)), dtype=np.int64)
        campaigns: dict[int, _Running] = {}
        pieces: list[NDArray[np.int64]] = []
        for week in range(self._weeks):
            for starting in np.flatnonzero(plan == week):
                campaigns[int(starting)] = self._send(week, last_bought, bought)
            active = (population.first_week <= week) & (population.last_week > week)
            rates = (population.rate * active)[:, None] * population.taste * self._market[week]
            counts = generator.poisson(rates)
            counts[population.first_week == week, :] += self._first_orders(week)
            self._add_along(counts, week)
            found = [_flat(counts, week, -1)]
            for number, running in campaigns.items():
                if running.start <= week < running.start + CAMPAIGN_WEEKS:
                    found.append(self._campaign_pieces(number, running, counts, week, found[0]))
            everything = np.concatenate(found)
            everything = everything[np.argsort(everything[:, 0], kind="stable")]
            np.add.at(bought, (everything[:, 0], everything[:, 2]), 1)
            last_bought[everything[:, 0]] = week
            pieces.append(everything)
        flat = np.concatenate(pieces)
        purchases = Purchases(flat[:, 0], flat[:, 1], flat[:, 2], flat[:, 3])
        return purchases, tuple(self._finished(number, campaigns[number]) for number in sorted(campaigns))

    def _plan_campaigns(self) -> NDArray[np.int64]:
        """The week in which each campaign starts: from the second year on, when there is something to know."""
        first, last = min(52, self._weeks // 3), self._weeks - CAMPAIGN_WEEKS - 1
        return np.sort(self._generator.integers(first, max(last, first + 1), CAMPAIGNS))

    def _send(self, week: int, last_bought: NDArray[np.int64], bought: NDArray[np.int64]) -> _Running:
        generator, population = self._generator, self._population
        leaf = int(generator.integers(len(LEAVES)))
        depth = int(generator.choice(_DEPTHS))
        known = last_bought >= 0
        recency = np.where(known, week - last_bought, 0)
        liking = bought[:, leaf] / np.maximum(bought.sum(axis=1), 1)
        score = -0.4 - 0.01 * recency + 2.5 * liking + 0.15 * np.log1p(bought.sum(axis=1))
        propensity = np.where(known & population.consent, np.clip(1 / (1 + np.exp(-score)), 0.05, 0.95), 0.0)
        sent = generator.random(len(propensity)) < propensity
        still_there = (population.last_week > week) & known
        pull = min(depth / 10_000 * LEAVES[leaf].elasticity, 0.6) * (1 + np.minimum(recency, 52) / 52)
        uplift = np.where(still_there, pull * (0.05 + population.taste[:, leaf]), 0.0)
        count = len(propensity)
        return _Running(week, leaf, depth, propensity, sent, uplift, np.zeros(count, np.int64), np.zeros(count, bool))

    def _campaign_pieces(
        self, number: int, running: _Running, counts: NDArray[np.int64], week: int, base: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        extra = self._generator.poisson(running.uplift / CAMPAIGN_WEEKS * running.sent)
        running.caused += extra
        uses = running.sent & ~running.redeemed & ((counts[:, running.leaf] > 0) | (extra > 0))
        uses &= (extra > 0) | (self._generator.random(len(uses)) < 0.8)
        running.redeemed |= uses
        of_base = uses[base[:, 0]] & (base[:, 2] == running.leaf) & (base[:, 3] == -1)
        base[of_base, 3] = number
        added = np.zeros_like(counts)
        added[:, running.leaf] = extra
        return _flat(added, week, number)

    def _first_orders(self, week: int) -> NDArray[np.int64]:
        """One piece for everybody who comes this week: who buys nothing is no customer."""
        newcomers = np.flatnonzero(self._population.first_week == week)
        first = np.zeros((len(newcomers), len(LEAVES)), dtype=np.int64)
        if len(newcomers):
            weights = self._population.taste[newcomers] * self._market[week]
            cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
            chosen = (self._generator.random(len(newcomers))[:, None] > cumulative).sum(axis=1).clip(0, len(LEAVES) - 1)
            first[np.arange(len(newcomers)), chosen] = 1
        return first

    def _add_along(self, counts: NDArray[np.int64], week: int) -> None:
        """Pieces that others bring along. Their own price moves them like all pieces of their category."""
        for leaf, needs in enumerate(self._needs):
            buyers = np.flatnonzero(counts[:, leaf])
            for needed in needs:
                share = _ALONG_SHARE * self._price_effect[week, needed]
                along = buyers[self._generator.random(len(buyers)) < share]
                counts[along, needed] += 1

    def _finished(self, number: int, running: _Running) -> SimulatedCampaign:
        starts_at = self._first_day + timedelta(weeks=running.start)
        return SimulatedCampaign(
            campaign_id=f"coupon-{number + 1:02d}",
            category_id=category_id(LEAVES[running.leaf]),
            depth_basis_points=running.depth,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(weeks=CAMPAIGN_WEEKS),
            propensity=running.propensity,
            sent=running.sent,
            uplift=running.uplift,
            caused=running.caused,
            redeemed=running.redeemed,
        )


@dataclass
class _Running:
    start: int
    leaf: int
    depth: int
    propensity: NDArray[np.float64]
    sent: NDArray[np.bool_]
    uplift: NDArray[np.float64]
    caused: NDArray[np.int64]
    redeemed: NDArray[np.bool_]


def _flat(counts: NDArray[np.int64], week: int, campaign: int) -> NDArray[np.int64]:
    """(pieces, 4): customer, week, leaf, campaign; one row a piece."""
    customer, leaf = np.nonzero(counts)
    times = counts[customer, leaf]
    rows = np.stack([customer, np.full_like(customer, week), leaf, np.full_like(customer, campaign)], axis=1)
    return np.repeat(rows, times, axis=0)


def _leaf_index(name: str) -> int:
    return next(index for index, leaf in enumerate(LEAVES) if leaf.name == name)
