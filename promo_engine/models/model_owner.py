"""Whose model is in the folder? One of another shop would answer in the numbers of that shop's categories."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.storage.user_model_registry import categories_of
from promo_engine.user_model.shop_model import ShopCustomerModel


class ForeignModel(Exception):  # noqa: N818  the pair of ModelMissing
    """The model was not trained on this database; the message is one line that says what to run."""


async def require_own_model(engine: AsyncEngine, model: ShopCustomerModel, model_dir: Path) -> None:
    """Compare version and categories with the registry of this database, which is the shop's own. Raises ForeignModel.

    `model_dir` is where the model was found, for the message.
    """
    own = model.index.category_ids
    registered = await categories_of(engine, model.version)
    # Models of before have no rows of their own; their version is enough.
    differs = registered is None or (registered != own and bool(registered))
    async with SqlStorage(engine).read() as unit:
        missing = set(own) - (await unit.catalogue.category_tree()).parents.keys()
    if differs or missing:
        raise ForeignModel(
            f"the user model at {model_dir} was trained for another shop or database; run `promobot train`"
        )
