"""The price of a basket with offers: who may be applied, what each takes off which line, and the tax on the rest.

Offers apply one after another to what earlier ones left of each line, higher priority first, then bundles, pieces,
shares, tiers, amounts, delivery and last what costs nothing now. Lines are walked by line_id and offers by offer_id, so
that neither order changes the result. A term that depends on what the basket costs (a tier, a least order value) counts
the basket before any offer. Nothing falls below zero, nor a line below the margin floor of the offer that lowers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from promo_engine.domain.benefits.benefit import Benefit, GiftedProduct, Remaining, currency_of
from promo_engine.domain.benefits.scope import WHOLE_BASKET, Scope
from promo_engine.domain.conditions.conditions import Condition, refusal
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.money import WHOLE, Currency, fraction, share
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.pricing.baskets import Basket, BasketLine
from promo_engine.domain.pricing.stacking import StackingRule, chosen_of

IN_BASKET_ALREADY = "this offer is in your basket already"
CHANGES_NOTHING = "this offer does not change the price of what is in your basket"
_NOTHING_ABOVE: Mapping[int, frozenset[int]] = {}
BETTER_TOGETHER = "this offer cannot be combined with another one in your basket"


@dataclass(frozen=True)
class OfferToApply:
    """An offer that somebody wants on a basket. Raises ValueError for a floor outside 0 to 9,999 basis points."""

    offer_id: str
    benefit: Benefit
    scope: Scope = WHOLE_BASKET
    code: str | None = None
    condition: Condition | None = None
    min_basket_cents: int = 0
    exclusive_group: str | None = None
    """At most one offer of a group applies."""
    priority: int = 0
    margin_floor_basis_points: int | None = None
    """What of a line's price without tax has to stay above its cost; None protects nothing."""
    intent: str | None = None
    """Of the conversation that it was promised in; a checkout has none of its own."""
    sentiment: str | None = None
    currency: Currency | None = None
    """The only one in which its amounts mean anything, where the benefit names none; None if any will do."""

    def __post_init__(self) -> None:
        floor = self.margin_floor_basis_points
        if floor is not None and not 0 <= floor < WHOLE:
            raise ValueError(f"margin_floor_basis_points: 0 to {WHOLE - 1}, not {floor}")

    @classmethod
    def of(
        cls,
        offer: Offer,
        *,
        code: str | None = None,
        intent: str | None = None,
        sentiment: str | None = None,
        currency: Currency | None = None,
    ) -> OfferToApply:
        """Take a stored offer; its dates, limits and customer rules are the caller's to check."""
        return cls(
            offer_id=offer.offer_id,
            benefit=offer.benefit,
            scope=offer.scope,
            code=code,
            condition=offer.condition,
            min_basket_cents=offer.eligibility.min_basket_cents,
            exclusive_group=offer.exclusive_group,
            priority=offer.priority,
            margin_floor_basis_points=offer.margin_floor_basis_points,
            intent=intent,
            sentiment=sentiment,
            currency=currency,
        )


@dataclass(frozen=True)
class AppliedOffer:
    """What one offer gives."""

    offer_id: str
    code: str | None
    line_discounts: Mapping[str, int]
    """Cents off by line_id; lines without any are left out."""
    delivery_discount_cents: int = 0
    points: int = 0
    credit_cents: int = 0
    gift: GiftedProduct | None = None

    @property
    def discount_cents(self) -> int:
        """Everything off the price of this order."""
        return sum(self.line_discounts.values()) + self.delivery_discount_cents

    @property
    def worth_cents(self) -> int:
        """What it is worth to the customer; a point counts as a cent."""
        return self.discount_cents + self.points + self.credit_cents + (self.gift.value_cents if self.gift else 0)


@dataclass(frozen=True)
class RefusedOffer:
    """An offer that is not applied, and in words for the shopper why."""

    offer_id: str
    code: str | None
    reason: str


