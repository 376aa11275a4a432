"""Every kind of file that can be imported, by its name."""

from __future__ import annotations

from promo_engine.ports.shop.shop_file_reader import ShopFileReader
from promo_engine.shops.generic.generic_reader import GenericReader
from promo_engine.shops.generic.joined_json import JoinedJsonReader
from promo_engine.shops.merchant_feed.merchant_feed import MerchantFeedReader
from promo_engine.shops.shopify.shopify_customers_csv import ShopifyCustomersReader
from promo_engine.shops.shopify.shopify_orders_csv import ShopifyOrdersReader
from promo_engine.shops.shopify.shopify_products_csv import ShopifyProductsReader
from promo_engine.shops.woocommerce.woocommerce_products_csv import WooCommerceProductsReader

_READERS: tuple[ShopFileReader, ...] = (
    ShopifyProductsReader(),
    ShopifyOrdersReader(),
    ShopifyCustomersReader(),
    WooCommerceProductsReader(),
    MerchantFeedReader(),
    GenericReader(),
    JoinedJsonReader(),
)
FILE_READERS = {reader.kind: reader for reader in _READERS}
"""Readers by kind, in the order in which `--help` names them."""
