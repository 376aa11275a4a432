"""What a training reads, and what a shop may settle of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.models.model_levels import tries_lstm
from promo_engine.models.training_data import model_index, shop_history
from promo_engine.storage.history_arrays import (
    HistorySize,
    PastPromotion,
    PurchaseRows,
    products_on_sale,
    read_past_promotions,
    read_purchases,
)
from promo_engine.user_model.category_index import CategoryIndex
from promo_engine.user_model.counts.counts_fit import fit_counts
from promo_engine.user_model.counts.counts_model import CountsCustomerModel
from promo_engine.user_model.horizons import horizons_of
from promo_engine.user_model.model_settings import TrainingSettings
from promo_engine.user_model.shop_history import ShopHistory


@dataclass(frozen=True)
class ModelChoices:
    """What a shop may settle itself; None leaves it to its purchases and to its tree of categories."""

    horizons_days: tuple[float, ...] | None = None
    """How far the user model looks ahead, ascending."""
    category_level: int | None = None
    """The level of the tree down to which categories are told apart, 1 being the top."""


@dataclass(frozen=True, eq=False)
class Material:
    """The shop as its models are to learn it."""

    size: HistorySize
    rows: PurchaseRows
    index: CategoryIndex
    history: ShopHistory
    promotions: Sequence[PastPromotion]
    products: Sequence[int]
    """On sale, by position."""
    horizons_days: tuple[float, ...]
    training: TrainingSettings

    @property
    def category_count(self) -> int:
        """Positions of the models."""
        return len(self.index.category_ids)

    @property
    def tries_lstm(self) -> bool:
        """Whether there is enough for an LSTM."""
        return tries_lstm(self.size, category_count=self.category_count)

    def counts(self, *, before_day: float | None = None) -> CountsCustomerModel:
        """Level 1 of everything, or of what came before a day; level 0 of a shop without orders."""
        known = self.history.known if before_day is None else self.history.known.select(before_day=before_day)
        return fit_counts(known, products=self.products, horizons_days=self.horizons_days)

    @property
    def unseen_from(self) -> float:
        """The day on which the weeks begin that no model may learn from before it is judged on them."""
        return float(self.history.known.basket_day.max()) - self.training.validation_days


async def read_material(
    engine: AsyncEngine, size: HistorySize, training: TrainingSettings, choices: ModelChoices
) -> Material:
    """Read the database; some seconds for a year of a supermarket."""
    rows = await read_purchases(engine)
    index = model_index(rows.categories, level=choices.category_level)
    history = shop_history(rows, index)
    horizons = choices.horizons_days or horizons_of(history.known)
    placed, _ = index.placed(rows.categories)
    products = [0] * len(index.category_ids)
    for category_id, count in (await products_on_sale(engine)).items():
        position = placed.position_of(category_id)
        if position >= 0:
            products[position] += count
    return Material(
        size=size,
        rows=rows,
        index=index,
        history=history,
        promotions=await read_past_promotions(engine),
        products=products,
        horizons_days=horizons,
        training=training.looking_ahead(horizons[0]),
    )