@dataclass(frozen=True)
class LineQuote:
    """One line, priced. `tax_cents` is inside `after_cents` where prices include tax, on top otherwise."""

    line_id: str
    full_cents: int
    discount_cents: int
    tax_cents: int

    @property
    def after_cents(self) -> int:
        """What is left of the price."""
        return self.full_cents - self.discount_cents


@dataclass(frozen=True)
class Quote:
    """The price of a basket. Lines stand in the basket's order, offers in that of their application."""

    basket: Basket
    lines: tuple[LineQuote, ...]
    delivery: LineQuote
    applied: tuple[AppliedOffer, ...]
    refused: tuple[RefusedOffer, ...]

    @property
    def discount_cents(self) -> int:
        """All discounts, on lines and delivery."""
        return sum(line.discount_cents for line in self.lines) + self.delivery.discount_cents

    @property
    def tax_cents(self) -> int:
        """All tax, on what is left of the prices."""
        return sum(line.tax_cents for line in self.lines) + self.delivery.tax_cents

    @property
    def total_cents(self) -> int:
        """What the shopper pays."""
        after = sum(line.after_cents for line in self.lines) + self.delivery.after_cents
        return after if self.basket.prices_include_tax else after + self.tax_cents


def price_basket(
    basket: Basket,
    *,
    offers: Sequence[OfferToApply],
    facts: Facts,
    stacking_rule: StackingRule,
    above: Mapping[int, frozenset[int]] = _NOTHING_ABOVE,
) -> Quote:
    """Price a basket. Every offer given is in `applied` or in `refused`.

    What the basket itself says (value, currency, categories) is taken from it, and what the conversation said (intent,
    sentiment) from the offer, whatever `facts` hold. Unknown facts refuse an offer whose condition needs them.
    `above` has the categories above those of the lines, which are in the basket too.
    """
    lines = tuple(sorted(basket.lines, key=lambda line: line.line_id))
    sorted_basket = replace(basket, lines=lines)
    inside = frozenset(line.category_id for line in lines if line.category_id is not None)
    known = replace(
        facts,
        basket_cents=basket.goods_cents,
        currency=basket.currency.code,
        basket_category_ids=inside.union(*(above.get(category_id, inside) for category_id in inside)),
    )
    fitting, refused = _fitting(sorted_basket, offers, known)
    priced = {offer.offer_id: offer for offer in fitting}
    kept = chosen_of(
        [(offer.offer_id, offer.exclusive_group, _apply(sorted_basket, [offer])[0].worth_cents) for offer in fitting],
        rule=stacking_rule,
        priority={offer.offer_id: offer.priority for offer in fitting},
        lines=len(lines),
        worth_of=lambda ids: sum(given.worth_cents for given in _apply(sorted_basket, [priced[each] for each in ids])),
    )
    refused += [_refuse(offer, BETTER_TOGETHER) for offer in fitting if offer.offer_id not in kept]
    applied = _apply(sorted_basket, [priced[offer_id] for offer_id in kept])
    idle = [given for given in applied if not _gives(given)]
    refused += [RefusedOffer(given.offer_id, given.code, CHANGES_NOTHING) for given in idle]
    return _quote(
        basket,
        [given for given in applied if _gives(given)],
        sorted(refused, key=lambda given: (given.offer_id, given.code or "")),
    )


def _fitting(
    basket: Basket, offers: Sequence[OfferToApply], facts: Facts
) -> tuple[list[OfferToApply], list[RefusedOffer]]:
    """Part the offers by everything but the company they keep."""
    fitting: dict[str, OfferToApply] = {}
    refused = []
    for offer in sorted(offers, key=lambda offer: (offer.offer_id, offer.code or "")):
        reason = IN_BASKET_ALREADY if offer.offer_id in fitting else _reason_against(offer, basket, facts)
        if reason is None:
            fitting[offer.offer_id] = offer
        else:
            refused.append(_refuse(offer, reason))
    return list(fitting.values()), refused


