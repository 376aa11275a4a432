"""Every shop system that can be connected, by its kind."""

from __future__ import annotations

from promo_engine.ports.connections.shop_adapter import ShopAdapter
from promo_engine.shops.generic.generic_adapter import GenericAdapter
from promo_engine.shops.medusa.medusa_adapter import MedusaAdapter
from promo_engine.shops.shopify.shopify_adapter import ShopifyAdapter
from promo_engine.shops.woocommerce.woocommerce_adapter import WooCommerceAdapter

_ADAPTERS: tuple[ShopAdapter, ...] = (ShopifyAdapter(), WooCommerceAdapter(), MedusaAdapter(), GenericAdapter())
ADAPTERS = {adapter.kind: adapter for adapter in _ADAPTERS}
