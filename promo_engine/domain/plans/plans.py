"""Plans of campaigns and the states they go through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class PlanState(StrEnum):
    """Where a plan stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    STOPPED = "stopped"


@dataclass(frozen=True)
class StoredPlan:
    """One plan."""

    plan_id: str
    state: PlanState
    body: Mapping[str, Any]
    """goal, expected, promotions, offers, audiences (segment: customer_ids), holdout, stop_rules, reasons."""
    created_at: datetime
    created_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    """Who approved or stopped it last."""
