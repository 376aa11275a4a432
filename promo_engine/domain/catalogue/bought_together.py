"""What goes with what: products that are bought together more often than chance, learnt beforehand, looked up here.

Sales history makes the lists (`promobot strategy bought-together`); a request costs a few dictionary look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

ANCHORS = 5
"""Products that stand for a word or a category: those that sell best."""
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(ies|oes|es|s|y)$")
_SHORTEST_STEM = 3


@dataclass(frozen=True)
class LearnedProduct:
    """A product as the sales history had it. What it costs today stands in the price list alone."""

    product_id: str
    category_id: int
    category: str
    """The shop's own name of the category."""
    product_type: str
    package_size: str
    brand: str | None
    price_cents: int
    sold: int
    """In how many of the newest orders it was."""


@dataclass(frozen=True)
class AlsoBought:
    """A product that goes with another."""

    product: LearnedProduct
    lift: float | None
    """So many times as often as by chance both are in one basket; None for one that suits the customer instead."""


@dataclass(frozen=True)
class BoughtTogether:
    """The lists as they were learnt."""

    learned_at: datetime
    products: Mapping[str, LearnedProduct]
    """By product_id, those that sell best first."""
    also_bought: Mapping[str, Sequence[tuple[str, float]]]
    """By product_id: (product_id, lift), the best first. All of them are in `products`."""
    suggestions: Mapping[str, Sequence[str]]
    """By customer_id: product_ids that they are likely to buy and have not bought yet, the best first; may be empty."""

    @cached_property
    def _by_category(self) -> Mapping[str, tuple[LearnedProduct, ...]]:
        found: dict[str, list[LearnedProduct]] = {}
        for product in self.products.values():
            found.setdefault(product.category, []).append(product)
        return {category: tuple(some) for category, some in found.items()}

    def meant_by(self, category: str, word: str | None) -> list[str]:
        """Return the best-selling products that a shopper means who names a category, or a word for some of it.

        None of them is called so: those of the whole category. No such category: none.
        """
        some = self._by_category.get(category, ())
        wanted = [] if word is None else _stems(word)
        called = [product for product in some if wanted and _is_called(product.product_type, wanted)]
        return [product.product_id for product in (called or some)[:ANCHORS]]

    def with_products(self, product_ids: Iterable[str], *, among: Container[str], limit: int) -> list[AlsoBought]:
        """Return what of `among` goes with these products: the strongest first, one of each type, none of their own.

        `among` are product_ids, those that can be bought now.
        """
        known = [self.products[product_id] for product_id in dict.fromkeys(product_ids) if product_id in self.products]
        taken = {product.product_type for product in known}
        # Of several anchors the one that sells most speaks loudest: chance is largest where little was sold.
        weight = {product.product_id: product.sold for product in known}
        total = sum(weight.values()) or 1
        merit: dict[str, float] = {}
        best: dict[str, float] = {}
        for product_id, share in weight.items():
            for other, lift in self.also_bought.get(product_id, ()):
                merit[other] = merit.get(other, 0.0) + lift * share / total
                best[other] = max(best.get(other, 0.0), lift)
        found: list[AlsoBought] = []
        for product_id in sorted(merit, key=lambda product_id: (-merit[product_id], product_id)):
            product = self.products[product_id]
            if product_id in among and product.product_type not in taken:
                taken.add(product.product_type)
                found.append(AlsoBought(product, best[product_id]))
        return found[:limit]

    def for_customer(self, customer_id: str, *, among: Container[str], limit: int) -> list[AlsoBought]:
        """Return what of `among` a customer is likely to like and has not bought yet."""
        liked = [product_id for product_id in self.suggestions.get(customer_id, ()) if product_id in among]
        return [AlsoBought(self.products[product_id], None) for product_id in liked[:limit]]


def _stems(text: str) -> list[str]:
    return [_PLURAL.sub("", word) if len(word) > _SHORTEST_STEM else word for word in _WORD.findall(text.lower())]


def _is_called(product_type: str, wanted: Sequence[str]) -> bool:
    """Say whether each wanted stem begins a word of the product's type: "strawberr" is in "STRAWBERRIES"."""
    words = _WORD.findall(product_type.lower())
    return all(any(word.startswith(stem) for word in words) for stem in wanted)
