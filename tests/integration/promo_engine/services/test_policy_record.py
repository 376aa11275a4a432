"""The record of what was done to versions of the policy: the database itself keeps it as it is."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.bootstrap import Services
from tests.support.fakes import AveragingPolicy


async def test_the_record_of_changes_cannot_be_changed(services: Services, database: AsyncEngine) -> None:
    await services.policies.propose(AveragingPolicy(), actor="eve")
    for statement in ("UPDATE policy_audit SET actor = 'nobody'", "DELETE FROM policy_audit"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.begin() as connection:
                await connection.execute(text(statement))
