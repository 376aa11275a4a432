"""The repository of the shops that are connected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class ConnectedShop:
    """A source with what its connection needs. Secrets are not in it, but the names of where they are."""

    source_id: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    connected: bool = True
    """False once the shop took its permission back."""


class ConnectedShopRepository(Protocol):
    """Sources of the shop's data."""

    async def get(self, source_id: str) -> ConnectedShop | None:
        """Return one source."""
        ...

    async def all(self) -> list[ConnectedShop]:
        """List every source, by source_id."""
        ...

    async def add_demo(self, source_id: str) -> None:
        """Say that a source is a demo data set, which is its own shop; a source that is there stays as it is."""
        ...
