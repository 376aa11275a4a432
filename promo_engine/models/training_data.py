"""What training and its benchmarks read from the database, as arrays: purchases, and promotions of the past."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from promo_engine.policies.warm_start import CampaignRows, campaign_rows
from promo_engine.storage.history_arrays import PastPromotion, PurchaseRows
from promo_engine.user_model.model import LstmCustomerModel, days_since_epoch
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.redemption import SentPromotion

HISTORY_BEFORE_CAMPAIGN_DAYS = 56
"""Campaigns that began sooner say nothing: the forecasts of their first weeks know hardly any purchases."""


def purchase_history(rows: PurchaseRows) -> PurchaseHistory:
    """All purchases; customers are numbered as in `rows.customer_ids`."""
    return PurchaseHistory.build(
        customer_count=len(rows.customer_ids),
        category_count=rows.category_count,
        basket_customer=rows.basket_customer,
        basket_day=rows.basket_day,
        step_basket=rows.step_basket,
        step_category=rows.step_category,
        step_quantity=rows.step_quantity,
        step_spend=rows.step_spend,
    )


def sent_promotions(rows: PurchaseRows, promotions: Sequence[PastPromotion]) -> list[SentPromotion]:
    """Who was sent what and who redeemed any of it, in order of time; customers without purchases are left out."""
    number = {name: index for index, name in enumerate(rows.customer_ids)}
    sent = []
    for promotion in sorted(promotions, key=lambda promotion: promotion.starts_at):
        names = sorted(name for name in promotion.targeted if name in number)
        redeemed = {name for name, _ in promotion.redeemed}
        if names:
            sent.append(
                SentPromotion(
                    day=days_since_epoch(promotion.starts_at),
                    category_sets=tuple(sorted(set(promotion.coupon_categories.values()), key=sorted)),
                    customers=np.array([number[name] for name in names], dtype=np.int64),
                    redeemed=np.array([name in redeemed for name in names]),
                )
            )
    return sent


def forecast_campaigns(
    model: LstmCustomerModel, rows: PurchaseRows, history: PurchaseHistory, promotions: Sequence[PastPromotion]
) -> list[CampaignRows]:
    """Features and redemptions of each campaign, forecasts as of its first moment."""
    number = {name: index for index, name in enumerate(rows.customer_ids)}
    earliest = float(history.basket_day.min()) + HISTORY_BEFORE_CAMPAIGN_DAYS
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
        forecasts = [model.forecast(state, at=promotion.starts_at) for state in model.states(known)]
        taken: dict[str, set[frozenset[int]]] = {name: set() for name in names}
        for name, coupon in promotion.redeemed:
            if name in taken and coupon in promotion.coupon_categories:
                taken[name].add(promotion.coupon_categories[coupon])
        targeted = [(forecast, frozenset(taken[name])) for name, forecast in zip(names, forecasts, strict=True)]
        category_sets = sorted(set(promotion.coupon_categories.values()), key=sorted)
        campaigns.append(campaign_rows(category_sets, targeted=targeted))
    return campaigns
