"""When the widget may speak first: the conditions of a proactive trigger, which the page checks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from common.bodies import Body

DAY_S = 24 * 3600
Seconds = Annotated[int, Field(ge=1, le=DAY_S)]


class TriggerRule(Body):
    """Conditions that have to hold together on the page; at least one."""

    url: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The page's path and query; * stands for anything, so /basket* is every page below it."""
    seconds_on_page: Seconds | None = None
    scroll_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    basket_from_cents: Annotated[int, Field(ge=1, le=10**9)] | None = None
    basket_left_s: Seconds | None = None
    """Seconds without any touch of the page while something is in the basket."""
    exit_intent: bool = False
    """The pointer leaves the page at its top."""
    custom_event: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = None
    """The page calls promobot.event(name)."""
    per_day: Annotated[int, Field(ge=1, le=20)] = 1
    """How often this trigger may fire for one shopper in 24 hours."""

    @field_validator("url")
    @classmethod
    def _is_a_path(cls, url: str | None) -> str | None:
        if url is not None and "*" not in url and not url.startswith("/"):
            raise ValueError("begins with / or holds a *")
        return url

    @model_validator(mode="after")
    def _has_a_condition(self) -> TriggerRule:
        if not self.model_dump(exclude_defaults=True, exclude={"per_day"}):
            raise ValueError("a rule needs at least one condition")
        return self
