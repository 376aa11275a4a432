"""Where a shop's history comes from: one implementation a source, in `shops`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ShopSource:
    """A data set of customers, products, orders and past promotions."""

    name: str
    """Of the import, as it is stored and typed."""
    title: str
    """What messages call the data set."""
    editions: Callable[[], tuple[str, ...]]
    """Hashes of what `read` would read: the one of now first, then those of earlier importers that only lack titles.

    Raises NotFound or FileNotFoundError if the data is missing.
    """
    read: Callable[[], Mapping[str, Any]]
    """A pandas frame for each table, with the table's columns; times are naive UTC. Slow: call it in a thread."""
