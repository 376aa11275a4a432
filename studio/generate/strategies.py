"""A whole strategy in nine choices, each from a list: what no list holds cannot be said, so each can be carried out.

    kind, depth, scope, segment, start, length, days, channel, limits

A strategy is also a row of nine small numbers (its tokens), which is what generators write. `allowed` is the grammar:
which values a place may have after those before it. `to_bodies` writes what the engine's HTTP interface takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from promo_engine.domain.customers.segments import LIVE_PREFIX
from studio.data.shop_facts import SEGMENTS, ShopFacts
from studio.errors import StrategyError
from studio.products.bundles import Bundle

KINDS = (
    "percentage",
    "fixed_amount",
    "spend_and_save",
    "buy_x_get_y",
    "free_delivery",
    "loyalty_points",
    "bundle_price",
)
DEPTHS = (500, 1_000, 1_500, 2_000, 2_500, 3_000)
"""Basis points of what a basket spends in scope."""
STARTS = (0, 7, 14, 21)
LENGTHS = (7, 14, 28)
"""Days."""
DAYS = ("every day", "working days", "weekend")
CHANNELS = ("any", "web", "app")
LIMITS = ((1, 20_000), (1, 50_000), (2, 50_000), (2, 100_000), (4, 200_000))
"""Uses per customer, and the budget in cents."""
WHOLE_BASKET = "whole basket"
_WITHOUT_MONEY = ("buy_x_get_y", "loyalty_points")
"""Kinds whose terms name no amount of money."""
_WEEKDAYS = {"working days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "weekend": ["Sat", "Sun"]}
PLACES = ("kind", "depth", "scope", "segment", "start", "length", "days", "channel", "limits")


@dataclass(frozen=True)
class Strategy:
    """One promotion with one offer. Raises StrategyError for a choice that is on no list."""

    kind: str
    depth_basis_points: int
    scope: str
    """A category's name, or WHOLE_BASKET."""
    segment: str
    start_day: int
    """Days from the day of the plan."""
    length_days: int
    days: str
    channel: str
    uses_per_customer: int
    budget_cents: int

    def __post_init__(self) -> None:
        lists: dict[str, tuple[object, ...]] = {
            "kind": KINDS,
            "depth_basis_points": DEPTHS,
            "segment": SEGMENTS,
            "start_day": STARTS,
            "length_days": LENGTHS,
            "days": DAYS,
            "channel": CHANNELS,
        }
        for name, values in lists.items():
            if getattr(self, name) not in values:
                raise StrategyError(f"{name}: {getattr(self, name)!r} is not one of {', '.join(map(str, values))}")
        if (self.uses_per_customer, self.budget_cents) not in LIMITS:
            raise StrategyError(f"limits: {self.uses_per_customer} uses and {self.budget_cents} cents are on no list")
        if self.kind == "free_delivery" and self.scope != WHOLE_BASKET:
            raise StrategyError("scope: free delivery is about the whole basket")
        if self.kind == "buy_x_get_y" and self.scope == WHOLE_BASKET:
            raise StrategyError("scope: the cheapest piece free needs a category")
        if self.kind == "bundle_price" and self.scope == WHOLE_BASKET:
            raise StrategyError("scope: a bundle needs the category of its first product")


Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Grammar:
    """The lists, with the shop's categories on them, and those that have a bundle."""

    categories: tuple[str, ...]
    bundled: frozenset[str] = frozenset()
    delivers: bool = True
    """Whether it is known what delivery costs, so that it can be free."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each place has."""
        scopes = len(self.categories) + 1
        return (
            len(KINDS), len(DEPTHS), scopes, len(SEGMENTS), len(STARTS), len(LENGTHS), len(DAYS), len(CHANNELS),
            len(LIMITS),
        )  # fmt: skip

    def allowed(self, before: Tokens) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which values the next place may have. Scope 0 is the whole basket."""
        mask = np.ones(self.sizes[len(before)], dtype=bool)
        if len(before) == 0:
            mask[KINDS.index("bundle_price")] = any(name in self.bundled for name in self.categories)
            mask[KINDS.index("free_delivery")] = self.delivers
        if len(before) == 2:
            kind = KINDS[before[0]]
            if kind == "free_delivery":
                mask[1:] = False
            elif kind == "buy_x_get_y":
                mask[0] = False
            elif kind == "bundle_price":
                mask[:] = [False, *(name in self.bundled for name in self.categories)]
        return mask

    def read(self, tokens: Tokens) -> Strategy:
        """Return the strategy that tokens say."""
        kind, depth, scope, segment, start, length, days, channel, limits = tokens
        return Strategy(
            kind=KINDS[kind],
            depth_basis_points=DEPTHS[depth],
            scope=WHOLE_BASKET if scope == 0 else self.categories[scope - 1],
            segment=SEGMENTS[segment],
            start_day=STARTS[start],
            length_days=LENGTHS[length],
            days=DAYS[days],
            channel=CHANNELS[channel],
            uses_per_customer=LIMITS[limits][0],
            budget_cents=LIMITS[limits][1],
        )

    def draw(self, generator: np.random.Generator) -> Tokens:
        """Draw any strategy, each place evenly."""
        tokens: Tokens = ()
        for _ in PLACES:
            tokens += (int(generator.choice(np.flatnonzero(self.allowed(tokens)))),)
        return tokens


def bundle_of(strategy: Strategy, facts: ShopFacts) -> Bundle:
    """Return the products that a bundle strategy is about. Raises StrategyError if the category has no bundle."""
    if strategy.scope not in facts.bundles:
        raise StrategyError(f"{strategy.scope}: nothing is bought with it often enough for a bundle")
    return facts.bundles[strategy.scope]


def delivery_cents(facts: ShopFacts) -> int:
    """Return what delivery usually costs. Raises StrategyError where the shop does not say."""
    if facts.delivery_cents is None:
        raise StrategyError("what delivery costs is not known for this shop: no order has an amount for it")
    return facts.delivery_cents


def spend_in_scope(strategy: Strategy, facts: ShopFacts) -> int:
    """What a basket spends on the scope, or on the bundle, in cents."""
    if strategy.kind == "bundle_price":
        return max(20, bundle_of(strategy, facts).full_cents)
    if strategy.scope == WHOLE_BASKET:
        return facts.order_cents
    return max(20, round(float(facts.basket_cents[facts.row(strategy.scope)])))


def benefit_of(strategy: Strategy, facts: ShopFacts) -> dict[str, Any]:
    """Return the engine's benefit that takes `depth` off what a basket spends in scope."""
    spend, depth = spend_in_scope(strategy, facts), strategy.depth_basis_points
    off = max(1, spend * depth // 10_000)
    fields: dict[str, Any]
    match strategy.kind:
        case "percentage":
            fields = {"percent_basis_points": depth, "cap_cents": max(1, 3 * off)}
        case "fixed_amount":
            fields = {"amount_cents": off}
        case "spend_and_save":
            first = {"from_cents": spend, "off_cents": off}
            fields = {"tiers": [first, {"from_cents": 2 * spend, "off_cents": 2 * off + 1}]}
        case "buy_x_get_y":  # of three pieces one is 3 times the depth off, which is the depth over all three
            fields = {"buy_quantity": 2, "get_quantity": 1, "off_basis_points": min(10_000, 3 * depth)}
        case "free_delivery":
            fields = {"cap_cents": delivery_cents(facts)}
        case "bundle_price":
            pieces = [
                {"product_id": product_id, "quantity": 1} for product_id in bundle_of(strategy, facts).product_ids
            ]
            fields = {"pieces": pieces, "price_cents": max(1, spend - off)}
        case _:
            fields = {"points": off}
    if strategy.kind not in _WITHOUT_MONEY:
        fields["currency"] = facts.money.code
    return {"kind": strategy.kind} | fields


def unit_cost_cents(strategy: Strategy, facts: ShopFacts) -> int:
    """What one use is expected to cost."""
    if strategy.kind == "free_delivery":
        return delivery_cents(facts)
    return max(1, spend_in_scope(strategy, facts) * strategy.depth_basis_points // 10_000)


def to_bodies(
    strategy: Strategy, facts: ShopFacts, *, promotion_id: str, now: datetime, audience: str | None = None, zone: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the bodies of POST /v1/promotions and POST /v1/offers. `audience` is a segment of the engine's."""
    starts = now + timedelta(days=strategy.start_day)
    window = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(days=strategy.length_days)).isoformat()}
    limits = {
        "budget_cents": strategy.budget_cents,
        "uses_per_customer": {"count": strategy.uses_per_customer, "days": strategy.length_days},
    }
    whole = strategy.scope == WHOLE_BASKET
    about = "the whole basket" if whole else strategy.scope.lower()
    if strategy.kind == "bundle_price":
        about = "one of each together"
    title = title_of(strategy, facts)
    promotion = {"promotion_id": promotion_id, "name": title[:128], "limits": limits, **window}
    tests: list[dict[str, Any]] = []
    # Without an audience of its own an offer follows the segments that every order moves.
    segment = audience or (None if strategy.segment == "everyone" else LIVE_PREFIX + strategy.segment)
    if segment is not None:
        tests.append({"segment": [segment]})
    if strategy.channel != "any":
        tests.append({"channel": [strategy.channel]})
    if strategy.days in _WEEKDAYS:
        tests.append({"time_windows": {"zone": zone, "windows": [{"days": _WEEKDAYS[strategy.days]}]}})
    uses = "Once" if strategy.uses_per_customer == 1 else f"{strategy.uses_per_customer} times"
    offer: dict[str, Any] = {
        "offer_id": f"{promotion_id}-offer",
        "promotion_id": promotion_id,
        "title": title,
        "terms": f"On {about}, {strategy.days}. {uses} per customer.",
        "benefit": benefit_of(strategy, facts),
        "categories": []
        if strategy.scope == WHOLE_BASKET
        else [facts.stored_names.get(strategy.scope, strategy.scope)],
        "unit_cost_cents": unit_cost_cents(strategy, facts),
        **window,
    }
    if tests:
        offer["condition"] = {"all": tests}
    return promotion, offer


def title_of(strategy: Strategy, facts: ShopFacts) -> str:
    """What a shopper reads."""
    about = "your basket" if strategy.scope == WHOLE_BASKET else strategy.scope.lower()
    benefit, words = benefit_of(strategy, facts), facts.money.words
    if strategy.kind == "percentage":
        return f"{strategy.depth_basis_points / 100:g} % off {about}"
    if strategy.kind == "fixed_amount":
        return f"{words(benefit['amount_cents'])} off {about}"
    if strategy.kind == "spend_and_save":
        tier = benefit["tiers"][0]
        return f"{words(tier['off_cents'])} off from {words(tier['from_cents'])} of {about}"
    if strategy.kind == "buy_x_get_y":
        return f"Of three pieces of {about}, the cheapest {benefit['off_basis_points'] / 100:g} % off"
    if strategy.kind == "bundle_price":
        first, second = bundle_of(strategy, facts).names
        both = f"{first} and {second}".capitalize()
        return f"{both} together for {words(benefit['price_cents'])}"
    return "Free delivery" if strategy.kind == "free_delivery" else f"{benefit['points']} points for {about}"
