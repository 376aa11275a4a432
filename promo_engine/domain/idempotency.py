"""Replies that are kept for requests sent twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

KEPT_FOR = timedelta(hours=24)
"""How long a key is remembered; after that the same key is a new request."""


@dataclass(frozen=True)
class KeptReply:
    """What an earlier request with the same key was, and what it was answered."""

    request_hash: str
    reply: str
