"""Which position of a model's vectors is which category, and whose position a category of the shop has.

One rule for all that are not the model's own, be they newer than the model or below the level that it reads: the
nearest ancestor that is its own, else none, which stands for the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.catalogue.category_tree import CategoryTree

Ints = NDArray[np.int64]
NO_POSITION = -1


@dataclass(frozen=True, eq=False)
class PlacedCategories:
    """The categories of one tree, by category_id."""

    position: Ints
    """(category ids,) NO_POSITION: the model knows neither the category nor any ancestor of it."""
    stand_ins: Mapping[int, int | None]
    """Those that are not the model's own, each with the own category that it is expected like."""

    @property
    def same(self) -> bool:
        """Every category_id is its own position."""
        return not self.stand_ins and bool((self.position == np.arange(len(self.position))).all())

    def position_of(self, category_id: int) -> int:
        """NO_POSITION for one that the tree does not know either."""
        return int(self.position[category_id]) if 0 <= category_id < len(self.position) else NO_POSITION

    def positions_of(self, category_ids: Iterable[int]) -> frozenset[int]:
        """Of those that have one."""
        return frozenset(map(self.position_of, category_ids)) - {NO_POSITION}


@dataclass(frozen=True, eq=False)
class CategoryIndex:
    """A model's own categories."""

    category_ids: tuple[int, ...]
    """By position, ascending."""
    newest: int
    """The highest category_id that the shop had at the training, -1 for none."""
    _placed: list[tuple[CategoryTree | None, PlacedCategories, bool]] = field(default_factory=list, repr=False)
    """The newest tree that was asked about."""

    @classmethod
    def of(cls, tree: CategoryTree, *, level: int) -> CategoryIndex:
        """The categories of a tree down to a level."""
        return cls(tree.down_to(level), tree.size - 1)

    @property
    def plain(self) -> bool:
        """The own categories are 0, 1, 2 … without gaps."""
        return self.category_ids == tuple(range(len(self.category_ids)))

    def placed(self, tree: CategoryTree | None) -> tuple[PlacedCategories, bool]:
        """The categories of a tree, and whether every one of them is its own position; None: the own ones alone."""
        for known, placed, same in self._placed:
            if known is tree:
                return placed, same
        placed = self._place(tree or CategoryTree(dict.fromkeys(self.category_ids)))
        self._placed[:] = [*self._placed[-1:], (tree, placed, placed.same)]
        return placed, placed.same

    def _place(self, tree: CategoryTree) -> PlacedCategories:
        own = {category_id: position for position, category_id in enumerate(self.category_ids)}
        position = np.full(max(tree.size, self._size), NO_POSITION, dtype=np.int64)
        stand_ins: dict[int, int | None] = {}
        for category_id in range(len(position)):
            nearest = category_id if category_id in own else tree.nearest(category_id, own)
            if nearest is not None:
                position[category_id] = own[nearest]
            if nearest != category_id:
                stand_ins[category_id] = nearest
        return PlacedCategories(position, stand_ins)

    @property
    def _size(self) -> int:
        return max(self.category_ids, default=-1) + 1
