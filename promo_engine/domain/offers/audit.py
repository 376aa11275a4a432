"""The record of changes to promotions and offers, and whom limits count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class AuditEntry:
    """Who changed what: `changes` maps each changed field to [before, after]."""

    promotion_id: str
    offer_id: str | None
    actor: str
    action: str
    at: datetime
    changes: Mapping[str, Any]
    audit_id: int = 0
    """Given by the storage; grows."""


def subject_of(*, customer_id: str | None, conversation_id: str) -> str:
    """Name whose contacts these are: the customer's, or for an anonymous customer the conversation's."""
    return f"conversation:{conversation_id}" if customer_id is None else f"customer:{customer_id}"


def subjects_of(*, customer_id: str | None, conversation_id: str) -> list[str]:
    """Name everybody who speaks here: what an anonymous customer said still holds after they signed in."""
    here = subject_of(customer_id=None, conversation_id=conversation_id)
    return [here] if customer_id is None else [subject_of(customer_id=customer_id, conversation_id=""), here]
