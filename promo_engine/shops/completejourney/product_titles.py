"""What a product of the package is called: its type in a shopper's words, and how much of it: "White bread, 20 oz"."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from promo_engine.shops.completejourney import shipped

_SIZE = re.compile(r"(\d+(?:\.\d+)?) (OZ|L|ML|GA|DZ|CT)")
_UNITS = {"GA": "gal", "DZ": "dozen", "CT": "pieces"}


class ProductTitles:
    """Names products; the package has no titles of its own."""

    def __init__(self) -> None:
        self._types = _read("product_type_names.yml")
        self._categories = _read("category_names.yml")

    def of(self, *, product_type: str, package_size: str, category: str) -> str:
        """Return the title; empty where neither type nor category is known."""
        if product_type:
            name = self._types.get(product_type) or product_type.lower()
        else:
            name = self._categories.get(category) or category.lower()
        return f"{name}{_size(package_size)}" if name else ""


def _read(name: str) -> Mapping[str, str]:
    found: Mapping[str, str] = yaml.safe_load(shipped(name).read_text(encoding="utf-8"))
    return found


def _size(package_size: str) -> str:
    """How much of it, for a person; boxes of fruit and what is not a plain size are left out."""
    found = _SIZE.fullmatch(package_size)
    return "" if found is None else f", {found[1]} {_UNITS.get(found[2], found[2].lower())}"
