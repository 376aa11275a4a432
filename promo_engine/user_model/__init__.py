"""The user models: what a customer buys next, kept current one basket at a time. Serving needs numpy only."""

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_files import ModelMissing, load_user_model
from promo_engine.user_model.shop_model import ShopCustomerModel

__all__ = ["LstmCustomerModel", "ModelMissing", "ShopCustomerModel", "load_user_model"]
