"""The context of a decision as JSON: the column `decision_context`, and the same object in the HTTP reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from promo_engine.domain.decisions.context import ConversationContext

NOT_KEPT = frozenset({"basket", "basket_categories", "stock"})
"""Fields that eligibility alone reads, while the decision is made."""
_LEFT_OUT_IF_UNKNOWN = frozenset({"channel", "country", "currency"})
_KEPT = tuple(field.name for field in fields(ConversationContext) if field.name not in NOT_KEPT)
_ALWAYS = tuple(name for name in _KEPT if name not in _LEFT_OUT_IF_UNKNOWN)


def context_to_json(context: ConversationContext) -> dict[str, str | int | None]:
    """Return what `context_from_json` reads."""
    values = vars(context)
    stored = {name: values[name] for name in _ALWAYS}
    for name in _LEFT_OUT_IF_UNKNOWN:
        if values[name] is not None:
            stored[name] = values[name]
    return stored


def context_from_json(stored: Mapping[str, Any]) -> ConversationContext:
    """Read a stored context. Missing fields get their defaults, unknown ones are ignored."""
    values: dict[str, Any] = {name: stored[name] for name in _KEPT if name in stored}
    return ConversationContext(**{"trigger": ""} | values)