def _reason_against(offer: OfferToApply, basket: Basket, facts: Facts) -> str | None:
    needed = currency_of(offer.benefit) or offer.currency
    if needed is not None and needed != basket.currency:
        return f"this offer is for orders in {needed.code}"
    if basket.goods_cents < offer.min_basket_cents:
        return f"this offer needs an order of at least {basket.currency.words(offer.min_basket_cents)}"
    known = replace(facts, intent=offer.intent, sentiment=offer.sentiment)
    reason = None if offer.condition is None else refusal(offer.condition, known)
    if reason is None and not _gives(_apply(basket, [offer])[0]):
        return CHANGES_NOTHING
    return reason


def _refuse(offer: OfferToApply, reason: str) -> RefusedOffer:
    return RefusedOffer(offer.offer_id, offer.code, reason)


def _gives(applied: AppliedOffer) -> bool:
    return bool(applied.worth_cents or applied.gift)


def _apply(basket: Basket, offers: Sequence[OfferToApply]) -> list[AppliedOffer]:
    """Apply these one after another, each to what the earlier ones left."""
    left = [line.full_cents for line in basket.lines]
    delivery = basket.delivery_cents
    applied = []
    for offer in sorted(offers, key=lambda offer: (-offer.priority, offer.benefit.stage, offer.offer_id)):
        benefit, extras = offer.benefit, offer.benefit.extras()
        off_delivery = benefit.off_delivery(delivery)
        delivery -= off_delivery
        floors = _floors(basket, offer.margin_floor_basis_points)
        inside = [index for index, line in enumerate(basket.lines) if offer.scope.holds(line)]
        cuts = benefit.reductions(Remaining(basket.lines, left, floors), inside)
        for index, cut in cuts.items():
            left[index] -= cut
        applied.append(
            AppliedOffer(
                offer_id=offer.offer_id,
                code=offer.code,
                line_discounts={basket.lines[index].line_id: cut for index, cut in cuts.items() if cut},
                delivery_discount_cents=off_delivery,
                points=extras.points,
                credit_cents=extras.credit_cents,
                gift=extras.gift,
            )
        )
    return applied


def _floors(basket: Basket, floor: int | None) -> list[int]:
    """Return the least price of each line, in cents as the basket states prices, rounded up."""
    if floor is None:
        return [0] * len(basket.lines)
    return [_least_price(line, floor, include_tax=basket.prices_include_tax) for line in basket.lines]


def _least_price(line: BasketLine, floor: int, *, include_tax: bool) -> int:
    cost = (line.unit_cost_cents or 0) * line.quantity
    numerator, denominator = cost * WHOLE, WHOLE - floor
    if include_tax:
        numerator, denominator = numerator * (WHOLE + line.tax_basis_points), denominator * WHOLE
    return -(-numerator // denominator)


def _quote(basket: Basket, applied: Sequence[AppliedOffer], refused: Sequence[RefusedOffer]) -> Quote:
    off: dict[str, int] = {}
    for given in applied:
        for line_id, cut in given.line_discounts.items():
            off[line_id] = off.get(line_id, 0) + cut
    inclusive = basket.prices_include_tax
    return Quote(
        basket=basket,
        lines=tuple(
            _line_quote(
                line.line_id, line.full_cents, off.get(line.line_id, 0), line.tax_basis_points, inclusive=inclusive
            )
            for line in basket.lines
        ),
        delivery=_line_quote(
            "delivery",
            basket.delivery_cents,
            sum(given.delivery_discount_cents for given in applied),
            basket.delivery_tax_basis_points,
            inclusive=inclusive,
        ),
        applied=tuple(applied),
        refused=tuple(refused),
    )


def _line_quote(line_id: str, full: int, discount: int, tax: int, *, inclusive: bool) -> LineQuote:
    after = full - discount
    cents = fraction(after, numerator=tax, denominator=WHOLE + tax) if inclusive else share(after, tax)
    return LineQuote(line_id, full, discount, cents)
