"""From how many orders on is the LSTM worth it? The lead of the model that serves over the counts, by size of a shop.

    python -m benchmarks model-levels                              Trail & Tarn with 0, 50, 900 and 8,000 orders
    python -m benchmarks model-levels --uci ../shared/shops/uci_online_retail.csv.gz

Trail & Tarn is simulated. UCI Online Retail has no categories of its own: here the first three characters of a stock
code stand for one, and its 300 largest groups are told apart. The lead is NDCG on the last weeks, which no model has
seen, with its standard error over customers; nothing is stored.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.models.lstm_candidate import fit_candidate, measure
from promo_engine.models.model_levels import Serves, choose, reason
from promo_engine.models.training_data import model_index, shop_history
from promo_engine.models.training_material import Material
from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings
from promo_engine.shops.trail_and_tarn.style_words import LEAVES
from promo_engine.shops.trail_and_tarn.styles import categories, category_id
from promo_engine.storage.history_arrays import HistorySize, PurchaseRows
from promo_engine.user_model.horizons import horizons_of
from promo_engine.user_model.model_settings import TrainingSettings
from promo_engine.user_model.stepped_model import moment_of_day

SIZES = (0, 50, 900, 8_000)
_ORDERS_A_CUSTOMER = 5.0
"""Of Trail & Tarn in three years; customers are drawn so that there are orders enough."""
_GROUPS = 300


@dataclass(frozen=True)
class ShopRows:
    """A shop's orders as a table: order, customer, day, category, quantity, spend."""

    name: str
    lines: pd.DataFrame
    tree: CategoryTree


