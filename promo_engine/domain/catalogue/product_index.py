"""Finds products by a shopper's words: those that have the rarest of the words in title, brand, type or category.

The weight of a word is its inverse document frequency (Spärck Jones 1972): "Ridge" says more than "tent".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from math import log

from promo_engine.domain.catalogue.listed_products import ListedProduct

_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(ies|oes|es|s|y)$")
_SHORTEST_STEM = 3
# What questions are made of, in the languages that shops here have had so far. An apostrophe leaves single letters.
_SAYS_NOTHING = frozenset(
    re.findall(
        r"\w+",
        """
        a am an and any are available be buy can carry cost costs could d do does find for get got have here how i in is
        it kind kinds left like ll looking m me much my need now of on or out please price range re s see sell selling
        shop show sold some sort sorts still stock t that the there these this those to today ve want was what whats
        which will with would you your
        bei das der die ein eine einen es euch führt gibt habt hat ich ihr ist kosten kostet noch sie sind und verkauft
        von was wie viel
        """,
    )
)
_LEAST_KNOWN = 0.5
"""Share of the words that the catalogue has to know: fewer speak of something else."""
_AS_GOOD = 0.99


class ProductIndex:
    """The words of products, in the order in which they are listed."""

    def __init__(self, listed: Sequence[ListedProduct]) -> None:
        self._listed = listed
        self._having: dict[str, list[int]] = defaultdict(list)
        for index, product in enumerate(listed):
            text = f"{product.title} {product.brand or ''} {product.product_type} {product.category}"
            for stem in set(_stems(text)):
                self._having[stem].append(index)

    def find(self, text: str, *, categories: Collection[str] = (), limit: int) -> list[ListedProduct]:
        """Return the products that fit the words best, what is there first; of `categories` alone if any of them fit.

        Words that no product has only count against: where most are unknown, nothing is found, or the categories'
        products if there are any.
        """
        wanted = list(dict.fromkeys(_stems(text)))
        known = [stem for stem in wanted if stem in self._having]
        merit: dict[int, float] = defaultdict(float)
        for stem in known:
            for index in self._having[stem]:
                merit[index] += log(1 + len(self._listed) / len(self._having[stem]))
        of_category = {index for index, product in enumerate(self._listed) if product.category in categories}
        among = {index: merit[index] for index in of_category & merit.keys()} or dict(merit)
        if not known or len(known) < _LEAST_KNOWN * len(wanted):
            among = dict.fromkeys(of_category, 1.0)
        best = max(among.values(), default=0.0) * _AS_GOOD
        found = [self._listed[index] for index in sorted(among) if among[index] >= best]
        return sorted(found, key=lambda product: not product.in_stock)[:limit]


def _stems(text: str) -> list[str]:
    words = (word for word in _WORD.findall(text.lower()) if word not in _SAYS_NOTHING)
    return [_PLURAL.sub("", word) if len(word) > _SHORTEST_STEM else word for word in words]
