"""RFM, life-cycle stage, drift between months, and the card of one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from studio.customers.clustering import Segmentation, segment
from studio.customers.lifetime import CHURN_WEEKS, lifetimes, visit_table
from studio.data.feature_store import customer_features
from studio.data.sales_history import SalesHistory
from studio.errors import UnknownThing
from studio.progress import Track, quiet

STAGES = ("new", "growing", "loyal", "fading", "lost")
_NEW_DAYS, _LOST_CHURN, _FADING_CHURN = 60, 0.5, 0.1


@dataclass(frozen=True, eq=False)
class Profiles:
    """All customers at a moment."""

    at: pd.Timestamp
    table: pd.DataFrame
    """By customer: the features, r, f, m (1 to 5), stage, segment, churn, expected_visits, visit_cents, value_cents
    (visits and value in the coming 52 weeks)."""
    segmentation: Segmentation

    def card(self, history: SalesHistory, customer_id: str) -> dict[str, object]:
        """What is known of one customer, in words that are shown. Raises UnknownThing."""
        if customer_id not in self.table.index:
            raise UnknownThing("customer", customer_id)
        money = history.profile.money
        row: dict[Any, Any] = self.table.loc[[customer_id]].iloc[0].to_dict()
        own = history.lines[(history.lines["customer_id"] == customer_id) & (history.lines["bought_at"] < self.at)]
        favourites = own["category"].astype("str").value_counts().head(5)
        answers = history.demographics[history.demographics["customer_id"] == customer_id]
        answered: dict[Any, Any] = {} if answers.empty else answers.iloc[0].drop("customer_id").dropna().to_dict()
        return {
            "customer": customer_id,
            "segment": row["segment"],
            "stage": row["stage"],
            "recency, frequency, money (5 is best)": f"{row['r']:.0f} {row['f']:.0f} {row['m']:.0f}",
            "days since the last visit": round(row["recency_days"]),
            "usual days between visits": round(float(row["gap_days"]), 1),
            "baskets in 13 weeks": int(row["baskets_91"]),
            money.column("a basket"): round(float(money.main(row["basket_cents"])), 2),
            "saved by discounts": f"{row['discount_share_364']:.0%}",
            f"risk of no visit in {CHURN_WEEKS} weeks": f"{row['churn']:.1%}",
            "expected visits in a year": round(float(row["expected_visits"]), 1),
            money.column("expected value in a year"): round(float(money.main(row["value_cents"])), 2),
            "favourites": ", ".join(str(name) for name in favourites.index),
            **{f"told: {name.replace('_', ' ')}": value for name, value in answered.items()},
        }


def profile(history: SalesHistory, at: pd.Timestamp, *, track: Track = quiet) -> Profiles:
    """Profile everybody who bought before `at`. Raises TooLittleHistory for fewer than 100 customers."""
    features = customer_features(history.lines, at)
    segmentation = segment(features, track=track)
    table = features.join(rfm(features)).join(lifetimes(visit_table(history.lines, at)))
    table["stage"] = stages(table)
    table["segment"] = segmentation.assign(features)
    return Profiles(at, table, segmentation)


def rfm(features: pd.DataFrame) -> pd.DataFrame:
    """r, f and m by customer: fifths of recency, baskets and sales in the last 364 days, 5 is best; ties share."""
    return pd.DataFrame(
        {
            "r": _fifths(-features["recency_days"]),
            "f": _fifths(features["baskets_364"]),
            "m": _fifths(features["sales_cents_364"]),
        }
    )


def _fifths(values: pd.Series) -> pd.Series:
    share: pd.Series = values.rank(method="average", pct=True).mul(5).transform(np.ceil).clip(1, 5).astype("int64")
    return share


def stages(table: pd.DataFrame) -> pd.Series:
    """lost or fading by churn; new by tenure; growing if the last four weeks outdo the quarter."""
    recent, usual = table["baskets_28"] / 28, table["baskets_91"] / 91
    found = np.select(
        [
            table["churn"] > _LOST_CHURN,
            table["churn"] > _FADING_CHURN,
            table["tenure_days"] < _NEW_DAYS,
            recent > 1.3 * usual,
        ],
        ["lost", "fading", "new", "growing"],
        default="loyal",
    )
    return pd.Series(found, index=table.index, dtype="str")


def drift(history: SalesHistory, segmentation: Segmentation, months: list[pd.Timestamp]) -> pd.DataFrame:
    """How the segments fill, by month: each segment's share, and `moved`, the share of customers that changed it.

    The grouping is one and the same, so a change is the customers' and not the method's.
    """
    rows: list[pd.Series] = []
    before: pd.Series | None = None
    for at in months:
        now = segmentation.assign(customer_features(history.lines, at))
        shares = now.value_counts(normalize=True).reindex(list(segmentation.names)).fillna(0.0)
        moved = float("nan")
        if before is not None:
            both = now.to_frame("now").join(before.rename("before"), how="inner")
            moved = float((both["now"] != both["before"]).mean())
        rows.append(pd.concat([shares, pd.Series({"moved": moved})]).rename(at))
        before = now
    return pd.DataFrame(rows)
