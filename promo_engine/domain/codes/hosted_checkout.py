"""The checkout of a shop that is hosted elsewhere: which offers its own discount codes can give, and as what.

Such a shop prices its baskets itself. A code that is made there does what the shop's discounts can do and nothing more,
so an offer with a term that they lack is not made for this shop, and is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promo_engine.domain.benefits.benefit import Benefit, currency_of
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.conditions.conditions import names_in
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Offer

HOSTED_KINDS = frozenset({SourceKind.SHOPIFY, SourceKind.WOOCOMMERCE})
MOST_PRODUCTS = 100
"""That one code may name."""
_NAMES = {SourceKind.SHOPIFY: "Shopify", SourceKind.WOOCOMMERCE: "WooCommerce"}
_ABOUT_THE_ORDER = frozenset(
    {"basket_cents", "category_in_basket", "in_stock", "country", "currency", "channel", "time_windows"}
)
"""Predicates that our own checkout asks once more. The others are about the customer, and the choice settles them."""


@dataclass(frozen=True)
class HostedDiscount:
    """One code as a shop is asked to make it: single use, once per customer, alone in its order."""

    code: str
    title: str
    """Names the code to the shop's people; ours alone have it, so it also tells our code from another one."""
    starts_at: datetime
    ends_at: datetime
    currency: Currency
    """Of the amounts."""
    percent_basis_points: int = 0
    amount_cents: int = 0
    """Off the products together. Either this or the share is above 0."""
    product_numbers: tuple[str, ...] = ()
    """The shop's own numbers of the products that it is about; empty: everything."""
    min_subtotal_cents: int = 0


@dataclass(frozen=True)
class HostedCheckout:
    """The shop at whose checkout codes are used."""

    source_id: str
    kind: SourceKind
    currency: Currency
    connected: bool = True
    """False once the shop took its permission back: nothing can be made there."""

    @classmethod
    def of(
        cls, source_id: str, *, kind: str, settings: Mapping[str, Any], connected: bool = True
    ) -> HostedCheckout | None:
        """Read it from a source's settings; None where codes are not made at that source."""
        if settings.get("hosted_codes") is not True:
            return None
        return cls(source_id, SourceKind(kind), Currency(str(settings.get("currency"))), connected)

    def reason_against(self, offer: Offer) -> str | None:
        """Say in one clause why a code of this shop cannot give the offer; None if it can."""
        if not self.connected:
            return "the shop that makes the codes is disconnected"
        return self._reason_against_benefit(offer.benefit) or self._reason_against_rules(offer)

    def _reason_against_benefit(self, benefit: Benefit) -> str | None:
        shop, own = _NAMES[self.kind], currency_of(benefit)
        if not isinstance(benefit, PercentageOff | AmountOff):
            return f"a code of {shop} gives no {benefit.kind.replace('_', ' ')}, only a percentage or a fixed amount"
        if isinstance(benefit, PercentageOff) and benefit.cap_cents is not None:
            return f"a percentage of {shop} has no most that it takes off (cap_cents)"
        if own is not None and own != self.currency:
            return f"codes of this shop are in {self.currency.code}, not in {own.code}"
        return None

    def _reason_against_rules(self, offer: Offer) -> str | None:
        shop = _NAMES[self.kind]
        if offer.margin_floor_basis_points is not None:
            return f"{shop} keeps no margin floor"
        unchecked = names_in(offer.condition) & _ABOUT_THE_ORDER if offer.condition else frozenset()
        if unchecked:
            return f"{shop} does not ask the condition {min(unchecked)} at its checkout"
        return None if offer.scope.is_whole_basket else self._reason_against_products(offer)

    def _reason_against_products(self, offer: Offer) -> str | None:
        if self.kind is SourceKind.SHOPIFY and offer.eligibility.min_basket_cents:
            # It would count the named products alone, which is less than what the offer's terms say.
            return "Shopify counts an order value over the named products alone"
        if self.kind is SourceKind.WOOCOMMERCE and isinstance(offer.benefit, AmountOff):
            return "WooCommerce takes a fixed amount off the whole order, or off every piece"
        return None

    def reason_against_numbers(self, products: Mapping[str, Iterable[str]]) -> str | None:
        """Say why a code cannot be about these products, by product_id with their other names; None if it can."""
        if not products:
            return "nothing of this offer is on sale"
        if len(products) > MOST_PRODUCTS:
            return f"a code names {MOST_PRODUCTS} products at most"
        missing = min((name for name, names in products.items() if self.number_in(names) is None), default=None)
        return None if missing is None else f"the shop's own number of the product {missing} is not known"

    def number_in(self, names: Iterable[str]) -> str | None:
        """Pick this shop's own number of a product out of the product's other names."""
        prefix = "" if self.kind is SourceKind.SHOPIFY else f"{self.source_id}:"
        numbers = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
        return min((number for number in numbers if number.isdigit()), default=None)

    def discount(
        self,
        offer: Offer,
        *,
        code: str,
        decision_id: str,
        starts_at: datetime,
        ends_at: datetime,
        products: Iterable[str],
    ) -> HostedDiscount:
        """Say what the shop is asked to make of an offer that nothing speaks against; `products` are its numbers."""
        benefit = offer.benefit
        return HostedDiscount(
            code=code,
            title=f"{offer.title[:180]} (Promobot {decision_id})",
            starts_at=starts_at,
            ends_at=ends_at,
            percent_basis_points=benefit.percent_basis_points if isinstance(benefit, PercentageOff) else 0,
            amount_cents=benefit.amount_cents if isinstance(benefit, AmountOff) else 0,
            currency=self.currency,
            product_numbers=tuple(sorted(products)),
            min_subtotal_cents=offer.eligibility.min_basket_cents,
        )
