"""The simulated shop's catalogue: 220 styles with 1,900 variants, in euro and pounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product

import numpy as np

from promo_engine.domain.catalogue.shop_catalogue import (
    ShopCategory,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
)
from promo_engine.shops.trail_and_tarn.style_words import BRANDS, COLOURS, FELLS, LEAVES, TREE, Leaf

STYLES = 220
VARIANTS = 1900
CURRENCIES = ("EUR", "GBP")
_POUNDS_A_EURO = 0.87
_FIVE_COLOURS = 66
"""Styles without sizes that come in five colours; the others come in four."""


@dataclass(frozen=True)
class Style:
    """One product of the shop."""

    product_id: str
    title: str
    brand: str
    leaf: int
    """Index in LEAVES."""
    eur_cents: int
    gbp_cents: int
    colours: tuple[str, ...]

    @property
    def sizes(self) -> tuple[str, ...]:
        """Sizes it comes in; one empty size for what has none."""
        return LEAVES[self.leaf].sizes or ("",)

    def list_cents(self, currency: str) -> int:
        """The list price in one of the shop's currencies; each is a list of its own, nothing is converted."""
        return self.gbp_cents if currency == "GBP" else self.eur_cents

    def variant_id(self, size: str, colour: str) -> str:
        """The SKU of one size and colour."""
        return "-".join(part for part in (self.product_id, size, colour) if part).upper()


def make_styles(generator: np.random.Generator) -> tuple[Style, ...]:
    """Draw the styles. Prices lie around their category's and end as prices of shops end."""
    names = _names()
    styles: list[Style] = []
    without_sizes = 0
    for index, leaf in enumerate(LEAVES):
        for _ in range(leaf.styles):
            euros = leaf.base_cents * float(np.exp(generator.normal(0.0, 0.28)))
            if leaf.sizes:
                count = 3 if leaf.sizes[0] == "XS" else 2
            else:
                count = 5 if without_sizes < _FIVE_COLOURS else 4
                without_sizes += 1
            brand = BRANDS[int(generator.integers(len(BRANDS)))]
            name = next(names)
            styles.append(
                Style(
                    product_id=f"TT{len(styles) + 1:03d}",
                    title=f"{brand} {name} {_singular(leaf)}",
                    brand=brand,
                    leaf=index,
                    eur_cents=_shop_price(euros),
                    gbp_cents=_shop_price(euros * _POUNDS_A_EURO),
                    colours=tuple(np.array(list(COLOURS))[generator.permutation(len(COLOURS))[:count]].tolist()),
                )
            )
    return tuple(styles)


def categories() -> Iterator[ShopCategory]:
    """The tree, parents first."""
    for (english, german, chinese), leaves in TREE.items():
        yield ShopCategory(english, {"en": english, "de": german, "zh": chinese})
        for leaf in leaves:
            names = {"en": leaf.name, "de": leaf.german, "zh": leaf.chinese}
            yield ShopCategory(category_id(leaf), names, parent_id=english)


def category_id(leaf: Leaf) -> str:
    """A leaf's id: its path."""
    root = next(names[0] for names, leaves in TREE.items() if leaf in leaves)
    return f"{root} > {leaf.name}"


def shop_product(style: Style, *, pieces: dict[str, int], updated_at: datetime) -> ShopProduct:
    """A style as the shop reports it; `pieces` are in stock by SKU."""
    leaf = LEAVES[style.leaf]
    return ShopProduct(
        product_id=style.product_id,
        title=style.title,
        brand=style.brand,
        url=f"/products/{style.product_id.lower()}",
        image_url=f"/pictures/{style.product_id.lower()}.svg",
        category_ids=(category_id(leaf),),
        attributes={"simulated": "true"},
        updated_at=updated_at,
        variants=tuple(
            ShopVariant(
                variant_id=style.variant_id(size, colour),
                sku=style.variant_id(size, colour),
                options={"size": size, "colour": colour} if size else {"colour": colour},
                image_url=f"/pictures/{style.product_id.lower()}.svg?colour={colour}",
                prices=tuple(ShopPrice(currency, style.list_cents(currency)) for currency in CURRENCIES),
                stock=ShopStock(pieces.get(style.variant_id(size, colour), 0)),
                unit_cost_cents=style.eur_cents * 55 // 100,
            )
            for size, colour in product(style.sizes, style.colours)
        ),
    )


def _names() -> Iterator[str]:
    """Names of styles, no two alike: a fell, then a fell with a number."""
    yield from FELLS
    for number in range(2, 1 + STYLES):
        yield from (f"{fell} {number}" for fell in FELLS)


def _singular(leaf: Leaf) -> str:
    irregular = {
        "Trousers": "trousers",
        "Swimwear": "swimsuit",
        "Sandals": "sandals",
        "Hiking boots": "boots",
        "Harnesses": "harness",
    }
    return irregular.get(leaf.name, leaf.name.lower().removesuffix("s"))


def _shop_price(cents: float) -> int:
    """Whole amounts above 100, else five cents less than a whole amount."""
    whole = max(round(cents / 100), 1)
    return whole * 100 if whole >= 100 else whole * 100 - 5
