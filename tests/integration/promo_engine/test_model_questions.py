"""What the commands of `promobot model` ask, and private training, on a small simulated shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import NotFound
from promo_engine.models.model_questions import likely_redeemers, reasons
from promo_engine.models.training import train
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.storage.user_model_registry import registered
from promo_engine.user_model.model_settings import PrivacySettings, TrainingError
from promo_engine.user_model.stepped_model import moment_of_day
from tests.integration.promo_engine.test_training import LONG_ENOUGH, QUICK, fill
from tests.support.simulated import CUSTOMERS, DAYS, FIRST_DAY
from tests.support.small_shop import AUTUMN, NOW, offer

THEN = moment_of_day(FIRST_DAY + DAYS + 1)


async def test_an_audience_and_reasons_come_from_the_serving_model(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    async with SqlStorage(database).write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[offer("favourite-15")], at=NOW)
    await train(database, tmp_path, training=LONG_ENOUGH)

    audience = await likely_redeemers(database, tmp_path, "favourite-15", now=THEN)
    assert sorted(name for name, _ in audience) == sorted(f"c{number}" for number in range(CUSTOMERS))
    probabilities = [probability for _, probability in audience]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0.0 < probabilities[-1] <= probabilities[0] < 1.0

    likeliest, parts = await reasons(database, tmp_path, customer_id="c7", category=None, now=THEN)
    assert len(parts.purchases) > 0
    named, same = await reasons(database, tmp_path, customer_id="c7", category=likeliest.lower(), now=THEN)
    assert named == likeliest
    assert same.probability == pytest.approx(parts.probability)

    with pytest.raises(NotFound, match="no offer tea"):
        await likely_redeemers(database, tmp_path, "tea", now=THEN)
    with pytest.raises(NotFound, match="no category 'CAVIAR'"):
        await reasons(database, tmp_path, customer_id="c7", category="CAVIAR", now=THEN)
    for stranger in ("nobody", "newcomer"):
        with pytest.raises(NotFound, match="with purchases"):
            await reasons(database, tmp_path, customer_id=stranger, category=None, now=THEN)


async def test_a_private_training_has_its_epsilon_on_record(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    privacy = PrivacySettings(epsilon=5.0, steps=4, customers_per_step=10)
    summary = await train(database, tmp_path, training=QUICK, privacy=privacy)
    [entered] = [model for model in await registered(database) if model.metrics["kind"] == "lstm"]
    assert entered.metrics["privacy"]["epsilon"] == pytest.approx(5.0, rel=0.05)
    assert entered.metrics["privacy"]["epsilon"] <= 5.01
    assert entered.trained_on["privacy"]["steps"] == 4
    assert "differential privacy of a customer: epsilon" in str(summary)
    with pytest.raises(TrainingError, match="cannot go on"):
        await train(database, tmp_path, training=QUICK, privacy=privacy, go_on=True)
