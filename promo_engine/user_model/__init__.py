"""The LSTM user model: what a customer buys next, kept current one basket at a time. Serving needs numpy only."""

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_files import ModelMissing, load_user_model

__all__ = ["LstmCustomerModel", "ModelMissing", "load_user_model"]
