"""The engine's tables. Money is integer cents, times are UTC, identifiers from outside are text.

`migrations/` builds what stands here; a test compares the two.
"""

from __future__ import annotations

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata
from promo_engine.storage.tables.codes_tables import budget_accounts, codes, hosted_codes, pool_codes
from promo_engine.storage.tables.decisions_tables import decision_states, decisions, outcomes
from promo_engine.storage.tables.idempotency_tables import reply_records
from promo_engine.storage.tables.learning_tables import (
    customer_states,
    learned_elsewhere,
    model_categories,
    policy_audit,
    policy_snapshots,
    user_models,
)
from promo_engine.storage.tables.plans_tables import strategy_plans
from promo_engine.storage.tables.promotions_tables import (
    offer_encounters,
    offers,
    promotion_audit,
    promotion_pacing,
    promotion_refusals,
    promotions,
)
from promo_engine.storage.tables.redemptions_tables import redeemed_codes, redemptions
from promo_engine.storage.tables.shop_tables import (
    change_requests,
    customer_aliases,
    external_ids,
    prices,
    privacy_requests,
    refunds,
    shipments,
    shop_sources,
    stock,
    variants,
    webhook_deliveries,
)
from promo_engine.storage.tables.shopping_tables import (
    customer_events,
    customers,
    imports,
    orders,
    past_promotion_coupons,
    past_promotion_redemptions,
    past_promotion_targetings,
    past_promotions,
    product_categories,
    products,
    purchases,
)

__all__ = [
    "UtcDateTime",
    "budget_accounts",
    "change_requests",
    "codes",
    "customer_aliases",
    "customer_events",
    "customer_states",
    "customers",
    "decision_states",
    "decisions",
    "external_ids",
    "hosted_codes",
    "imports",
    "learned_elsewhere",
    "metadata",
    "model_categories",
    "offer_encounters",
    "offers",
    "orders",
    "outcomes",
    "past_promotion_coupons",
    "past_promotion_redemptions",
    "past_promotion_targetings",
    "past_promotions",
    "policy_audit",
    "policy_snapshots",
    "pool_codes",
    "prices",
    "privacy_requests",
    "product_categories",
    "products",
    "promotion_audit",
    "promotion_pacing",
    "promotion_refusals",
    "promotions",
    "purchases",
    "redeemed_codes",
    "redemptions",
    "refunds",
    "reply_records",
    "shipments",
    "shop_sources",
    "stock",
    "strategy_plans",
    "user_models",
    "variants",
    "webhook_deliveries",
]
