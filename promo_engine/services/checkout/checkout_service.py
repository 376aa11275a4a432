"""The checkout's side of codes: what a basket costs with them, and using them for an order.

A redemption is found again by its order: the same request gets the same answer, another one for that order is refused.
So a shop that got no answer simply asks again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.catalogue.products import Product
from promo_engine.domain.codes.codes import HeldCode, read_code
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.conditions.conditions import names_in
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound, ServiceError
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.offers_on_sale import money_currency
from promo_engine.domain.pricing.baskets import Basket, BasketLine
from promo_engine.domain.pricing.pricing import AppliedOffer, OfferToApply, Quote, RefusedOffer, price_basket
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.catalogue.product_cache import ProductCache
from promo_engine.services.checkout import code_service as codes
from promo_engine.services.customers.forecast_cache import ForecastCache
from promo_engine.services.customers.segment_tracker import SegmentTracker
from promo_engine.services.decisions.decision_facts import facts_of, known_stock

_ABOUT_CATEGORIES = frozenset({"category_in_basket", "category_bought"})


@dataclass(frozen=True)
class Checkout:
    """A basket and the codes that its shopper typed. The lines' categories and brands are the engine's to know.

    A line's `product_id` may be that of a variant; the engine finds its product.
    """

    lines: tuple[BasketLine, ...]
    currency: str
    codes: tuple[str, ...]
    customer_id: str | None = None
    delivery_cents: int = 0
    delivery_tax_basis_points: int = 0
    prices_include_tax: bool = True
    country: str | None = None
    channel: str | None = None
    stock: Mapping[str, int] | None = None
    """Pieces by product_id."""

    @property
    def hash(self) -> str:
        """Tells one checkout from another."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class _Presented:
    """The codes that may be used, and the refusals of the others."""

    held: dict[str, HeldCode]
    offers: list[OfferToApply]
    refused: list[RefusedOffer]


