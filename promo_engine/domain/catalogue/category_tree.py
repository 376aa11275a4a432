"""The shop's product categories as a tree: who stands above whom, and who stands in for a category nobody knows yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

MOST_NODES = 300
"""A user model reads at most so many categories, if a level of the tree has no more."""


@dataclass(frozen=True, eq=False)
class CategoryTree:
    """Every category of the shop, deactivated ones too. An id is never used again, so that newer ones are higher."""

    parents: Mapping[int, int | None]
    """By category_id; None for the top."""
    inactive: frozenset[int] = frozenset()

    @classmethod
    def flat(cls, count: int) -> CategoryTree:
        """Categories 0, 1, 2 … that all stand at the top."""
        return cls(dict.fromkeys(range(count)))

    @cached_property
    def size(self) -> int:
        """One more than the highest category_id."""
        return max(self.parents, default=-1) + 1

    def path(self, category_id: int) -> Iterator[int]:
        """The category, its parent and so on. A parent that is missing, or that comes round again, ends the way."""
        seen: set[int] = set()
        here: int | None = category_id
        while here is not None and here in self.parents and here not in seen:
            seen.add(here)
            yield here
            here = self.parents[here]

    def above(self, category_id: int | None) -> frozenset[int]:
        """The categories above one of them; none above a product without a category."""
        return frozenset() if category_id is None else frozenset(self.path(category_id)) - {category_id}

    def with_above(self, category_ids: frozenset[int]) -> frozenset[int]:
        """The categories and all that stand above them: who buys from one buys from those too."""
        paths = self._paths
        return (
            category_ids.union(*(paths[known] for known in category_ids if known in paths)) if paths else category_ids
        )

    @cached_property
    def _paths(self) -> dict[int, frozenset[int]]:
        """The ways up of the categories that do not stand at the top."""
        return {known: frozenset(self.path(known)) for known, parent in self.parents.items() if parent is not None}

    def below(self, category_id: int) -> frozenset[int]:
        """The category and every one under it."""
        return frozenset(known for known in self.parents if category_id in self.path(known))

    def nearest(self, category_id: int, known: Collection[int]) -> int | None:
        """The nearest of the known categories on the way up, the category itself first; None if there is none."""
        return next((step for step in self.path(category_id) if step in known), None)

    @cached_property
    def _depths(self) -> dict[int, int]:
        return {category_id: sum(1 for _ in self.path(category_id)) for category_id in self.parents}

    def down_to(self, level: int) -> tuple[int, ...]:
        """The categories of this level, 1 being the top, and of those above it, ascending."""
        return tuple(sorted(category_id for category_id, depth in self._depths.items() if depth <= level))

    def model_level(self) -> int:
        """The deepest level down to which there are at most MOST_NODES categories; 1 if the top alone has more."""
        counts, level, nodes = Counter(self._depths.values()), 1, 0
        for depth in sorted(counts):
            nodes += counts[depth]
            if nodes > MOST_NODES:
                break
            level = depth
        return level

    def added_after(self, newest: int) -> int:
        """How many active categories are newer than the category `newest`."""
        return sum(1 for category_id in self.parents if category_id > newest and category_id not in self.inactive)
