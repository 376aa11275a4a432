"""Requests about privacy: what is stored of a customer is exported, or forgotten, in engine and gateway.

The engine does its part at once, in one transaction, and keeps the request until the gateway has done its own. Then the
identifiers are deleted from the request too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

EXPORTS_KEPT = timedelta(days=30)
"""An export holds what it exports; after this it is deleted."""


class PrivacyKind(StrEnum):
    """What is asked for."""

    EXPORT = "export"
    REDACT = "redact"
    REDACT_SOURCE = "redact_source"
    """Everything of a source."""
    MERGE = "merge"
    """Two customers turned out to be one person. Done at once; recorded, since data moved."""


class PrivacyState(StrEnum):
    """How far a request is."""

    GATEWAY = "gateway"
    """The engine has done its part, the gateway has not."""
    DONE = "done"


@dataclass(frozen=True)
class PrivacyRequest:
    """One request."""

    request_id: str
    kind: PrivacyKind
    requested_by: str
    """Such as `source:shop`, `shopper`, `cli:ada`."""
    customer_ids: tuple[str, ...]
    """All identifiers of the person; empty once the request is done."""
    requested_at: datetime
    state: PrivacyState = PrivacyState.GATEWAY
    done_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows that were deleted or changed, by table."""
    export: Mapping[str, object] | None = None
    """The engine's part, then the whole; None for other kinds, and once it is deleted."""
