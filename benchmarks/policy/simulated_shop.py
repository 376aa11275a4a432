"""A simulated shop: real households with their real forecasts, a chance of acceptance that is made up on a real base.

What is real: every household's forecast from the trained user model, and the category sets of coupons of the past. What
is fitted: gradient boosting on past redemptions says how much more a household redeems coupons on some categories than
others do. What is made up, and named so wherever its figures appear: that the average offer is accepted by 15 %, that
deep discounts help, how much each offer appeals in itself, and that this appeal changes in the world with drift.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sqlalchemy import select

from benchmarks.policy.worlds import Floats, Ints, Question, named
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.domain.offers.offers import Offer
from promo_engine.models.training_data import forecast_campaigns, shop_history
from promo_engine.policies.features import DEPTH, FEATURES, FORECAST_FEATURES, SHARED, TRIGGERS, feature_rows
from promo_engine.policies.warm_start import CampaignRows
from promo_engine.storage.database import open_database
from promo_engine.storage.history_arrays import read_past_promotions, read_purchases
from promo_engine.storage.tables import customer_states, customers
from promo_engine.user_model import load_user_model
from tools.once import ROOT

ACCEPTANCE = 0.15
APPEAL_SPREAD = 0.6
DEPTH_EFFECT = 2.0
FITTED_ROWS = 60_000
_KNOWN = np.array([FEATURES.index(name) for name in FORECAST_FEATURES])
_APART = np.array([position for position in range(len(FEATURES)) if not SHARED.start <= position < SHARED.stop])
_CHUNK = 50
_ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
BENEFITS: tuple[Benefit, ...] = (
    PercentageOff(1000),
    PercentageOff(2000),
    AmountOff(300),
    AmountOff(600),
    LoyaltyPoints(300),
    FreeDelivery(),
)


@dataclass(frozen=True, eq=False)
class Households:
    """What the shop is made of."""

    forecasts: list[CustomerForecast]
    demographics: list[dict[str, str]]
    category_sets: list[frozenset[int]]
    """Of past coupons, distinct."""
    redemption: HistGradientBoostingClassifier
    """Fitted to the forecast columns of a row of features."""
    overall: float
    """Mean log odds that it says."""


def read_households() -> Households:
    """Read the database and the trained model, and fit redemptions; two minutes."""
    return asyncio.run(_read_households())


async def _read_households() -> Households:
    database = open_database(
        os.environ.get("PROMOBOT_ENGINE_DATABASE_URL", f"sqlite+aiosqlite:///{ROOT}/var/engine.db")
    )
    model = load_user_model(ROOT / "var" / "models" / "user_model")
    try:
        promotions = await read_past_promotions(database)
        rows = await read_purchases(database)
        async with database.connect() as connection:
            states = (
                await connection.execute(
                    select(customer_states.c.state, customers.c.demographics)
                    .join(customers, customers.c.customer_id == customer_states.c.customer_id)
                    .where(customer_states.c.model_version == model.version)
                    .order_by(customers.c.customer_id)
                )
            ).all()
    finally:
        await database.dispose()
    campaigns = forecast_campaigns(model, rows, shop_history(rows, model.index), promotions)
    redemption, overall = _fit(campaigns)
    now = datetime.now(UTC).replace(hour=23, minute=59)
    sets = {
        categories
        for promotion in promotions
        for categories in promotion.coupon_categories.values()
        if len(categories) <= 20
    }
    return Households(
        forecasts=[model.forecast(state, at=now) for state, _ in states],
        demographics=[known for _, known in states],
        category_sets=sorted(sets, key=sorted),
        redemption=redemption,
        overall=overall,
    )


def _fit(campaigns: Sequence[CampaignRows]) -> tuple[HistGradientBoostingClassifier, float]:
    """Every redeemed row and a sample of the others, which moves all log odds alike."""
    features = np.concatenate([campaign.features[:, _KNOWN] for campaign in campaigns])
    redeemed = np.concatenate([campaign.redeemed for campaign in campaigns])
    generator = np.random.default_rng(1)
    kept = redeemed | (generator.random(len(redeemed)) < FITTED_ROWS / len(redeemed))
    model = HistGradientBoostingClassifier(
        max_iter=80, max_leaf_nodes=15, learning_rate=0.1, l2_regularization=5.0, early_stopping=False, random_state=1
    ).fit(features[kept], redeemed[kept])
    return model, float(np.mean(model.decision_function(features[kept])))


class SimulatedShop:
    """`benchmarks.policy.worlds.World`; a random household asks each round."""

    blocks = 1
    columns = len(FEATURES)
    vw = ""

    def __init__(
        self, households: Households, *, seed: int, arms: int, rounds: int, drift: bool = False, delay: int = 0
    ) -> None:
        self._households = households
        self.arms, self.rounds, self.delay, self._drift = arms, rounds, delay, drift
        generator = np.random.default_rng([seed, 7])
        self.of = OfferSet(_offers(households.category_sets, arms, generator))
        self.appeal: Floats = generator.normal(0.0, APPEAL_SPREAD, size=(2, arms))  # before and after a drift
        self.household: Ints = generator.integers(0, len(households.forecasts), size=rounds)
        self._triggers = generator.integers(0, len(TRIGGERS), size=rounds)
        self._hours = generator.integers(8, 22, size=rounds)
        self._chunk: tuple[int, list[Question]] = (-1, [])

    def question(self, number: int) -> Question:
        """Return the round's question; fifty are made at a time."""
        chunk = number // _CHUNK
        if self._chunk[0] != chunk:
            self._chunk = (chunk, self._questions(range(chunk * _CHUNK, min((chunk + 1) * _CHUNK, self.rounds))))
        return self._chunk[1][number % _CHUNK]

    def _questions(self, numbers: range) -> list[Question]:
        occasions = [self._asked(number) for number in numbers]
        rows = np.stack(
            [feature_rows(forecast=forecast, context=context, of=self.of) for forecast, context in occasions]
        )  # (N, A, D)
        flat = rows.reshape(-1, rows.shape[-1])[:, _KNOWN]
        lift = self._households.redemption.decision_function(flat).reshape(rows.shape[:2]) - self._households.overall
        odds = (
            np.log(ACCEPTANCE / (1 - ACCEPTANCE)) + np.clip(lift, -3.0, 3.0) + DEPTH_EFFECT * (rows[:, :, DEPTH] - 0.1)
        )
        after = np.array([self._drift and number >= self.rounds // 2 for number in numbers])
        value = 1.0 / (1.0 + np.exp(-(odds + np.where(after[:, None], self.appeal[1], self.appeal[0]))))
        return [
            Question(
                value=value[position], rows=rows[position], context=rows[position, 0, SHARED], shop=(*occasion, self.of)
            )
            for position, occasion in enumerate(occasions)
        ]

    def _asked(self, number: int) -> tuple[CustomerForecast, ConversationContext]:
        trigger, hour = TRIGGERS[int(self._triggers[number])], int(self._hours[number])
        return self._households.forecasts[int(self.household[number])], ConversationContext(
            trigger=trigger, local_hour=hour, turn_count=2
        )


def with_lines(question: Question) -> Question:
    """With what Vowpal Wabbit reads: the columns that tell offers apart, and the shared ones once."""
    names = [name.replace("*", "_x_") for name in FEATURES]
    apart = np.zeros_like(question.rows)
    apart[:, _APART] = question.rows[:, _APART]
    shared = "shared |c " + named(question.context)
    return replace(question, lines=[shared, *("|o " + named(row, names) for row in apart)])


def _offers(sets: Sequence[frozenset[int]], count: int, generator: np.random.Generator) -> list[Offer]:
    """Distinct pairs of a past coupon's categories and a benefit."""
    pairs = generator.permutation(len(sets) * len(BENEFITS))[:count]
    if len(pairs) < count:
        raise ValueError(f"there are no {count} offers to make of {len(sets)} past coupons")
    return [
        Offer(
            offer_id=f"offer-{number:04}",
            promotion_id="simulated",
            title="",
            terms="",
            benefit=BENEFITS[pair % len(BENEFITS)],
            scope=Scope(category_ids=sets[pair // len(BENEFITS)]),
            unit_cost_cents=0,
            starts_at=_ALWAYS,
            ends_at=datetime(2099, 1, 1, tzinfo=UTC),
        )
        for number, pair in enumerate(pairs.tolist())
    ]
