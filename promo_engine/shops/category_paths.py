"""Categories that a file writes as paths, such as `Clothing > Shirts`, as nodes of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory

SEPARATOR = " > "


class CategoryPaths:
    """Gives every path its nodes, each once. A node's id is its path."""

    def __init__(self, locale: str = "en") -> None:
        self._locale = locale
        self._seen: set[str] = set()

    @staticmethod
    def id_of(path: str, *, separator: str = ">") -> str:
        """The id of a path's last node; empty for an empty path."""
        return SEPARATOR.join(name for part in path.split(separator) if (name := part.strip()))

    def new_nodes(self, category_id: str) -> Iterator[ShopCategory]:
        """Nodes of a path that were not given before, parents first."""
        names = category_id.split(SEPARATOR) if category_id else []
        for depth in range(1, len(names) + 1):
            node_id = SEPARATOR.join(names[:depth])
            if node_id not in self._seen:
                self._seen.add(node_id)
                parent_id = SEPARATOR.join(names[: depth - 1]) or None
                yield ShopCategory(node_id, {self._locale: names[depth - 1]}, parent_id)
