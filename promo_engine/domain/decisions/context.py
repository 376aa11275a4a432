"""The context of a decision: what the chat knows at that moment. One class from the request to the stored row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BasketItem:
    """A line of the shopper's basket, as the shop's page reports it."""

    variant_id: str
    """Of the variant, or of the product where the page knows no more."""
    quantity: int
    unit_price_cents: int | None = None


@dataclass(frozen=True)
class ConversationContext:
    """What the bot knows of the conversation when it asks for an offer; None is unknown."""

    trigger: str
    """Why the bot asks now: `after_service`, `asked_for_offers` or `asked_for_discount`."""
    intent: str | None = None
    sentiment: str | None = None
    turn_count: int = 0
    basket_cents: int | None = None
    basket_categories: tuple[str, ...] | None = None
    """What is in the basket, by the shop's own category names."""
    basket: tuple[BasketItem, ...] | None = None
    """What is in the basket, line by line; the catalogue knows the categories."""
    channel: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2, upper case."""
    currency: str | None = None
    """ISO 4217."""
    stock: Mapping[str, int] | None = None
    """Pieces by product_id."""
    local_hour: int = 12
    """Hour of the day at the shop, 0 to 23."""
    weekday: int = 0
    """0 is Monday."""

    def recorded_at(self, local: datetime) -> ConversationContext:
        """Return what the policy is asked with and the decision keeps; `local` is the moment by the shop's clock.

        The contents of the basket and the stock decide on eligibility alone and are not kept; to a policy, an unknown
        basket is an empty one.
        """
        # Not `dataclasses.replace`, which takes twice as long; this runs in every decision.
        changed = {
            "basket_cents": self.basket_cents or 0,
            "basket_categories": None,
            "basket": None,
            "stock": None,
            "local_hour": local.hour,
            "weekday": local.weekday(),
        }
        return ConversationContext(**vars(self) | changed)
