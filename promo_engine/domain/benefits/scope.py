"""Which lines of a basket a benefit is about."""

from __future__ import annotations

from dataclasses import dataclass, replace

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.pricing.baskets import BasketLine


@dataclass(frozen=True)
class Scope:
    """The lines that a benefit is about: those of any of these. All empty: the whole basket."""

    category_ids: frozenset[int] = frozenset()
    product_ids: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()

    @property
    def is_whole_basket(self) -> bool:
        """Say whether every line is inside."""
        return not (self.category_ids or self.product_ids or self.brands)

    def reaching(self, tree: CategoryTree) -> Scope:
        """The same with every category that stands below one of its own: an offer on them is about those too."""
        if not self.category_ids:
            return self
        below = {each for each in tree.parents if not self.category_ids.isdisjoint(tree.path(each))}
        return replace(self, category_ids=self.category_ids | below)

    def holds(self, line: BasketLine) -> bool:
        """Say whether a line is inside."""
        if self.is_whole_basket:
            return True
        return line.category_id in self.category_ids or line.product_id in self.product_ids or line.brand in self.brands


WHOLE_BASKET = Scope()
