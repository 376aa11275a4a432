"""Cold start: the test's next baskets again, but of each household only its last few baskets are known.

Simulated newcomers: real purchases with the earlier ones taken away. The popularity beside them counts all households'
purchases, as in the other tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.user_model.our_model import ranked
from benchmarks.user_model.rivals import counts, popularity
from benchmarks.user_model.tasks import Cases, ranking_quality, without_baskets
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.purchase_history import Floats
from promo_engine.user_model.stepped_model import moment_of_day

BASKETS_KNOWN = (0, 1, 2, 4, 8)
Row = tuple[int, dict[str, tuple[float, float]]]


def cold_starts(model: LstmCustomerModel, cases: Cases) -> Iterator[Row]:
    """How many baskets are known, and Recall@10 and NDCG@10 of each ranking."""
    popular = popularity(cases.known)
    for known in BASKETS_KNOWN:
        short = only_latest(cases, baskets=known)
        own = counts(short.known)[short.customer]
        rankings: dict[str, Floats] = {
            "ours": _ours(model, short),
            "popularity": np.broadcast_to(popular, short.bought.shape),
            "personal_frequency": own + 1e-3 * popular,
        }
        yield known, {name: _means(said, short) for name, said in rankings.items()}


def _means(said: Floats, cases: Cases) -> tuple[float, float]:
    recall, ndcg = ranking_quality(said, cases.bought, depth=10).mean(axis=0)
    return float(recall), float(ndcg)


def only_latest(cases: Cases, *, baskets: int) -> Cases:
    """Of the households that are asked about, only so many of their latest baskets before the case are known."""
    history = cases.known.select(customers=cases.customer)
    left = np.repeat(np.diff(history.customer_start), np.diff(history.customer_start))
    forgotten = np.flatnonzero(history.basket_number <= left - baskets)
    return replace(cases, known=without_baskets(history, forgotten), customer=np.arange(len(cases.customer)))


def _ours(model: LstmCustomerModel, cases: Cases) -> Floats:
    if len(cases.known.basket_day):
        return ranked(model, cases).astype(np.float64)
    stranger = model.initial_state()
    forecasts = [model.forecast(stranger, at=moment_of_day(float(day))) for day in cases.day]
    return np.array([forecast.ranking for forecast in forecasts])
