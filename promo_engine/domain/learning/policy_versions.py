"""Versions of the policy: where they come from, and which one serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class PolicyStatus(StrEnum):
    """Where a version stands."""

    CANDIDATE = "candidate"
    """Stored, and judged in the shadow of the live one from the decisions that are made after it. It never decides."""
    LIVE = "live"
    """Decides, and its next version will be live. One of each user model is."""
    RETIRED = "retired"
    """Was live."""


class PolicyOrigin(StrEnum):
    """Where a version came from."""

    TRAINED = "trained"
    """It is the first policy, without rewards; learning begins anew with it."""
    LEARNED = "learned"
    """It is its parent and the rewards of one more round."""
    PROPOSED = "proposed"
    """It was made elsewhere and holds the rewards that its parent holds."""


@dataclass(frozen=True)
class PolicyVersion:
    """What is known of a version beside the policy itself."""

    version: int
    model_version: str
    """Of the user model from whose forecasts it decides."""
    reward_count: int
    created_at: datetime
    status: PolicyStatus
    origin: PolicyOrigin
    parent_version: int | None
    """Whose rewards it holds, beside those it learned itself; None for a trained one."""
    branch: int
    """The version with which its branch began: a branch is a row of versions of which each learned from the one
    before."""
    created_by: str


@dataclass(frozen=True)
class Snapshot(PolicyVersion):
    """One version of the policy, as bytes."""

    snapshot: bytes


@dataclass(frozen=True)
class LineageSegment:
    """The versions of a branch up to one of them."""

    branch: int
    until_version: int


Lineage = Sequence[LineageSegment]
"""A version and all before it whose rewards it holds: its own branch, the one that this branched off, and so on."""


@dataclass(frozen=True)
class PolicyChange:
    """Who did what to a version, or tried to."""

    action: str
    """proposed, promoted, refused or rolled_back."""
    version: int
    before_version: int | None
    """What was in force."""
    model_version: str
    actor: str
    at: datetime
    numbers: Mapping[str, Any]
    """What it was decided on."""
    change_id: int = 0
    """Given by the storage; grows."""
