"""The first policy, from promotions of the past.

What the data says: of the customers who were sent a campaign's coupons, some redeemed some. What it does not say: with
which probability a customer was chosen to get them, and, for the large campaigns, which of the coupons each one got. So
it cannot judge a policy. It can tell which offers people tend to take up: those on things they buy. That is all that is
taken from it.

One row per (customer, campaign, set of categories of a coupon), with the forecast on the day the campaign began. The
target is redemption relative to its campaign's rate, scaled to an assumed acceptance in chat: a row as good as the
average one is worth ASSUMED_ACCEPTANCE. Only features that need neither benefit nor conversation are fitted, and the
hundreds of thousands of rows count as PSEUDO_REWARDS rewards together, so that real ones soon outweigh them.

A shop without past promotions has the same from its user model: an offer on what somebody is likely to buy is taken to
be likelier accepted, in proportion. That is an assumption, not an observation, and counts for AFFINITY_REWARDS.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy, ThompsonSettings
from promo_engine.policies.features import FEATURES, FORECAST_FEATURES, Floats, feature_rows
from promo_engine.policies.posterior import Posterior, Prior

ASSUMED_ACCEPTANCE = 0.15
PSEUDO_REWARDS = 400.0
AFFINITY_REWARDS = 100.0
_MOST_AFFINITY = 4.0
"""An expectation of more than so many times the mean says no more of an offer."""
_SMOOTHING_ROWS = 2_000.0

_KEPT = np.array([name in FORECAST_FEATURES for name in FEATURES], dtype=np.float64)
_CONTEXT = ConversationContext(trigger="after_service")
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class CampaignRows:
    """What one campaign taught: N rows."""

    features: NDArray[np.float32]
    """(N, len(FEATURES))."""
    redeemed: NDArray[np.bool_]
    """(N,)."""


def campaign_rows(
    category_sets: Sequence[frozenset[int]], *, targeted: Iterable[tuple[CustomerForecast, frozenset[frozenset[int]]]]
) -> CampaignRows:
    """`targeted`: each customer's forecast as the campaign began, and the sets of which they redeemed a coupon."""
    of = OfferSet(_coupon(categories) for categories in category_sets)
    features, redeemed = [], []
    for forecast, taken in targeted:
        rows = feature_rows(forecast=forecast, context=_CONTEXT, of=of) * _KEPT
        features.append(rows.astype(np.float32))
        redeemed.append([categories in taken for categories in category_sets])
    if not features:
        return CampaignRows(np.zeros((0, len(FEATURES)), np.float32), np.zeros(0, dtype=bool))
    return CampaignRows(np.concatenate(features), np.concatenate([np.array(row, dtype=bool) for row in redeemed]))


def warm_policy(campaigns: Sequence[CampaignRows], settings: ThompsonSettings | None = None) -> ThompsonSamplingPolicy:
    """The posterior after the campaigns' rows, weighted down; version 1, no rewards counted."""
    count = sum(len(rows.redeemed) for rows in campaigns)
    if count == 0:
        return ThompsonSamplingPolicy.unlearnt(settings)
    overall = max(sum(float(rows.redeemed.sum()) for rows in campaigns), 1.0) / count
    parts = []
    for rows in campaigns:
        rate = (rows.redeemed.sum() + _SMOOTHING_ROWS * overall) / (len(rows.redeemed) + _SMOOTHING_ROWS)
        parts.append((rows.features, ASSUMED_ACCEPTANCE * rows.redeemed / rate))
    return _taught(parts, worth=PSEUDO_REWARDS, settings=settings)


def affinity_policy(
    forecasts: Sequence[CustomerForecast], category_ids: Sequence[int], settings: ThompsonSettings | None = None
) -> ThompsonSamplingPolicy:
    """Where nothing is known of past promotions: as if these customers had answered an offer on each category.

    Version 1, no rewards counted; without customers or categories it knows nothing.
    """
    if not forecasts or not len(category_ids):
        return ThompsonSamplingPolicy.unlearnt(settings)
    of = OfferSet(_coupon(frozenset({category_id})) for category_id in category_ids)
    expected = np.array([forecast.purchase_probability for forecast in forecasts])[:, list(category_ids)]
    lift = np.minimum(expected / expected.mean(), _MOST_AFFINITY)  # (customers, categories)
    parts = [
        (feature_rows(forecast=forecast, context=_CONTEXT, of=of) * _KEPT, ASSUMED_ACCEPTANCE * row)
        for forecast, row in zip(forecasts, lift, strict=True)
    ]
    return _taught(parts, worth=AFFINITY_REWARDS, settings=settings)


def _taught(
    parts: Iterable[tuple[NDArray[np.floating], Floats]], *, worth: float, settings: ThompsonSettings | None
) -> ThompsonSamplingPolicy:
    """The posterior after (N, D) rows and their (N,) rewards, all of them counting as `worth` rewards."""
    policy = ThompsonSamplingPolicy.unlearnt(settings)
    known = policy.sums
    for features, rewards in parts:
        known = known.plus(features.astype(np.float64), rewards)
    known = known.times(worth / known.weight)
    # The targets are far wider than acceptances, so their spread says nothing of the noise: it stays the guess.
    guess = Posterior(known, Prior(policy.settings.noise_variance, policy.settings.prior_variance))
    explained = float((known.moment * guess.mean).sum())
    squares = explained + known.weight * policy.settings.noise_variance
    return ThompsonSamplingPolicy(policy.settings, sums=replace(known, squares=squares))


def ranking_auc(policy: ThompsonSamplingPolicy, campaigns: Sequence[CampaignRows]) -> float:
    """How often a redeemed row of a campaign is expected above one that was not; 0.5 is chance.

    ROC-AUC within each campaign, averaged by its redemptions; campaigns without both kinds of row say nothing.
    """
    total, weight = 0.0, 0.0
    for rows in campaigns:
        wins = _auc(rows.features.astype(np.float64) @ policy.mean, rows.redeemed)
        if wins is not None:
            total += wins * float(rows.redeemed.sum())
            weight += float(rows.redeemed.sum())
    return total / weight if weight else float("nan")


def _auc(expected: Floats, redeemed: NDArray[np.bool_]) -> float | None:
    """Mann-Whitney, ties counted half; None without both kinds."""
    positives, negatives = int(redeemed.sum()), int((~redeemed).sum())
    if not positives or not negatives:
        return None
    values, rank = np.unique(expected, return_inverse=True)
    sizes = np.bincount(rank, minlength=len(values))
    middle_rank = np.cumsum(sizes) - (sizes - 1) / 2.0
    return float((middle_rank[rank][redeemed].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def _coupon(categories: frozenset[int]) -> Offer:
    """A stand-in with the coupon's categories; nothing of its benefit reaches the rows."""
    return Offer(
        offer_id="past coupon",
        promotion_id="past",
        title="",
        terms="",
        benefit=FreeDelivery(),
        scope=Scope(category_ids=categories),
        unit_cost_cents=0,
        starts_at=_ALWAYS,
        ends_at=_ALWAYS,
    )
