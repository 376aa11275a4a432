"""The repository of categories, products and offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.catalogue.listed_products import ListedCatalogue, ListedVariant
from promo_engine.domain.catalogue.products import Product
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Promotion


class CatalogueRepository(Protocol):
    """Product categories, products and offers."""

    async def stamp(self) -> str | None:
        """Return a text that changes whenever offers or categories are stored; None before the first time."""
        ...

    async def category_names(self) -> tuple[str, ...]:
        """Return the names, indexed by category_id."""
        ...

    async def category_labels(self, language: str) -> Mapping[str, str]:
        """Return by name what a category is called in the language, else the last step of its path; where two would be
        alike, the whole name."""
        ...

    async def category_tree(self) -> CategoryTree:
        """Return who stands above whom, deactivated categories too."""
        ...

    async def products(self, product_ids: Collection[str]) -> dict[str, Product]:
        """Return what is known of each known product; unknown products are absent."""
        ...

    async def add_unlisted(self, product_ids: Collection[str]) -> None:
        """Add products of which only orders and events speak, unless they are there."""
        ...

    async def in_basket(self, ids: Collection[str]) -> dict[str, Product]:
        """Return the product of each id, which is a variant's or a product's; unknown ones are absent."""
        ...

    async def unknown_brands(self, brands: Collection[str]) -> set[str]:
        """Return those that no product has."""
        ...

    async def products_stamp(self) -> str | None:
        """Return a text that changes whenever products, prices or stock are stored; None before the first time."""
        ...

    async def listed(self, *, currency: str, at: datetime, max_age: timedelta) -> ListedCatalogue:
        """Return every active product with its price at a moment, by product_id.

        A price that was reported longer than `max_age` ago is left out, unless its source is a demo's.
        """
        ...

    async def variants_of(
        self, product_id: str, *, currency: str, at: datetime, max_age: timedelta
    ) -> list[ListedVariant]:
        """Return the options in which an active product is sold, by variant_id; prices as `listed` has them."""
        ...

    async def currencies(self) -> tuple[str, ...]:
        """Return the currencies in which anything has a price, sorted."""
        ...

    async def sold_lately(self, *, within: timedelta) -> dict[str, int]:
        """Return in how many lines of the newest orders each product is; `within` counts back from the newest one."""
        ...

    async def set_costs(self, costs: Mapping[str, int]) -> set[str]:
        """Set what a piece of each product costs, in cents; return unknown products, and change nothing then."""
        ...

    async def offers(self) -> tuple[Offer, ...]:
        """Return every offer, ended ones too, by offer_id."""
        ...

    async def store_offers(
        self, *, promotions: Sequence[Promotion], offers: Sequence[Offer], at: datetime
    ) -> tuple[int, int]:
        """Add or replace these, end every other running offer at `at`; return how many were stored and ended."""
        ...

    async def touch(self, what: str, *, at: datetime) -> None:
        """Make the stamp another one, since `what` was changed at `at`."""
        ...
