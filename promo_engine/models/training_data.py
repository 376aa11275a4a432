"""What training and its benchmarks read from the database, as arrays: purchases, and promotions of the past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from tqdm import tqdm

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.policies.warm_start import CampaignRows, campaign_rows
from promo_engine.storage.history_arrays import PastPromotion, PurchaseRows
from promo_engine.user_model.category_index import CategoryIndex
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.sent_promotion import SentPromotion
from promo_engine.user_model.shop_history import ShopHistory
from promo_engine.user_model.shop_model import ShopCustomerModel
from promo_engine.user_model.stepped_model import days_since_epoch

HISTORY_BEFORE_CAMPAIGN_DAYS = 56
"""Campaigns that began sooner say nothing: the forecasts of their first weeks know hardly any purchases."""


def model_index(tree: CategoryTree, *, level: int | None = None) -> CategoryIndex:
    """What a new model's positions are: the categories down to a level of the tree, by default the one it suggests."""
    return CategoryIndex.of(tree, level=level or tree.model_level())


def shop_history(rows: PurchaseRows, index: CategoryIndex) -> ShopHistory:
    """All purchases as the model of this index reads them; customers are numbered as in `rows.customer_ids`."""
    return ShopHistory.build(
        index=index,
        placed=index.placed(rows.categories)[0],
        customer_count=len(rows.customer_ids),
        basket_customer=rows.basket_customer,
        basket_day=rows.basket_day,
        step_basket=rows.step_basket,
        step_category=rows.step_category,
        step_quantity=rows.step_quantity,
        step_spend=rows.step_spend,
    )


def purchase_history(rows: PurchaseRows) -> PurchaseHistory:
    """The same by the positions of a model that is trained now."""
    return shop_history(rows, model_index(rows.categories)).known


def sent_promotions(
    rows: PurchaseRows, promotions: Sequence[PastPromotion], index: CategoryIndex | None = None
) -> list[SentPromotion]:
    """Who was sent what and who redeemed any of it, in order of time; customers without purchases are left out.

    `index`: of the model that reads them, by default one that is trained now.
    """
    placed, _ = (index or model_index(rows.categories)).placed(rows.categories)
    number = {name: position for position, name in enumerate(rows.customer_ids)}
    sent = []
    for promotion in sorted(promotions, key=lambda promotion: promotion.starts_at):
        names = sorted(name for name in promotion.targeted if name in number)
        redeemed = {name for name, _ in promotion.redeemed}
        sets = {placed.positions_of(categories) for categories in promotion.coupon_categories.values()}
        if names:
            sent.append(
                SentPromotion(
                    day=days_since_epoch(promotion.starts_at),
                    category_sets=tuple(sorted(sets, key=sorted)),
                    customers=np.array([number[name] for name in names], dtype=np.int64),
                    redeemed=np.array([name in redeemed for name in names]),
                )
            )
    return sent


def forecast_campaigns(
    model: ShopCustomerModel, rows: PurchaseRows, history: ShopHistory, promotions: Sequence[PastPromotion]
) -> list[CampaignRows]:
    """Features and redemptions of each campaign, forecasts as of its first moment."""
    if not len(history.known.basket_day):
        return []
    number = {name: position for position, name in enumerate(rows.customer_ids)}
    earliest = float(history.known.basket_day.min()) + HISTORY_BEFORE_CAMPAIGN_DAYS
    usable = [
        promotion
        for promotion in promotions
        if days_since_epoch(promotion.starts_at) >= earliest and promotion.coupon_categories
    ]
    campaigns = []
    for promotion in tqdm(usable, desc="past promotions", unit="campaign"):
        names = sorted(name for name in promotion.targeted if name in number)
        chosen = np.array([number[name] for name in names], dtype=np.int64)
        known = history.select(customers=chosen, before_day=days_since_epoch(promotion.starts_at))
        forecasts = forecasts_of(model, known, at=promotion.starts_at, categories=rows.categories)
        taken: dict[str, set[frozenset[int]]] = {name: set() for name in names}
        for name, coupon in promotion.redeemed:
            if name in taken and coupon in promotion.coupon_categories:
                taken[name].add(promotion.coupon_categories[coupon])
        targeted = [(forecast, frozenset(taken[name])) for name, forecast in zip(names, forecasts, strict=True)]
        category_sets = sorted(set(promotion.coupon_categories.values()), key=sorted)
        campaigns.append(campaign_rows(category_sets, targeted=targeted))
    return campaigns


def forecasts_of(
    model: ShopCustomerModel, history: ShopHistory, *, at: datetime, categories: CategoryTree
) -> list[CustomerForecast]:
    """Of every customer of a history, at a moment that is not before any of its baskets."""
    return [model.forecast(state, at=at, categories=categories) for state in model.states(history)]
