"""Questions that the commands of `promobot model` put to the serving user model: who redeems an offer, and why it
expects what it expects. Both read whole histories, which takes seconds; nothing here is on a decision's way.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import NotFound
from promo_engine.models.training_data import purchase_history, sent_promotions
from promo_engine.storage.history_arrays import read_past_promotions, read_purchases
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.user_model.attributions import Attributions, attribute
from promo_engine.user_model.model import days_since_epoch, moment_of_day
from promo_engine.user_model.model_files import load_user_model
from promo_engine.user_model.redemption import RedemptionModel, SentPromotion, redemption_rows


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
    history = purchase_history(rows)
    promotions = sent_promotions(rows, await read_past_promotions(engine))
    of_products = {product.category_id for product in products.values() if product.category_id is not None}
    categories = managed.offer.scope.category_ids | of_products
    day = max(days_since_epoch(now), float(history.basket_day.max()))
    everyone = np.flatnonzero(np.diff(history.customer_start) > 0)
    promotion = SentPromotion(
        day=day,
        category_sets=(categories or frozenset(range(history.category_count)),),
        customers=everyone,
        redeemed=np.zeros(len(everyone), bool),
    )
    table = redemption_rows(model, history, [*promotions, promotion])
    new = table.promotion == len(promotions)
    probability = RedemptionModel.fit(table.of(~new)).probability(table.values[new])
    order = np.argsort(-probability, kind="stable")
    return [(rows.customer_ids[everyone[position]], float(probability[position])) for position in order]


async def reasons(
    engine: AsyncEngine, model_dir: Path, *, customer_id: str, category: str | None, now: datetime
) -> tuple[str, Attributions]:
    """The name of the category, by default the likeliest one, and what its expectation is made of.

    Raises NotFound for an unknown category and for a customer without purchases, ModelMissing without a user model.
    """
    model, rows = load_user_model(model_dir), await read_purchases(engine)
    async with SqlStorage(engine).read() as unit:
        names = await unit.catalogue.category_names()
    history = purchase_history(rows)
    position = {name: number for number, name in enumerate(rows.customer_ids)}.get(customer_id)
    if position is None or not (history.basket_customer == position).any():
        raise NotFound("unknown_customer", f"There is no customer {customer_id} with purchases.")
    own = history.select(customers=np.array([position]))
    at = max(now, moment_of_day(float(own.basket_day.max())))
    [state] = model.states(own)
    likeliest = int(np.argmax(model.forecast(state, at=at).ranking))
    wanted = [likeliest] if category is None else [key for key, name in enumerate(names) if _same(name, category)]
    if not wanted:
        raise NotFound("unknown_category", f"There is no category {category!r}; one is {names[likeliest]!r}.")
    return names[wanted[0]], attribute(model, own, category=wanted[0], day=days_since_epoch(at))


def _same(name: str, category: str) -> bool:
    return name.casefold() == category.casefold()
