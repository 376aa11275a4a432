"""The policy with which learning begins, made from a user model's forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from promo_engine.models.training_data import forecast_campaigns, forecasts_of
from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy
from promo_engine.policies.initial_policy_file import save_initial_policy
from promo_engine.policies.warm_start import CampaignRows, affinity_policy, ranking_auc, warm_policy
from promo_engine.storage.history_arrays import PastPromotion, PurchaseRows
from promo_engine.user_model.shop_history import ShopHistory
from promo_engine.user_model.shop_model import ShopCustomerModel
from promo_engine.user_model.stepped_model import moment_of_day

HELD_OUT_CAMPAIGNS = 6
"""The latest ones, on which the first policy's ranking is measured; the policy that is kept learns from all."""
AFFINITY_CUSTOMERS = 200
"""So many, the ones who came last, stand for all where there were no campaigns."""


def leave_first_policy(
    model: ShopCustomerModel,
    rows: PurchaseRows,
    history: ShopHistory,
    promotions: Sequence[PastPromotion],
    folder: Path,
) -> dict[str, Any]:
    """Save the policy in `folder`; returns what it was made from.

    Past campaigns teach it if there were any; else what customers are likely to buy; else it knows nothing.
    """
    campaigns = [rows for rows in forecast_campaigns(model, rows, history, promotions) if len(rows.redeemed)]
    said: dict[str, Any] = {"origin": "nothing", "held_out_auc": None, "campaigns": len(campaigns)}
    said["rows"] = sum(len(campaign.redeemed) for campaign in campaigns)
    said["redeemed"] = int(sum(campaign.redeemed.sum() for campaign in campaigns))
    if said["redeemed"]:
        said |= {"origin": "campaigns", "held_out_auc": _held_out_auc(campaigns)}
        policy = warm_policy(campaigns)
    else:
        policy = _by_affinity(model, rows, history)
        said["origin"] = "affinity" if policy.sums.weight else "nothing"
    save_initial_policy(policy, folder)
    return said


def _held_out_auc(campaigns: Sequence[CampaignRows]) -> float | None:
    auc = ranking_auc(warm_policy(campaigns[:-HELD_OUT_CAMPAIGNS]), campaigns[-HELD_OUT_CAMPAIGNS:])
    return auc if np.isfinite(auc) else None


def _by_affinity(model: ShopCustomerModel, rows: PurchaseRows, history: ShopHistory) -> ThompsonSamplingPolicy:
    """Level 0 expects the same of everybody: nothing that a policy could learn liking from."""
    bought = np.unique(rows.basket_customer[-AFFINITY_CUSTOMERS:])
    if model.kind == "catalogue" or not len(bought):
        return affinity_policy([], [])
    at = moment_of_day(float(rows.basket_day.max()))
    forecasts = forecasts_of(model, history.select(customers=bought), at=at, categories=rows.categories)
    offered = [key for key in sorted(rows.categories.parents) if key not in rows.categories.inactive]
    return affinity_policy(forecasts, offered)
