"""What a policy knows of one offer for one customer at one moment: a row of named numbers, mostly between -1 and 2.

Affinity, due-ness and novelty come from the user model's forecast on the offer's categories; kind and depth from the
benefit; trigger and hour from the conversation. Interactions with affinity let a linear model learn that, say, a deep
discount matters less to those who would buy anyway. Two hashed intercepts per offer learn how good it is in itself.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import Candidates, OfferSet
from promo_engine.domain.offers.offers import Offer

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Places = NDArray[np.intp]
"""Ascending places in a set of offers."""

TRIGGERS = ("after_service", "asked_for_offers", "asked_for_discount")
TYPICAL_BASKET_CENTS = 3_000  # a fixed amount or points are as deep as their share of such a basket
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
_OFFER = ("whole_basket", *BENEFIT_KINDS, "depth", "cost")
_CROSSED = (
    *(f"{kind}*affinity" for kind in BENEFIT_KINDS),
    "depth*affinity",
    *(f"{trigger}*affinity" for trigger in TRIGGERS[1:]),
    *(f"{trigger}*depth" for trigger in TRIGGERS[1:]),
    *(f"embedding_{i}*affinity" for i in range(PROJECTIONS)),
    "whole_basket*baskets",
)
_INTERCEPTS = tuple(f"offer_{part}_{i}" for part in "ab" for i in range(INTERCEPT_BUCKETS))

FEATURES = _CUSTOMER + _CONTEXT + _AFFINITY + _OFFER + _CROSSED + _INTERCEPTS
"""The names of the columns, in order."""
FORECAST_FEATURES = _CUSTOMER + _AFFINITY
"""Those that need neither a benefit nor a conversation: what past promotions can teach."""


def _columns(group: Sequence[str]) -> slice:
    start = FEATURES.index(group[0])
    return slice(start, start + len(group))


SHARED = _columns(_CUSTOMER + _CONTEXT)
"""The columns that are the same for every offer of one request."""
AFFINITY = _columns(_AFFINITY)
WHOLE_BASKET = FEATURES.index("whole_basket")
DEPTH = FEATURES.index("depth")
KIND_AND_DEPTH = _columns((*BENEFIT_KINDS, "depth"))
LIKED = _columns((*(f"{kind}*affinity" for kind in BENEFIT_KINDS), "depth*affinity"))
TRIGGER_LIKED = _columns(tuple(f"{trigger}*affinity" for trigger in TRIGGERS[1:]))
TRIGGER_DEPTH = _columns(tuple(f"{trigger}*depth" for trigger in TRIGGERS[1:]))
EMBEDDING_LIKED = _columns(tuple(f"embedding_{i}*affinity" for i in range(PROJECTIONS)))
WHOLE_BASKET_BASKETS = FEATURES.index("whole_basket*baskets")


@dataclass(frozen=True, eq=False)
class OfferParts:
    """What of a set of offers never changes."""

    rows: Singles
    """(offers, len(FEATURES)): the columns of the offer alone, zero elsewhere."""
    set_of: NDArray[np.intp]
    """(offers,) the row of `affinity_rows` that is the offer's."""
    categories: NDArray[np.intp]
    """The distinct category sets one after another, but for the empty one, which stands for the whole basket."""
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class CustomerPart:
    """What of a customer is the same for every conversation and offer."""

    columns: Singles
    """The `_CUSTOMER` columns."""
    embedding: Singles
    baskets: float


_PARTS: WeakKeyDictionary[OfferSet, OfferParts] = WeakKeyDictionary()
_CUSTOMERS: WeakKeyDictionary[CustomerForecast, CustomerPart] = WeakKeyDictionary()
_AFFINITIES: WeakKeyDictionary[CustomerForecast, tuple[OfferParts, Singles]] = WeakKeyDictionary()


