"""Limits of promotions and offers: as people write them, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from promo_engine.domain.money import MAX_BUDGET_CENTS
from promo_engine.domain.offers.limits import MAX_DAYS, Limits, PerPeriod

_PERIODS = ("uses_per_customer", "exposures_per_customer")


class WrittenPeriod(BaseModel):
    """At most `count` within the last `days` days."""

    model_config = ConfigDict(extra="forbid", strict=True)

    count: int = Field(ge=1, le=1_000_000)
    days: int = Field(ge=1, le=MAX_DAYS)


class WrittenLimits(BaseModel):
    """Limits; null is no limit."""

    model_config = ConfigDict(extra="forbid", strict=True)

    budget_cents: int | None = Field(default=None, ge=0, le=MAX_BUDGET_CENTS)
    max_uses: int | None = Field(default=None, ge=0, le=1_000_000_000)
    uses_per_customer: WrittenPeriod | None = None
    exposures_per_customer: WrittenPeriod | None = None
    decline_cooldown_days: int | None = Field(default=None, ge=1, le=MAX_DAYS)

    def limits(self) -> Limits:
        """Return the domain's limits."""
        return limits_from_json(self.model_dump())


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """Return the limits that are set."""
    return {name: value for name, value in asdict(limits).items() if value is not None}


def limits_from_json(stored: Mapping[str, Any]) -> Limits:
    """Read what `limits_to_json` wrote. Raises InvalidRequest `invalid_limit`."""
    periods = {name: PerPeriod(**stored[name]) for name in _PERIODS if stored.get(name) is not None}
    return Limits(**dict(stored) | periods)
