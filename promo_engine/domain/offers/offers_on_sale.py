"""Which offers nobody can use in a currency: their money is in another one, or none of their products is on sale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields

from promo_engine.domain.benefits.benefit import currency_of
from promo_engine.domain.benefits.bundle_price import BundlePrice
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.benefits.spend_and_save import SpendAndSave
from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.domain.conditions.conditions import names_in
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.domain.offers.offers import Offer


@dataclass(frozen=True)
class ProductsOnSale:
    """What can be bought now in one currency."""

    product_ids: frozenset[str]
    category_ids: frozenset[int]
    """Those of its products, and those above them."""
    brands: frozenset[str]
    stock: dict[str, int]
    """1 or 0 by product_id: whether any variant of it is there, whatever its price."""

    @classmethod
    def of(cls, listed: Iterable[ListedProduct]) -> ProductsOnSale:
        """Sort the products of a price list."""
        every = tuple(listed)
        on_sale = [product for product in every if product.on_sale]
        return cls(
            product_ids=frozenset(product.product_id for product in on_sale),
            category_ids=frozenset(product.category_id for product in on_sale if product.category_id is not None)
            | frozenset().union(*{product.above for product in on_sale}),
            brands=frozenset(product.brand for product in on_sale if product.brand),
            stock={product.product_id: int(product.in_stock) for product in every},
        )

    def has_any_of(self, scope: Scope) -> bool:
        """Say whether a product on sale is inside."""
        if scope.is_whole_basket:
            return bool(self.product_ids)
        return not (
            scope.category_ids.isdisjoint(self.category_ids)
            and scope.product_ids.isdisjoint(self.product_ids)
            and scope.brands.isdisjoint(self.brands)
        )


def money_currency(offer: Offer, *, shop_currency: Currency) -> Currency | None:
    """Return the only currency in which the offer's amounts mean anything; None for an offer without amounts.

    Amounts without a currency of their own are in the shop's, unless the offer's condition says which currencies it is
    for: then the condition judges alone.
    """
    own = currency_of(offer.benefit)
    if own is not None:
        return own
    predicates = frozenset() if offer.condition is None else names_in(offer.condition)
    if "currency" in predicates:
        return None
    amounts = isinstance(offer.benefit, SpendAndSave) or any(
        field.name.endswith("_cents") and field.name != "value_cents" and getattr(offer.benefit, field.name) is not None
        for field in fields(offer.benefit)
    )
    return shop_currency if amounts or "basket_cents" in predicates or offer.eligibility.min_basket_cents else None


def products_named_in(offer: Offer) -> frozenset[str]:
    """Return every product_id that the offer names: in its scope, its bundle, its gift."""
    benefit = offer.benefit
    named = set(offer.scope.product_ids)
    if isinstance(benefit, BundlePrice):
        named |= {product_id for product_id, _ in benefit.pieces}
    if isinstance(benefit, Gift):
        named.add(benefit.product_id)
    return frozenset(named)


def can_be_set_off(offer: Offer, on_sale: ProductsOnSale) -> bool:
    """Say whether a basket of products on sale can get what the offer gives."""
    benefit = offer.benefit
    if isinstance(benefit, BundlePrice):
        return all(product_id in on_sale.product_ids for product_id, _ in benefit.pieces)
    if isinstance(benefit, Gift) and not on_sale.stock.get(benefit.product_id, 1):
        return False
    return on_sale.has_any_of(offer.scope)


def is_usable(offer: Offer, currency: Currency, *, shop_currency: Currency, on_sale: ProductsOnSale | None) -> bool:
    """Say whether anybody can use the offer in a currency; see `refusals_in`."""
    return not refusals_in(currency, OfferSet([offer]), shop_currency=shop_currency, on_sale=on_sale)


def refusals_in(
    currency: Currency, offers: OfferSet, *, shop_currency: Currency, on_sale: ProductsOnSale | None
) -> list[tuple[str, int]]:
    """Return reasons with the bits of the offers that nobody can use in a currency.

    `on_sale` is None where no source ever reported what can be bought; then the money alone decides.
    """
    closed: dict[str, int] = defaultdict(int)
    for index, offer in enumerate(offers.offers):
        wanted = money_currency(offer, shop_currency=shop_currency)
        if wanted is not None and wanted != currency:
            closed[f"this offer is only for orders in {wanted.code}"] |= 1 << index
        elif on_sale is not None and not can_be_set_off(offer, on_sale):
            closed[no_product(currency)] |= 1 << index
    return list(closed.items())


def no_product(currency: Currency) -> str:
    """Say that no product on sale can set the offer off."""
    return f"nothing of this offer can be bought in {currency.code} at the moment"
