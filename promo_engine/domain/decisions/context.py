"""The context of a decision: what the chat knows at that moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConversationContext:
    """What the bot knows of the conversation when it asks for an offer."""

    trigger: str
    """Why the bot asks now: `after_service`, `asked_for_offers` or `asked_for_discount`."""
    intent: str | None = None
    sentiment: str | None = None
    turn_count: int = 0
    basket_cents: int = 0
    local_hour: int = 12
    """Hour of the day at the shop, 0 to 23."""
    weekday: int = 0
    """0 is Monday."""