class CheckoutService:
    """Prices baskets and redeems codes."""

    def __init__(
        self,
        storage: Storage,
        *,
        forecasts: ForecastCache,
        segments: SegmentTracker,
        products: ProductCache,
        stacking_rule: StackingRule,
        shop_currency: Currency,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._forecasts = forecasts
        self._segments = segments
        self._products = products
        self._stacking_rule = stacking_rule
        self._shop_currency = shop_currency
        self._clock = clock

    async def quote(self, checkout: Checkout) -> Quote:
        """Price a basket; codes that cannot be used are in `refused` with their reason. Nothing is stored.

        Raises InvalidRequest `invalid_basket` and NotFound `unknown_customer`.
        """
        async with self._storage.read() as unit:
            return (await self._priced(unit, checkout, lock=False))[0]

    async def redeem(self, checkout: Checkout, *, order_id: str, redemption_id: UUID) -> Redemption:
        """Use the codes for an order, all or none, at the price that `quote` tells.

        Raises what `quote` raises, InvalidRequest `no_codes`, and Conflict: `order_redeemed_otherwise`,
        `code_not_applicable` with the reason of the first refused code, and what `code_service.redeem` raises.
        """
        if not checkout.codes:
            raise InvalidRequest("no_codes", "A redemption needs a code.", field="codes")
        request_hash, now = checkout.hash, self._clock()
        async with self._storage.write() as unit:
            quote, presented = await self._priced(unit, checkout, lock=True)
            # Behind the codes' locks: the same request a moment ago has ended by now, and its redemption shows.
            earlier = await unit.redemptions.of_order(order_id)
            if earlier is not None:
                return _same(earlier, request_hash)
            if quote.refused:
                first = quote.refused[0]
                raise Conflict("code_not_applicable", f"{first.code}: {first.reason}.", field="codes")
            cost = {str(offer.code): _cost(offer, presented) for offer in quote.applied}
            if checkout.customer_id is not None:
                # An anonymous customer's code becomes the customer's, who may be accepting the same offer at this
                # moment.
                await unit.customers.lock([checkout.customer_id])
            redemption = Redemption(
                str(redemption_id),
                order_id,
                checkout.customer_id,
                request_hash,
                quote_json(quote),
                now,
                margin_cents=_margin(quote, cost),
            )
            # Promotions before offers and codes in one order, so that no two checkouts wait for each other in a circle.
            for code in sorted(cost, key=lambda code: (presented.held[code].promotion_id, code)):
                await codes.redeem(unit, code, customer_id=checkout.customer_id, cost_cents=cost[code], now=now)
            if await unit.redemptions.add(redemption, codes=cost):
                return redemption
            # Another unit redeemed for this order meanwhile. Leaving by an error takes back what this one did.
            raise Conflict("order_redeemed_otherwise", f"Order {order_id} has been redeemed already.", field="order_id")

    async def read(self, redemption_id: str) -> Redemption:
        """Return a redemption. Raises NotFound `unknown_redemption`."""
        async with self._storage.read() as unit:
            return _known(await unit.redemptions.get(redemption_id), redemption_id)

    async def cancel(self, redemption_id: str) -> Redemption:
        """Give uses and money back; the codes stay used up. Repeating changes nothing.

        Raises NotFound `unknown_redemption`.
        """
        now = self._clock()
        async with self._storage.write() as unit:
            redemption = _known(await unit.redemptions.get(redemption_id, lock=True), redemption_id)
            if redemption.cancelled_at is not None:
                return redemption
            for code in await unit.redemptions.codes(redemption_id):
                await codes.cancel(unit, code)
            await unit.redemptions.cancel(redemption_id, at=now)
        return replace(redemption, cancelled_at=now)

    async def _priced(self, unit: UnitOfWork, checkout: Checkout, *, lock: bool) -> tuple[Quote, _Presented]:
        if checkout.customer_id is not None and not await unit.customers.exists(checkout.customer_id):
            customer_id = checkout.customer_id
            raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
        basket = await _basket(unit, checkout)
        now = self._clock()
        presented = await _present(unit, checkout, shop_currency=self._shop_currency, now=now, lock=lock)
        wanted: frozenset[str] = frozenset().union(
            *(names_in(offer.condition) for offer in presented.offers if offer.condition)
        )
        categories = await unit.catalogue.category_tree() if wanted & _ABOUT_CATEGORIES else CategoryTree({})
        quote = price_basket(
            basket,
            offers=presented.offers,
            facts=await self._facts(unit, checkout, wanted, categories, now),
            stacking_rule=self._stacking_rule,
            above={
                line.category_id: categories.above(line.category_id)
                for line in basket.lines
                if line.category_id is not None
            },
        )
        return replace(quote, refused=(*presented.refused, *quote.refused)), presented

    async def _facts(
        self, unit: UnitOfWork, checkout: Checkout, wanted: frozenset[str], categories: CategoryTree, now: datetime
    ) -> Facts:
        """Look up what the offers' conditions ask by these names; without conditions that is nothing."""
        stock = checkout.stock
        if "in_stock" in wanted:
            stock = known_stock(stock, await self._products.read(unit, Currency(checkout.currency)))
        given = Facts(at=now, country=checkout.country, channel=checkout.channel, stock=stock)
        if not wanted or checkout.customer_id is None:
            return given
        customer_id = checkout.customer_id
        known = (await unit.customers.known([customer_id], model_version=self._forecasts.model_version)).get(
            customer_id
        )
        forecast = self._forecasts.of(customer_id, None if known is None else known.stored, now=now)
        live = self._segments.of(forecast)
        return facts_of(
            known,
            forecast,
            categories=categories,
            now=now,
            live_segments=live,
            country=given.country,
            channel=given.channel,
            stock=given.stock,
        )


async def _basket(unit: UnitOfWork, checkout: Checkout) -> Basket:
    known = await unit.catalogue.in_basket({line.product_id for line in checkout.lines})
    try:
        return Basket(
            lines=tuple(_line(line, known.get(line.product_id)) for line in checkout.lines),
            currency=Currency(checkout.currency),
            delivery_cents=checkout.delivery_cents,
            delivery_tax_basis_points=checkout.delivery_tax_basis_points,
            prices_include_tax=checkout.prices_include_tax,
        )
    except ValueError as error:
        raise InvalidRequest("invalid_basket", f"{error}.", field=str(error).partition(":")[0]) from None


def _line(line: BasketLine, product: Product | None) -> BasketLine:
    """Add what the catalogue knows, offers being about products; a cost that the shop sent counts before its own."""
    if product is None:
        return line
    cost = product.unit_cost_cents if line.unit_cost_cents is None else line.unit_cost_cents
    return replace(
        line,
        product_id=product.product_id,
        category_id=product.category_id,
        brand=product.brand,
        unit_cost_cents=cost,
    )


async def _present(
    unit: UnitOfWork, checkout: Checkout, *, shop_currency: Currency, now: datetime, lock: bool
) -> _Presented:
    found: dict[str, tuple[str, HeldCode]] = {}
    held: dict[str, HeldCode] = {}
    offers: list[OfferToApply] = []
    refused: list[RefusedOffer] = []
    for typed in sorted({code.strip() for code in checkout.codes}):
        try:
            item = await _find(unit, typed)
        except ServiceError as error:
            refused.append(RefusedOffer("", typed, error.message.rstrip(".")))
            continue
        found.setdefault(item.code, (typed, item))
    # Locked in the order of the codes themselves: two checkouts may have typed the same ones in different ways.
    for code, (typed, unlocked) in sorted(found.items()):
        try:
            item = await codes.locked_code(unit, code) if lock else unlocked
            item.check_redeemable(customer_id=checkout.customer_id, at=now)
        except ServiceError as error:
            refused.append(RefusedOffer("", typed, error.message.rstrip(".")))
            continue
        managed = await unit.promotions.offer(item.offer_id)
        if managed is None:
            raise LookupError(f"code {item.code} belongs to offer {item.offer_id}, which is gone")
        held[item.code] = item
        promised = await _promised(unit, managed.offer, item)
        offers.append(replace(promised, currency=money_currency(managed.offer, shop_currency=shop_currency)))
    if any(offer.scope.category_ids for offer in offers):
        tree = await unit.catalogue.category_tree()
        offers = [replace(offer, scope=offer.scope.reaching(tree)) for offer in offers]
    return _Presented(held, offers, refused)


async def _promised(unit: UnitOfWork, offer: Offer, held: HeldCode) -> OfferToApply:
    """Return the offer as it was promised: with what the conversation was about, if its condition may ask."""
    if offer.condition is None or not names_in(offer.condition) & {"intent", "sentiment"}:
        return OfferToApply.of(offer, code=held.code)
    decision = await unit.decisions.get(held.decision_id)
    if decision is None:
        return OfferToApply.of(offer, code=held.code)
    context = decision.decision_context
    return OfferToApply.of(offer, code=held.code, intent=context.intent, sentiment=context.sentiment)


async def _find(unit: UnitOfWork, typed: str) -> HeldCode:
    """Return a code by what a person typed; imported ones may look like anything. Raises ServiceError."""
    found = await unit.codes.get(typed) or await unit.codes.get(read_code(typed))
    if found is None:
        raise NotFound("unknown_code", "There is no such code.", field="codes")
    return found


def _cost(applied: AppliedOffer, presented: _Presented) -> int:
    """Return the cents that one use costs the shop; of points that is what was expected."""
    held = presented.held[str(applied.code)]
    if applied.points:
        return held.held_cents
    gift = applied.gift.value_cents if applied.gift else 0
    return applied.discount_cents + applied.credit_cents + gift


def _margin(quote: Quote, cost: Mapping[str, int]) -> int | None:
    """Return what the lines of known cost leave after tax and all that the codes cost."""
    known = [
        (line, quoted)
        for line, quoted in zip(quote.basket.lines, quote.lines, strict=True)
        if line.unit_cost_cents is not None
    ]
    if not known:
        return None
    taxed = quote.basket.prices_include_tax
    earned = sum(quoted.after_cents - (quoted.tax_cents if taxed else 0) for _, quoted in known)
    goods = sum((line.unit_cost_cents or 0) * line.quantity for line, _ in known)
    beside_discounts = sum(cost.values()) - sum(offer.discount_cents for offer in quote.applied)
    return earned - goods - max(beside_discounts, 0)


def _same(earlier: Redemption, request_hash: str) -> Redemption:
    if earlier.request_hash != request_hash:
        message = f"Order {earlier.order_id} was redeemed with another basket or other codes."
        raise Conflict("order_redeemed_otherwise", message, field="order_id")
    return earlier


def _known(redemption: Redemption | None, redemption_id: str) -> Redemption:
    if redemption is None:
        raise NotFound("unknown_redemption", f"There is no redemption {redemption_id}.", field="redemption_id")
    return redemption


def quote_json(quote: Quote) -> dict[str, Any]:
    """Return a quote as it is answered and stored."""
    return {
        "currency": quote.basket.currency.code,
        "lines": [_line_json(line) for line in quote.lines],
        "delivery": _line_json(quote.delivery),
        "applied": [
            {
                "offer_id": offer.offer_id,
                "code": offer.code,
                "discount_cents": offer.discount_cents,
                "points": offer.points,
                "credit_cents": offer.credit_cents,
                "gift_product_id": offer.gift.product_id if offer.gift else None,
                "gift_quantity": offer.gift.quantity if offer.gift else 0,
            }
            for offer in quote.applied
        ],
        "refused": [{"code": refusal.code, "reason": refusal.reason} for refusal in quote.refused],
        "discount_cents": quote.discount_cents,
        "tax_cents": quote.tax_cents,
        "total_cents": quote.total_cents,
    }


def _line_json(line: Any) -> dict[str, Any]:
    return {**asdict(line), "after_cents": line.after_cents}
