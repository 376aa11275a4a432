"""Versions of the user model as people move them; `models.model_registry_service` implements it.

The process starts anew after a move where something starts it again: all that it holds was computed with the version
before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class UserModelVersion:
    """One trained version; the figures are those of weeks that it has not seen."""

    model_version: str
    parent_version: str | None
    status: str
    """`live` serves, `retired` did, `candidate` never has."""
    created_at: datetime
    live_since: datetime | None
    kind: str
    """`catalogue`, `counts` or `lstm`: level 0, 1 or 2."""
    recall_at_10: float | None
    """None where there was nothing to measure on."""
    ndcg_at_10: float | None
    list_depth: int
    """How long the judged lists were: 10, or less in a shop with fewer than 30 categories."""


@dataclass(frozen=True)
class ServingModel:
    """What became of a move."""

    model_version: str
    before_version: str | None
    customer_states: int
    restarts: bool
    """The process starts anew with it; False: it keeps the version before until somebody starts it again."""


class UserModelService(Protocol):
    """The registry of user models."""

    async def versions(self) -> Sequence[UserModelVersion]:
        """List all, the newest first."""
        ...

    async def promote(self, model_version: str) -> ServingModel:
        """Let a version serve. Raises NotFound `unknown_model` and Conflict `serves_already`."""
        ...

    async def roll_back(self, *, serving_version: str | None) -> ServingModel:
        """Let the version serve that did before. Raises Conflict `nothing_to_roll_back`, `cannot_be_used`.

        `serving_version` is the one that is to go: if another serves, Conflict `serves_no_more`. None takes any.
        """
        ...
