"""What is wrong with the sales data, and the same data without it: each check has one finding, each change one entry.

Nothing is thrown away silently: lines that say nothing are dropped, values that cannot be are mended, what is merely
odd is marked and stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from studio.data.sales_history import SalesHistory

_MEASURED_ABOVE = 100
"""A product whose median quantity is more than this is measured (by weight or volume), not counted."""
_OUTLIER_DEVIATIONS = 6.0
_OUTLIER_LEAST_LINES = 20
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Finding:
    """One check of a table."""

    table: str
    check: str
    kind: str
    """missing, duplicate, impossible, outlier or reference."""
    rows: int
    of: int
    """Rows of the table."""
    done: str
    """What cleaning does about it."""


@dataclass(frozen=True)
class Change:
    """What cleaning did to the lines."""

    rule: str
    rows: int
    column: str
    """The column that changed; "" for dropped lines."""
    reason: str


@dataclass(frozen=True, eq=False)
class CleanLines:
    """The lines after cleaning, with `pieces` (whole things bought), `shelf_cents`, `paid_cents` and `odd_price`."""

    lines: pd.DataFrame
    log: tuple[Change, ...]


def find_faults(history: SalesHistory) -> list[Finding]:
    """Check every table but the placements; checks that find nothing are told too."""
    lines, products = history.lines, history.products
    campaigns = history.campaigns.set_index("campaign_id")
    redeemed = history.redemptions.join(campaigns, on="campaign_id")
    sent = history.redemptions.merge(history.targetings, how="left", indicator=True)
    outside = (redeemed["day"] < redeemed["starts_on"]) | (redeemed["day"] > redeemed["ends_on"])
    people = history.demographics.drop(columns="customer_id")
    days = (lines["day"].max() - lines["day"].min()).days + 1

    def of_lines(check: str, kind: str, found: pd.Series, done: str) -> Finding:
        return Finding("lines", check, kind, int(found.sum()), len(lines), done)

    findings = [
        of_lines("product without a category", "missing", lines["category"].isna(), "left out where categories count"),
        of_lines("line twice in every column", "duplicate", lines.duplicated(), "one of them dropped"),
        of_lines(
            "product twice in a basket", "duplicate", lines.duplicated(["basket_id", "product_id"]), "none: two prices"
        ),
        of_lines("negative amount or quantity", "impossible", _negative(lines), "dropped"),
        of_lines("nothing sold and nothing paid", "impossible", _empty(lines), "dropped"),
        of_lines("quantity 0, but paid", "impossible", _unpaid_quantity(lines), "quantity becomes 1"),
        of_lines(
            "coupon worth more than the sale", "impossible", _coupon_excess(lines), "coupon counts up to the sale"
        ),
        of_lines("quantity is a measure", "outlier", _measured(lines), "counts as one piece"),
        of_lines("price far from the product's usual one", "outlier", odd_prices(lines), "marked odd_price"),
        Finding("days", "no sale at all", "missing", int(days - lines["day"].nunique()), int(days), "none: closed"),
        Finding("products", "id twice", "duplicate", int(products["product_id"].duplicated().sum()), len(products), ""),
        Finding(
            "products", "no category", "missing", int(products["category"].isna().sum()), len(products), "no forecast"
        ),
        Finding(
            "products",
            "no package size",
            "missing",
            int((products["package_size"] == "").sum()),
            len(products),
            "no price per unit",
        ),
        Finding(
            "redemptions",
            "customer was not sent the campaign",
            "reference",
            int((sent["_merge"] == "left_only").sum()),
            len(redeemed),
            "kept, told apart",
        ),
        Finding("redemptions", "outside the campaign's days", "impossible", int(outside.sum()), len(redeemed), "kept"),
    ]
    findings += [
        Finding("demographics", f"{name} unknown", "missing", int(people[name].isna().sum()), len(people), "kept")
        for name in people.columns
    ]
    return findings


def clean_lines(lines: pd.DataFrame) -> CleanLines:
    """Drop, mend and mark, in this order; the given frame stays as it is. Cleaning twice changes nothing more."""
    log: list[Change] = []
    kept = lines.copy()

    def drop(rule: str, found: Callable[[pd.DataFrame], pd.Series], reason: str) -> None:
        nonlocal kept
        rows = found(kept)
        log.append(Change(rule, int(rows.sum()), "", reason))
        kept = kept[~rows]

    def mend(rule: str, rows: pd.Series, column: str, value: int | pd.Series, reason: str) -> None:
        log.append(Change(rule, int(rows.sum()), column, reason))
        kept[column] = kept[column].mask(rows, value)

    drop("duplicates", lambda frame: frame.duplicated(), "the same line was delivered twice")
    drop("negative values", _negative, "returns are not told apart from mistakes in this data")
    drop("empty lines", _empty, "no quantity, no sale, no discount")
    kept = kept.reset_index(drop=True)
    mend("quantity 0, but paid", _unpaid_quantity(kept), "quantity", 1, "something was sold")
    mend(
        "coupon above the sale",
        _coupon_excess(kept),
        "coupon_cents",
        kept["sales_cents"],
        "nobody is paid for shopping",
    )
    kept["pieces"] = kept["quantity"]
    mend("measured quantity", _measured(kept), "pieces", 1, "what is measured has no pieces")
    kept["shelf_cents"] = kept["sales_cents"] + kept["discount_cents"]
    kept["paid_cents"] = kept["sales_cents"] - kept["coupon_cents"]
    kept["odd_price"] = odd_prices(kept)
    log.append(Change("odd price", int(kept["odd_price"].sum()), "odd_price", "marked, not changed"))
    return CleanLines(kept, tuple(log))


def odd_prices(lines: pd.DataFrame) -> pd.Series:
    """Lines whose shelf price per piece lies six deviations from the product's median, in logarithms.

    The deviation is the median absolute one, at least 10 %; products with fewer than 20 lines have no usual price.
    """
    full_price = lines["sales_cents"] + lines["discount_cents"]
    price = (full_price / lines["quantity"].clip(lower=1)).clip(lower=0.5).transform(np.log)
    by_product = price.groupby(lines["product_id"])
    away = (price - by_product.transform("median")).abs()
    spread = (away.groupby(lines["product_id"]).transform("median") * _MAD_TO_DEVIATION).clip(lower=0.1)
    enough = by_product.transform("size") >= _OUTLIER_LEAST_LINES
    odd: pd.Series = enough & (full_price > 0) & (away > _OUTLIER_DEVIATIONS * spread)
    return odd


def _negative(lines: pd.DataFrame) -> pd.Series:
    return (lines[["quantity", "sales_cents", "discount_cents", "coupon_cents"]] < 0).any(axis=1)


def _empty(lines: pd.DataFrame) -> pd.Series:
    return (lines[["quantity", "sales_cents", "discount_cents", "coupon_cents"]] == 0).all(axis=1)


def _unpaid_quantity(lines: pd.DataFrame) -> pd.Series:
    return (lines["quantity"] == 0) & (lines["sales_cents"] + lines["discount_cents"] + lines["coupon_cents"] > 0)


def _coupon_excess(lines: pd.DataFrame) -> pd.Series:
    return lines["coupon_cents"] > lines["sales_cents"].clip(lower=0)


def _measured(lines: pd.DataFrame) -> pd.Series:
    usual = lines.groupby("product_id")["quantity"].median()
    return lines["product_id"].isin(usual.index[usual > _MEASURED_ABOVE])
