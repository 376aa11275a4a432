"""The customers' pages as data: segments with their means, and a card of every customer with why it is where it is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from studio.customers.clustering import TRAIT_WORDS, TRAITS
from studio.customers.profiles import Profiles
from studio.data.sales_history import SalesHistory

_FAVOURITES = 5
_NUMBERS = (
    *("r", "f", "m", "recency_days", "gap_days", "baskets_91", "basket_cents", "discount_share_364", "churn"),
    *("expected_visits", "value_cents"),
)


def segment_data(profiles: Profiles, moved: pd.DataFrame) -> dict[str, Any]:
    """Segments, the picture of all customers, life-cycle stages and drift by month."""
    table, segmentation = profiles.table, profiles.segmentation
    names = list(segmentation.names)
    found = table.groupby("segment")
    sizes = found.size()
    segments = [
        {
            "name": name,
            "customers": int(sizes.get(name, 0)),
            "days_away": found["recency_days"].median().get(name),
            "baskets_13_weeks": found["baskets_91"].median().get(name),
            "basket_cents": found["basket_cents"].median().get(name),
            "discount_share": found["discount_share_364"].median().get(name),
            "churn": found["churn"].mean().get(name),
            "value_cents": found["value_cents"].mean().get(name),
            "traits": list(segmentation.centres.loc[name]),
        }
        for name in names
    ]
    stages = table.groupby("stage").agg(
        customers=("churn", "size"), churn=("churn", "mean"), value_cents=("value_cents", "mean")
    )
    return {
        "at": f"{profiles.at:%Y-%m-%d}",
        "customers": len(table),
        "traits": [{"name": name, "more": TRAIT_WORDS[name][0], "less": TRAIT_WORDS[name][1]} for name in TRAITS],
        "segments": segments,
        "places": segmentation.places(table).round(3),
        "groups": [names.index(name) for name in table["segment"]],
        "stages": [{"stage": name, **row} for name, row in stages.to_dict("index").items()],
        "drift": [
            {"month": str(at)[:10], "shares": shares, "moved": share}
            for at, shares, share in zip(
                moved.index, moved[names].to_numpy().tolist(), moved["moved"].tolist(), strict=True
            )
        ],
    }


def card_data(profiles: Profiles, history: SalesHistory) -> dict[str, Any]:
    """Every customer's card: numbers by `columns`, favourites as places in `categories`, traits and reasons.

    `next` is the segment that comes second, `reasons` how much each trait speaks for the own one against it.
    """
    table, segmentation = profiles.table, profiles.segmentation
    second, reasons = segmentation.reasons(table)
    scaled = segmentation.scaled(table)
    names = list(segmentation.names)
    lines = history.lines[history.lines["bought_at"] < profiles.at].dropna(subset="category")
    counts = lines.groupby(["customer_id", "category"], observed=True).size().rename("lines").reset_index()
    top = counts.sort_values(["lines", "category"], ascending=[False, True]).groupby("customer_id").head(_FAVOURITES)
    categories = sorted(top["category"].astype("str").unique())
    index = {name: at for at, name in enumerate(categories)}
    favourites: dict[str, list[int]] = {}
    for customer, category in zip(top["customer_id"].astype("str"), top["category"].astype("str"), strict=True):
        favourites.setdefault(customer, []).append(index[category])
    cards = [
        {
            "id": customer,
            "segment": names.index(segment),
            "stage": stage,
            "numbers": numbers,
            "favourites": favourites.get(customer, []),
            "traits": traits,
            "next": names.index(following),
            "reasons": reasons,
        }
        for customer, segment, stage, numbers, traits, following, reasons in zip(
            table.index.astype("str"),
            table["segment"],
            table["stage"],
            table[list(_NUMBERS)].to_numpy().tolist(),
            scaled.round(2).to_numpy().tolist(),
            second,
            reasons.round(2).to_numpy().tolist(),
            strict=True,
        )
    ]
    return {"columns": _NUMBERS, "segments": names, "categories": categories, "cards": cards}
