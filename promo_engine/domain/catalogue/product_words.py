"""What shoppers call the goods, learned from the titles of products and the names of categories.

A shop's titles say how its goods are called: in `Kestrel Wansfell down jacket` the last words name the thing, the first
ones the brand and the model. A word, or up to three in a row, is taken for a name if it ends the titles of several
products, or is the whole title of one. If they lie in several categories the name stands for the one that holds them
all: `jackets` for men's and women's jackets.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LEAST_PRODUCTS = 2
"""Products whose titles end in a name; a single one may be called anything, unless the name is all of its title."""
LONGEST_NAME = 3
STRAY_SHARE = 0.1
"""Categories that hold less of a name's products than this are taken for slips."""
_PART = re.compile(r"\s*(?:[,;|/()\[\]]|\s[-\u2013\u2014:]\s|\bwith\b|\bfor\b|\bin\b)\s*", re.IGNORECASE)
"""Where a title's part ends: what follows is a colour, a size or what it comes with."""
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True)
class NamedCategory:
    """A category by its id, with what shoppers call it."""

    category_id: str
    label: str
    parent_id: str | None = None


@dataclass(frozen=True)
class TitledProduct:
    """A product's title with what is no name of it."""

    title: str
    category_id: str | None
    not_names: tuple[str, ...] = ()
    """Its brand, its sizes and colours."""


@dataclass(frozen=True)
class ProductWords:
    """Labels of categories and names of products, by category_id."""

    labels: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]


def product_words(categories: Sequence[NamedCategory], products: Sequence[TitledProduct]) -> ProductWords:
    """Learn the names. Every category has a label; one that several share is told apart by their parents' labels."""
    tree = _Tree(categories)
    plain = {category.category_id: " ".join(category.label.split()).lower() for category in categories}
    shared = {label for label, count in Counter(plain.values()).items() if count > 1}
    labels = {
        category.category_id: f"{plain[category.parent_id]} {plain[category.category_id]}"
        if plain[category.category_id] in shared and category.parent_id in plain
        else plain[category.category_id]
        for category in categories
    }
    holders = _endings(products)
    for label in shared:
        holders[label] = Counter(category_id for category_id, own in plain.items() if own == label)
    known = set(plain.values()) - shared
    names: dict[str, list[str]] = defaultdict(list)
    for name, counts in holders.items():
        if known & {name, *_plurals(name)}:
            continue
        total = sum(counts.values())
        category_id = tree.common([held for held, count in counts.items() if count >= STRAY_SHARE * total])
        if category_id is not None:
            names[category_id].append(name)
    return ProductWords(labels, {category_id: tuple(sorted(found)) for category_id, found in sorted(names.items())})


class _Tree:
    def __init__(self, categories: Sequence[NamedCategory]) -> None:
        self._parent = {category.category_id: category.parent_id for category in categories}

    def common(self, category_ids: Sequence[str]) -> str | None:
        """The lowest category that holds all; None if only the whole shop does."""
        paths = [list(self._path(category_id)) for category_id in category_ids]
        shared = None
        for nodes in zip(*paths, strict=False):
            if len(set(nodes)) > 1:
                break
            shared = nodes[0]
        return shared

    def _path(self, category_id: str) -> Iterator[str]:
        """From the root down; a circle of parents ends where it closes."""
        path: list[str] = []
        here: str | None = category_id
        while here is not None and here in self._parent and here not in path:
            path.append(here)
            here = self._parent[here]
        return reversed(path)


def _endings(products: Sequence[TitledProduct]) -> dict[str, Counter[str]]:
    """For each name the products whose title ends in it, by category."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    whole: set[str] = set()
    for product in products:
        if product.category_id is None:
            continue
        words = _words(product)
        for length in range(1, min(LONGEST_NAME, len(words)) + 1):
            found[" ".join(words[-length:])][product.category_id] += 1
        if len(words) <= LONGEST_NAME:
            whole.add(" ".join(words))
    return {name: counts for name, counts in found.items() if sum(counts.values()) >= LEAST_PRODUCTS or name in whole}


def _plurals(name: str) -> tuple[str, ...]:
    """How a label may write an English name for several of it."""
    return (f"{name}s", f"{name}es", f"{name[:-1]}ies")


def _words(product: TitledProduct) -> list[str]:
    """The words of the title's first part, without brand, sizes, colours and numbers."""
    left_out = {word.lower() for text in product.not_names for word in _WORD.findall(text)}
    first = _PART.split(product.title, maxsplit=1)[0]
    words = [word.lower() for word in _WORD.findall(first)]
    return [word for word in words if word not in left_out and not any(letter.isdigit() for letter in word)]
