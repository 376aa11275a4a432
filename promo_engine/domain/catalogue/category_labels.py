"""What categories of a tree are called where each needs a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CategoryNode:
    """A category of the shop's tree."""

    category_id: int
    name: str
    """As it is stored: often a path, `Camping > Tents`."""
    names: Mapping[str, str]
    """By locale; may be empty."""
    parent_id: int | None


def category_labels(nodes: Iterable[CategoryNode], *, locale: str = "en") -> dict[int, tuple[CategoryNode, str]]:
    """Each node with its label: its name in the locale, else the last step of its path; where two would be alike, the
    whole stored name, which is unique.

    >>> tents = CategoryNode(1, "Camping > Tents", {"de": "Zelte"}, 0)
    >>> category_labels([tents])[1][1]
    'Tents'
    """
    known = list(nodes)
    short = {node.category_id: node.names.get(locale) or _last_step(node) for node in known}
    times = Counter(short.values()) + Counter(node.name for node in known if short[node.category_id] != node.name)
    return {
        node.category_id: (node, node.name if times[short[node.category_id]] > 1 else short[node.category_id])
        for node in known
    }


def _last_step(node: CategoryNode) -> str:
    """A name without a parent is no path, whatever it holds."""
    return node.name if node.parent_id is None else node.name.rpartition(" > ")[2]