def feature_rows(
    *, forecast: CustomerForecast, context: ConversationContext, of: OfferSet, places: Places | None = None
) -> Singles:
    """(places, len(FEATURES)) of the offers at these places of a set, or of all.

    Raises ValueError if an offer names a category that the forecast does not have.
    """
    parts, customer = offer_parts(of), customer_part(forecast)
    places = np.arange(len(of)) if places is None else places
    rows = parts.rows[places]
    affinity = affinity_rows(forecast, parts)[parts.set_of[places]]
    triggers, liking = trigger_columns(context), affinity[:, :1]
    rows[:, SHARED] = shared_columns(customer, context)
    rows[:, AFFINITY] = affinity
    np.multiply(rows[:, KIND_AND_DEPTH], liking, out=rows[:, LIKED])
    np.multiply(liking, customer.embedding, out=rows[:, EMBEDDING_LIKED])
    if triggers.any():
        np.multiply(liking, triggers, out=rows[:, TRIGGER_LIKED])
        np.multiply(rows[:, DEPTH : DEPTH + 1], triggers, out=rows[:, TRIGGER_DEPTH])
    np.multiply(rows[:, WHOLE_BASKET], customer.baskets, out=rows[:, WHOLE_BASKET_BASKETS])
    return rows


def offer_parts(of: OfferSet) -> OfferParts:
    """Compute once per set."""
    parts = _PARTS.get(of)
    if parts is None:
        parts = _PARTS[of] = _new_parts(of)
    return parts


def _new_parts(of: OfferSet) -> OfferParts:
    rows = np.zeros((len(of), len(FEATURES)), dtype=np.float32)
    set_of = np.zeros(len(of), dtype=np.intp)
    known: dict[tuple[int, ...], int] = {(): 0}
    offer_columns, intercepts = _columns(_OFFER), _columns(_INTERCEPTS)
    for index, offer in enumerate(of.offers):
        rows[index, offer_columns] = _offer_columns(offer)
        for bucket in _intercepts(offer.offer_id):
            rows[index, intercepts.start + bucket] = 1.0
        set_of[index] = known.setdefault(tuple(sorted(offer.scope.category_ids)), len(known))
    filled = [categories for categories in known if categories]
    sizes = np.array([len(categories) for categories in filled], dtype=np.intp)
    return OfferParts(
        rows=rows,
        set_of=set_of,
        categories=np.array([category for categories in filled for category in categories], dtype=np.intp),
        starts=np.cumsum(sizes) - sizes,
        sizes=sizes,
    )


def customer_part(forecast: CustomerForecast) -> CustomerPart:
    """Compute once per forecast."""
    part = _CUSTOMERS.get(forecast)
    if part is None:
        embedding = _project(forecast.embedding)
        baskets = math.log1p(forecast.basket_count) / 4.0
        columns = np.array([1.0, float(forecast.basket_count == 0), baskets, *embedding], dtype=np.float32)
        part = _CUSTOMERS[forecast] = CustomerPart(columns, embedding.astype(np.float32), baskets)
    return part


def affinity_rows(forecast: CustomerForecast, parts: OfferParts) -> Singles:
    """(sets + 1, affinity columns), all zero in the first row, which stands for the whole basket.

    Kept with the forecast, for the newest set of offers.
    """
    kept = _AFFINITIES.get(forecast)
    if kept is None or kept[0] is not parts:
        kept = _AFFINITIES[forecast] = (parts, _new_affinity(forecast, parts))
    return kept[1]


