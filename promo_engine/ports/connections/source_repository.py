"""The repository of connected sources."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from promo_engine.domain.connections.shop_sources import ConnectedSource


class SourceRepository(Protocol):
    """Shops that write over HTTP."""

    async def get(self, source_id: str) -> ConnectedSource | None:
        """Return one source."""
        ...

    async def of_token(self, token_hash: str) -> ConnectedSource | None:
        """Return the source whose token has this SHA-256."""
        ...

    async def all(self) -> list[ConnectedSource]:
        """List sources by name."""
        ...

    async def save(self, source: ConnectedSource) -> None:
        """Add or replace a source."""
        ...

    async def remove(self, source_id: str) -> bool:
        """Forget a source; what it wrote stays. False if there is none."""
        ...

    async def begin_pull(self, source: ConnectedSource, *, at: datetime) -> bool:
        """Mark that a pull begins; False if another process was first."""
        ...

    async def report(self, source_id: str, *, error: str, at: datetime, cursor: str | None = None) -> None:
        """Record how the last contact went: `error` is empty for a good one. A cursor of None stays as it is."""
        ...
