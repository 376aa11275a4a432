"""Codes that are made at a hosted shop too, and the queue in which they wait for it.

A code is reserved here first, then made at the shop, then handed out. It is wanted until the shop has made it; created
while it can be used there; withdrawing once it has ended here and the shop has still to take it back. It failed where
the shop would not make it, or could not be asked for too long: then what it held here is released, and nobody ever
had the code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from promo_engine.domain.backoff import MOST_ATTEMPTS, pause_after

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Due, whatever the time is."""

NEWS_LEASE = timedelta(minutes=1)
"""After this the shopper is told again, unless the code was asked for meanwhile."""


class HostedCodeState(StrEnum):
    """Where a code stands at the shop."""

    WANTED = "wanted"
    CREATED = "created"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


SETTLED = frozenset({HostedCodeState.CREATED, HostedCodeState.FAILED})
"""Who waits for a code can be told what became of it."""


@dataclass(frozen=True)
class HostedCode:
    """One code at the shop."""

    code: str
    source_id: str
    state: HostedCodeState = HostedCodeState.WANTED
    brought: bool = False
    """Whether the shop made it itself and gave it to us in a pool: nothing is made or taken back then."""
    shop_reference: str = ""
    """The shop's own name for it."""
    created_at: datetime | None = None
    """When the shop was first known to have it; None: nobody was given it."""
    attempts: int = 0
    next_try_at: datetime | None = None
    last_error: str = ""
    news_due_at: datetime | None = None
    """From when on the shopper, who was told to wait, is to be told how it ended; None: nobody waits."""

    @property
    def shop_key(self) -> str:
        """The code as orders of the shop are searched for it: WooCommerce writes codes in lower case."""
        return shop_key(self.code)

    def begin_attempt(self, at: datetime) -> HostedCode:
        """Count an attempt; the next one comes by itself if this one's end is never recorded."""
        attempts = self.attempts + 1
        return replace(self, attempts=attempts, next_try_at=at + pause_after(attempts))

    def failed_attempt(self, why: str) -> HostedCode:
        """Record that the shop gave no answer. After ten attempts to make a code nothing more is tried.

        A code that is to be taken back is tried until it has: somebody may hold it.
        """
        if self.state is HostedCodeState.WANTED and self.attempts >= MOST_ATTEMPTS:
            # One that the shop made after all is known to nobody, and ends there by its own date.
            return self.refused(why)
        return replace(self, last_error=why[:500])

    def refused(self, why: str) -> HostedCode:
        """Record that nobody gets it."""
        return replace(self, state=HostedCodeState.FAILED, last_error=why[:500], next_try_at=None)

    def created(self, reference: str, at: datetime) -> HostedCode:
        """Record that the shop has it. One that has ended here meanwhile is taken back."""
        known = replace(self, shop_reference=reference[:128])
        if self.state not in (HostedCodeState.WANTED, HostedCodeState.CREATED):
            return replace(known, state=HostedCodeState.WITHDRAWING, attempts=0, next_try_at=AT_ONCE)
        return replace(
            known,
            state=HostedCodeState.CREATED,
            created_at=self.created_at or at,
            attempts=0,
            next_try_at=None,
            last_error="",
        )

    def ended(self) -> HostedCode:
        """Record that it has ended here: the shop is to take it back, where it may have it."""
        if self.brought or self.state not in (HostedCodeState.WANTED, HostedCodeState.CREATED):
            return self
        return replace(self, state=HostedCodeState.WITHDRAWING, attempts=0, next_try_at=AT_ONCE)

    def awaited(self, at: datetime) -> HostedCode:
        """Record that a shopper was told to wait for it."""
        return replace(self, news_due_at=at)

    def announced(self, at: datetime) -> HostedCode:
        """Record that the shopper is being told; they are told again if nothing comes of it."""
        return replace(self, news_due_at=at + NEWS_LEASE)

    def known_to_customer(self) -> HostedCode:
        """Record that the shopper knows."""
        return replace(self, news_due_at=None)

    def withdrawn(self) -> HostedCode:
        """Record that the shop has taken it back."""
        return replace(self, state=HostedCodeState.WITHDRAWN, next_try_at=None, last_error="")


def shop_key(code: str) -> str:
    """A code as it is compared with what orders of a shop say."""
    return code.strip().lower()
