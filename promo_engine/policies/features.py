"""What a policy knows of one offer for one customer at one moment: a row of named numbers, mostly between -1 and 2.

Affinity, due-ness and novelty come from the user model's outlook on the offer's categories; kind and depth from the
benefit; trigger and hour from the conversation. Interactions with affinity let a linear model learn that, say, a deep
discount matters less to those who would buy anyway. Two hashed intercepts per offer learn how good it is in itself.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.offers import Benefit, BenefitKind, Offer
from promo_engine.domain.ports import ConversationContext, CustomerOutlook

Floats = NDArray[np.float64]

TRIGGERS = ("after_service", "asked_for_offers", "asked_for_discount")
TYPICAL_BASKET_CENTS = 3_000  # a fixed amount or points are as deep as their share of such a basket
TYPICAL_DELIVERY_CENTS = 400
INTERCEPT_BUCKETS = 16
PROJECTIONS = 6

_AFFINITY = (
    "affinity",
    "affinity_mean",
    "affinity_rank",
    "affinity_any",
    "due",
    "due_now",
    "recency",
    "never",
    "new_share",
)
_CUSTOMER = ("bias", "stranger", "baskets", *(f"embedding_{i}" for i in range(PROJECTIONS)))
_CONTEXT = (*TRIGGERS[1:], "hour_sin", "hour_cos", "weekend", "turns", "basket", "negative", "positive")
_OFFER = ("whole_basket", *(kind.value for kind in BenefitKind), "depth", "cost")
_CROSSED = (
    *(f"{kind.value}*affinity" for kind in BenefitKind),
    "depth*affinity",
    *(f"{trigger}*affinity" for trigger in TRIGGERS[1:]),
    *(f"{trigger}*depth" for trigger in TRIGGERS[1:]),
    *(f"embedding_{i}*affinity" for i in range(PROJECTIONS)),
    "whole_basket*baskets",
)
_INTERCEPTS = tuple(f"offer_{part}_{i}" for part in "ab" for i in range(INTERCEPT_BUCKETS))

FEATURES = _CUSTOMER + _CONTEXT + _AFFINITY + _OFFER + _CROSSED + _INTERCEPTS
"""The names of the columns, in order."""
OUTLOOK_FEATURES = _CUSTOMER + _AFFINITY
"""Those that need neither a benefit nor a conversation: what past promotions can teach."""


@dataclass(frozen=True, eq=False)
class _OfferPart:
    """What of an offer never changes."""

    categories: NDArray[np.int64]
    columns: Floats
    """The `_OFFER` columns."""
    depth: float
    kind: Floats
    intercepts: Floats


def feature_rows(*, outlook: CustomerOutlook, context: ConversationContext, offers: Sequence[Offer]) -> Floats:
    """(offers, len(FEATURES)). Raises ValueError if an offer names a category that the outlook does not have."""
    parts = [_offer_part(offer) for offer in offers]
    affinity = affinity_rows(outlook, [part.categories for part in parts])
    embedding = _project(outlook.embedding)
    baskets = math.log1p(outlook.basket_count) / 4.0
    customer = np.array([1.0, float(outlook.basket_count == 0), baskets, *embedding])
    triggers = np.array([float(context.trigger == trigger) for trigger in TRIGGERS[1:]])
    count = len(parts)
    columns = np.array([part.columns for part in parts])
    kinds = np.array([part.kind for part in parts])
    depth = np.array([[part.depth] for part in parts])
    liking = affinity[:, :1]
    return np.hstack(
        [
            np.tile(np.concatenate([customer, triggers, _context_columns(context)]), (count, 1)),
            affinity,
            columns,
            kinds * liking,
            depth * liking,
            liking * triggers,
            depth * triggers,
            liking * embedding,
            columns[:, :1] * baskets,
            np.array([part.intercepts for part in parts]),
        ]
    )


def affinity_rows(outlook: CustomerOutlook, category_sets: Sequence[NDArray[np.int64]]) -> Floats:
    """(sets, affinity columns); all zero for an empty set, which stands for the whole basket."""
    rows = np.zeros((len(category_sets), len(_AFFINITY)))
    filled = np.array([len(categories) > 0 for categories in category_sets], dtype=bool)
    if not filled.any():
        return rows
    index = np.concatenate([categories for categories in category_sets if len(categories)])
    if index.max() >= len(outlook.purchase_probability):
        raise ValueError(f"category_ids: the user model knows no category {index.max()}")
    sizes = np.array([len(categories) for categories in category_sets if len(categories)])
    starts = np.cumsum(sizes) - sizes
    every = np.array(outlook.purchase_probability)
    rank = np.empty(len(every))
    rank[np.argsort(every)] = np.linspace(0.0, 1.0, len(every))
    probability, since = every[index], np.array(outlook.days_since_purchase)[index]
    gap = np.array(outlook.mean_gap_days)[index]
    best = np.maximum.reduceat(probability, starts)
    due = due_ratio(since=since, gap=gap)
    never = np.isinf(since).astype(np.float64)
    rows[filled] = np.stack(
        [
            _liking(best),
            _liking(np.add.reduceat(probability, starts) / sizes),
            np.maximum.reduceat(rank[index], starts),
            1.0 - np.exp(np.add.reduceat(np.log1p(-probability), starts)),
            np.maximum.reduceat(np.clip(np.log(due), -2.0, 1.5), starts) / 2.0,
            np.maximum.reduceat(((due > 0.8) & (due < 3.0) & np.isfinite(gap)).astype(np.float64), starts),
            np.exp(-np.minimum.reduceat(since, starts) / 30.0),
            np.minimum.reduceat(never, starts),
            np.add.reduceat(never, starts) / sizes,
        ],
        axis=1,
    )
    return rows


def due_ratio(*, since: Floats, gap: Floats) -> Floats:
    """Days since the last purchase over the usual gap; 1 is due, 0.135 where the gap is unknown."""
    known = np.isfinite(gap)
    ratio = (np.where(known, since, 0.0) + 0.5) / (np.where(known, gap, 1.0) + 0.5)
    return np.where(known, np.maximum(ratio, 1e-3), math.exp(-2.0))


def _liking(probability: Floats) -> Floats:
    """The logit, moved and shrunk so that 2 % is 0 and 75 % is about 1.25."""
    return (np.log(probability / (1.0 - probability)) + 3.9) / 4.0


def _context_columns(context: ConversationContext) -> Floats:
    angle = 2.0 * math.pi * context.local_hour / 24.0
    return np.array(
        [
            math.sin(angle),
            math.cos(angle),
            float(context.weekday >= 5),
            math.log1p(context.turn_count) / 3.0,
            math.log1p(context.basket_cents / 1_000.0) / 3.0,
            float(context.sentiment == "negative"),
            float(context.sentiment == "positive"),
        ]
    )


@lru_cache(maxsize=4096)
def _offer_part(offer: Offer) -> _OfferPart:
    kind = np.array([float(offer.benefit.kind == kind) for kind in BenefitKind])
    depth = benefit_depth(offer.benefit, min_basket_cents=offer.eligibility.min_basket_cents)
    cost = math.log1p(offer.unit_cost_cents / 100.0) / 2.0
    digest = hashlib.blake2b(offer.offer_id.encode(), digest_size=8).digest()
    intercepts = np.zeros(2 * INTERCEPT_BUCKETS)
    intercepts[digest[0] % INTERCEPT_BUCKETS] = 1.0
    intercepts[INTERCEPT_BUCKETS + digest[1] % INTERCEPT_BUCKETS] = 1.0
    return _OfferPart(
        categories=np.array(sorted(offer.category_ids), dtype=np.int64),
        columns=np.concatenate([[float(not offer.category_ids)], kind, [depth, cost]]),
        depth=depth,
        kind=kind,
        intercepts=intercepts,
    )


def benefit_depth(benefit: Benefit, *, min_basket_cents: int) -> float:
    """How much of what it applies to the shopper saves, 0 to 1, as a first guess for a typical basket."""
    basket = max(min_basket_cents, TYPICAL_BASKET_CENTS)
    if benefit.percent_basis_points is not None:
        return benefit.percent_basis_points / 10_000
    if benefit.buy_quantity is not None and benefit.get_quantity is not None:
        return benefit.get_quantity / (benefit.buy_quantity + benefit.get_quantity)
    cents = benefit.amount_cents or benefit.points or TYPICAL_DELIVERY_CENTS  # a point counts as a cent
    return min(cents / basket, 1.0)


def _project(embedding: Sequence[float]) -> Floats:
    """(PROJECTIONS,) fixed random directions of the customer's state (Achlioptas, 2003: signs are enough)."""
    return _signs(len(embedding)) @ np.array(embedding, dtype=np.float64)


@lru_cache(maxsize=8)
def _signs(length: int) -> Floats:
    stream = hashlib.shake_256(b"promobot embedding projection").digest(PROJECTIONS * length)
    signs = np.frombuffer(stream, dtype=np.uint8).reshape(PROJECTIONS, length) % 2 * 2.0 - 1.0
    return np.asarray(signs / math.sqrt(max(length, 1)))
