"""Decisions keep their numbers while they are packed, written as JSON again, and packed once more."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.storage import migrate
from promo_engine.storage.database import open_database
from promo_engine.storage.sql_unit_of_work import SqlStorage

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PROPENSITIES = {"b": 0.1 + 0.2, "a": 0.5, NO_OFFER: 1 - (0.1 + 0.2) - 0.5}
EXPECTED = {"b": 1 / 3, "a": 0.125}
FEATURES = [1.0, -0.5, 0.0, 0.25]


async def test_up_down_and_up_again_keeps_every_number(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0006")
    async with engine.begin() as connection:
        at = NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None).isoformat(" ")
        row = {"p": json.dumps(PROPENSITIES), "e": json.dumps(EXPECTED), "f": json.dumps(FEATURES), "at": at}
        columns = (
            "decision_id, conversation_id, request_id, decided_at, decision_context, ineligible_offers, propensities, "
            "expected_rewards, features, propensity, no_offer_reason, explanation, holdout, policy_version, "
            "model_version, seed"
        )
        for number in range(1, 2003):  # more than two batches
            await connection.execute(
                text(
                    f"INSERT INTO decisions ({columns}) VALUES ('d-{number}', 'c-{number}', 'm', :at, '{{}}', '{{}}', "
                    ":p, :e, :f, 0.2, 'policy_chose_silence', '', 0, 1, 'm', 1)"
                ),
                row,
            )
    for _ in range(2):
        await migrate.upgrade(engine, "head")
        async with SqlStorage(engine).read() as unit:
            for decision_id in ("d-1", "d-1000", "d-2002"):
                decision = await unit.decisions.get(decision_id)
                assert decision is not None
                assert decision.propensities == PROPENSITIES
                assert decision.expected_rewards == EXPECTED
                assert decision.features == tuple(FEATURES)
        await migrate.downgrade(engine, "0006")
        async with engine.connect() as connection:
            query = "SELECT DISTINCT CAST(propensities AS TEXT), CAST(expected_rewards AS TEXT), "
            query += "CAST(features AS TEXT) FROM decisions"
            rows = (await connection.execute(text(query))).all()
        assert [tuple(map(_read, row)) for row in rows] == [(PROPENSITIES, EXPECTED, FEATURES)]
    await engine.dispose()


def _read(stored: str) -> Any:
    return json.loads(stored)
