"""Questions that the commands of `promobot model` put to the serving user model: who redeems an offer, and why it
expects what it expects. Both read whole histories, which takes seconds; nothing here is on a decision's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import NotFound
from promo_engine.models.training_data import forecasts_of, sent_promotions, shop_history
from promo_engine.storage.history_arrays import read_past_promotions, read_purchases
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.user_model.attributions import Attributions, attribute
from promo_engine.user_model.category_index import NO_POSITION
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_files import ModelMissing, load_user_model
from promo_engine.user_model.redemption import RedemptionModel, redemption_rows
from promo_engine.user_model.sent_promotion import SentPromotion
from promo_engine.user_model.stepped_model import days_since_epoch, moment_of_day


async def likely_redeemers(
    engine: AsyncEngine, model_dir: Path, offer_id: str, *, now: datetime
) -> list[tuple[str, float]]:
    """(customer_id, probability to redeem it if it were sent now) of everybody who ever bought, the likeliest first.

    The redemption model is fitted anew on all past promotions, which takes a second or two. Raises NotFound for an
    unknown offer, ModelMissing without a user model, ValueError if nobody ever redeemed or refused anything.
    """
    async with SqlStorage(engine).read() as unit:
        managed = await unit.promotions.offer(offer_id)
        if managed is None:
            raise NotFound("unknown_offer", f"There is no offer {offer_id}; `promobot promotions list` shows what is.")
        products = await unit.catalogue.products(managed.offer.scope.product_ids)
    model, rows = load_user_model(model_dir), await read_purchases(engine)
    history = shop_history(rows, model.index).known
    promotions = sent_promotions(rows, await read_past_promotions(engine), model.index)
    of_products = {product.category_id for product in products.values() if product.category_id is not None}
    placed, _ = model.index.placed(rows.categories)
    categories = placed.positions_of(managed.offer.scope.category_ids | of_products)
    day = max(days_since_epoch(now), float(history.basket_day.max()))
    everyone = np.flatnonzero(np.diff(history.customer_start) > 0)
    promotion = SentPromotion(
        day=day,
        category_sets=(categories or frozenset(range(history.category_count)),),
        customers=everyone,
        redeemed=np.zeros(len(everyone), bool),
    )
    table = redemption_rows(model.model, history, [*promotions, promotion])
    new = table.promotion == len(promotions)
    probability = RedemptionModel.fit(table.of(~new)).probability(table.values[new])
    order = np.argsort(-probability, kind="stable")
    return [(rows.customer_ids[everyone[position]], float(probability[position])) for position in order]


async def reasons(
    engine: AsyncEngine, model_dir: Path, *, customer_id: str, category: str | None, now: datetime
) -> tuple[str, Attributions]:
    """The name of the category, by default the likeliest one, and what its expectation is made of.

    Raises NotFound for an unknown category and for a customer without purchases, ModelMissing without an LSTM: counts
    explain themselves.
    """
    model, rows = load_user_model(model_dir), await read_purchases(engine)
    if not isinstance(model.model, LstmCustomerModel):
        raise ModelMissing("the user model that serves counts purchases and has nothing to take apart; an LSTM has")
    async with SqlStorage(engine).read() as unit:
        names = await unit.catalogue.category_names()
    history = shop_history(rows, model.index)
    position = {name: number for number, name in enumerate(rows.customer_ids)}.get(customer_id)
    if position is None or not (history.known.basket_customer == position).any():
        raise NotFound("unknown_customer", f"There is no customer {customer_id} with purchases.")
    own = history.select(customers=np.array([position]))
    at = max(now, moment_of_day(float(own.known.basket_day.max())))
    [expected] = forecasts_of(model, own, at=at, categories=rows.categories)
    wanted = int(np.argmax(expected.ranking)) if category is None else _named(names, category)
    if wanted is None:
        example = names[int(np.argmax(expected.ranking))]
        raise NotFound("unknown_category", f"There is no category {category!r}; one is {example!r}.")
    placed, _ = model.index.placed(rows.categories)
    inside = placed.position_of(wanted)
    if inside == NO_POSITION:
        raise NotFound("unknown_category", f"{names[wanted]!r} is newer than the user model; run `promobot train`.")
    return names[wanted], attribute(model.model, own.known, category=inside, day=days_since_epoch(at))


def _named(names: Sequence[str], category: str) -> int | None:
    """The category_id of a name, however it is written."""
    return next((key for key, name in enumerate(names) if name.casefold() == category.casefold()), None)
