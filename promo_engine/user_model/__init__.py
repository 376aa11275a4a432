"""The LSTM user model: what a customer buys next, kept current one basket at a time. Serving needs numpy only."""

from promo_engine.user_model.files import ModelMissing, load_user_model
from promo_engine.user_model.model import LstmCustomerModel

__all__ = ["LstmCustomerModel", "ModelMissing", "load_user_model"]