def _new_affinity(forecast: CustomerForecast, parts: OfferParts) -> Singles:
    rows = np.zeros((len(parts.sizes) + 1, len(_AFFINITY)), dtype=np.float32)
    index, starts, sizes = parts.categories, parts.starts, parts.sizes
    if not len(index):
        return rows
    if index.max() >= len(forecast.purchase_probability):
        raise ValueError(f"category_ids: the user model knows no category {index.max()}")
    every = np.asarray(forecast.purchase_probability)
    rank = _ranks(every, forecast.stand_ins)
    probability, since = every[index], np.asarray(forecast.days_since_purchase)[index]
    gap = np.asarray(forecast.mean_gap_days)[index]
    best = np.maximum.reduceat(probability, starts)
    due = due_ratio(since=since, gap=gap)
    never = np.isinf(since).astype(np.float64)
    rows[1:] = np.stack(
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


def _ranks(every: Floats, stand_ins: Mapping[int, int | None]) -> Floats:
    """(categories,) from 0, the least expected, to 1; a category that the model does not know has its stand-in's.

    So a category that the shop adds changes nothing of what was decided before it came.
    """
    rank = np.empty(len(every))
    if not stand_ins:
        rank[np.argsort(every)] = np.linspace(0.0, 1.0, len(every))
        return rank
    own = np.setdiff1d(np.arange(len(every)), np.fromiter(stand_ins, dtype=np.intp))
    rank[own[np.argsort(every[own])]] = np.linspace(0.0, 1.0, len(own))
    ascending = np.sort(every[own])
    for category, stand_in in stand_ins.items():
        between = np.searchsorted(ascending, every[category]) / max(len(own) - 1, 1)
        rank[category] = rank[stand_in] if stand_in is not None else min(between, 1.0)
    return rank


def due_ratio(*, since: Floats, gap: Floats) -> Floats:
    """Days since the last purchase over the usual gap; 1 is due, 0.135 where the gap is unknown."""
    known = np.isfinite(gap)
    ratio = (np.where(known, since, 0.0) + 0.5) / (np.where(known, gap, 1.0) + 0.5)
    return np.where(known, np.maximum(ratio, 1e-3), math.exp(-2.0))


def _liking(probability: Floats) -> Floats:
    """The logit, moved and shrunk so that 2 % is 0 and 75 % is about 1.25."""
    return (np.log(probability / (1.0 - probability)) + 3.9) / 4.0


def names_of(of: OfferSet, places: Places) -> list[str]:
    """The offer_ids at these places."""
    return [of.offer_ids[index] for index in places.tolist()]


def places_of(candidates: Candidates) -> Places:
    """Their places in their set, ascending."""
    size = (len(candidates.of) + 7) // 8
    bits = np.frombuffer(candidates.mask.to_bytes(size, "little"), dtype=np.uint8)
    return np.flatnonzero(np.unpackbits(bits, bitorder="little"))


def shared_columns(customer: CustomerPart, context: ConversationContext) -> Singles:
    """The `SHARED` columns."""
    return np.concatenate([customer.columns, trigger_columns(context), _context_columns(context)], dtype=np.float32)


def trigger_columns(context: ConversationContext) -> Singles:
    """Which of the triggers but the first it was."""
    return np.array([context.trigger == trigger for trigger in TRIGGERS[1:]], dtype=np.float32)


def _context_columns(context: ConversationContext) -> tuple[float, ...]:
    angle = 2.0 * math.pi * context.local_hour / 24.0
    return (
        math.sin(angle),
        math.cos(angle),
        float(context.weekday >= 5),
        math.log1p(context.turn_count) / 3.0,
        math.log1p((context.basket_cents or 0) / 1_000.0) / 3.0,
        float(context.sentiment == "negative"),
        float(context.sentiment == "positive"),
    )


def _offer_columns(offer: Offer) -> list[float]:
    depth = offer.benefit.depth(max(offer.eligibility.min_basket_cents, TYPICAL_BASKET_CENTS))
    cost = math.log1p(offer.unit_cost_cents / 100.0) / 2.0
    return [
        float(offer.scope.is_whole_basket),
        *(float(kind == offer.benefit.kind) for kind in BENEFIT_KINDS),
        depth,
        cost,
    ]


def _intercepts(offer_id: str) -> tuple[int, int]:
    digest = hashlib.blake2b(offer_id.encode(), digest_size=8).digest()
    return digest[0] % INTERCEPT_BUCKETS, INTERCEPT_BUCKETS + digest[1] % INTERCEPT_BUCKETS


def _project(embedding: Sequence[float]) -> Floats:
    """(PROJECTIONS,) fixed random directions of the customer's state (Achlioptas, 2003: signs are enough)."""
    return _signs(len(embedding)) @ np.array(embedding, dtype=np.float64)


@lru_cache(maxsize=8)
def _signs(length: int) -> Floats:
    stream = hashlib.shake_256(b"promobot embedding projection").digest(PROJECTIONS * length)
    signs = np.frombuffer(stream, dtype=np.uint8).reshape(PROJECTIONS, length) % 2 * 2.0 - 1.0
    return np.asarray(signs / math.sqrt(max(length, 1)))