def main() -> None:
    """Print one line a shop."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks model-levels", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="orders of Trail & Tarn")
    parser.add_argument("--uci", type=Path, help="UCI Online Retail as CSV; measured too")
    parser.add_argument("--uci-orders", type=int, help="only so many of its first orders")
    parser.add_argument("--epochs", type=int, default=TrainingSettings().epochs)
    arguments = parser.parse_args()
    table = Table("shop", "orders", "days", "categories", "lead of the LSTM over the counts", "serves", "s")
    reasons = []
    for shop in _shops(arguments):
        began = perf_counter()
        row, why = _measured(shop, TrainingSettings(epochs=arguments.epochs))
        table.add_row(*row, f"{perf_counter() - began:.0f}")
        reasons.append(f"{shop.name}: {why}")
    console = Console()
    console.print(table)
    for line in reasons:
        console.print(line, soft_wrap=True)


def _shops(arguments: argparse.Namespace) -> Iterator[ShopRows]:
    for size in arguments.sizes:
        yield trail_and_tarn(size)
    if arguments.uci is not None:
        yield online_retail(arguments.uci, orders=arguments.uci_orders)


def _measured(shop: ShopRows, training: TrainingSettings) -> tuple[list[str], str]:
    material = _material(shop, training)
    candidate = fit_candidate(material, privacy=None, start_from=None)
    leads, _, candidate = measure(material, candidate, None)
    serves, count = choose(leads), material.category_count
    why = reason(serves, leads, material.size, category_count=count, failure=candidate.failure)
    level = "LSTM" if serves is Serves.NEW_LSTM else "counts" if material.size.orders else "catalogue"
    lead = "—" if leads.lstm is None else str(leads.lstm)
    return [shop.name, f"{material.size.orders:,}", f"{material.size.days:.0f}", str(count), lead, level], why


def _material(shop: ShopRows, training: TrainingSettings) -> Material:
    rows = _rows(shop)
    index = model_index(shop.tree)
    history = shop_history(rows, index)
    horizons = horizons_of(history.known)
    days = float(np.ptp(rows.basket_day)) if len(rows.basket_day) else 0.0
    return Material(
        size=HistorySize(len(rows.basket_day), days),
        rows=rows,
        index=index,
        history=history,
        promotions=[],
        products=[1] * len(index.category_ids),
        horizons_days=horizons,
        training=training.looking_ahead(horizons[0]),
    )


def _rows(shop: ShopRows) -> PurchaseRows:
    lines = shop.lines
    orders = lines.drop_duplicates("order").sort_values(["day", "order"], kind="stable")
    number = {order: position for position, order in enumerate(orders["order"])}
    customers = sorted(orders["customer"].unique())
    customer = {name: position for position, name in enumerate(customers)}
    known = lines[lines["category"] >= 0]
    steps = known.groupby(["order", "category"], sort=False)[["quantity", "spend"]].sum().reset_index()
    return PurchaseRows(
        customer_ids=list(map(str, customers)),
        categories=shop.tree,
        basket_customer=orders["customer"].map(customer).to_numpy(np.int64),
        basket_day=orders["day"].to_numpy(np.float64),
        basket_at=[moment_of_day(day) for day in orders["day"]],
        step_basket=steps["order"].map(number).to_numpy(np.int64),
        step_category=steps["category"].to_numpy(np.int64),
        step_quantity=steps["quantity"].to_numpy(np.float64),
        step_spend=steps["spend"].to_numpy(np.float64),
    )


def trail_and_tarn(orders: int) -> ShopRows:
    """The first so many orders of a simulated shop of the right size."""
    simulation = Simulation(SimulationSettings(customers=max(int(orders / _ORDERS_A_CUSTOMER * 1.3), 20)))
    found = list(categories())
    ids = {category.category_id: number for number, category in enumerate(found)}
    parents = {
        ids[category.category_id]: None if category.parent_id is None else ids[category.parent_id] for category in found
    }
    of_variant = {
        style.variant_id(size, colour): ids[category_id(LEAVES[style.leaf])]
        for style in simulation.styles
        for size in style.sizes
        for colour in style.colours
    }
    lines = [
        (order.order_id, order.customer_id or order.order_id, order.placed_at, line)
        for position, order in enumerate(simulation.orders())
        if position < orders
        for line in order.lines
    ]
    table = pd.DataFrame(
        {
            "order": [order for order, _, _, _ in lines],
            "customer": [customer for _, customer, _, _ in lines],
            "day": [at.timestamp() / 86_400.0 for _, _, at, _ in lines],
            "category": [of_variant.get(line.variant_id or line.sku, -1) for _, _, _, line in lines],
            "quantity": [float(line.quantity) for _, _, _, line in lines],
            "spend": [line.line_cents / 100.0 for _, _, _, line in lines],
        }
    )
    return ShopRows(f"Trail & Tarn, {orders:,}", table, CategoryTree(parents))


def online_retail(path: Path, *, orders: int | None = None) -> ShopRows:
    """Invoices with a customer; the three first characters of a stock code are a category."""
    raw = pd.read_csv(path, dtype=str).rename(columns=lambda name: name.replace(" ", "").lower())
    raw = raw[raw["customerid"].notna() & ~raw["invoiceno"].str.startswith("C")]
    group = raw["stockcode"].str[:3]
    largest = {name: number for number, (name, _) in enumerate(Counter(group).most_common(_GROUPS))}
    table = pd.DataFrame(
        {
            "order": raw["invoiceno"],
            "customer": raw["customerid"],
            "day": pd.to_datetime(raw["invoicedate"]).astype("datetime64[s]").astype(np.int64) / 86_400.0,
            "category": group.map(largest).fillna(-1).astype(int),
            "quantity": raw["quantity"].astype(float),
            "spend": raw["quantity"].astype(float) * raw["unitprice"].astype(float),
        }
    ).sort_values("day", kind="stable")
    if orders is not None:
        table = table[table["order"].isin(table["order"].drop_duplicates().head(orders))]
    table["day"] = table.groupby("order")["day"].transform("min")
    return ShopRows("UCI Online Retail", table, CategoryTree.flat(len(largest)))


if __name__ == "__main__":
    main()
