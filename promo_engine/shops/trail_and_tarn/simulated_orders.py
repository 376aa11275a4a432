"""Turns simulated pieces into orders as the shop would report them: sizes, prices, parcels, returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.customers.shop_orders import Refund, Shipment, ShopOrder, ShopOrderLine, ShopOrderState
from promo_engine.shops.trail_and_tarn.demand import Purchases
from promo_engine.shops.trail_and_tarn.population import COUNTRIES, Population
from promo_engine.shops.trail_and_tarn.style_words import BRANDS, LEAVES
from promo_engine.shops.trail_and_tarn.styles import Style
from promo_engine.shops.trail_and_tarn.truth import SimulatedCampaign

FREE_DELIVERY_FROM = 6000
DELIVERY_CENTS = 495
TAX_BASIS_POINTS = {"GB": 2000, "DE": 1900, "FR": 2000, "NL": 2100, "IE": 2300, "AT": 2000}
CARRIERS = (("Fellpost", 2.2, 0.7), ("Beck Express", 1.1, 0.4))
"""Name, mean days on the road, their spread. Made up."""
_WRONG_SIZE = 0.12
_RETURNED_IF_WRONG = 0.8
_LOST = 0.004


@dataclass(frozen=True)
class _Piece:
    style: Style
    size: str
    colour: str
    paid_cents: int
    discount_cents: int
    comes_back: bool


class OrderWriter:
    """Writes orders one by one. What happens after `until` has not happened yet."""

    def __init__(
        self,
        generator: np.random.Generator,
        styles: Sequence[Style],
        population: Population,
        campaigns: Sequence[SimulatedCampaign],
        *,
        first_day: datetime,
        until: datetime,
        price_ratio: NDArray[np.float64],
    ) -> None:
        """Settle which styles sell how often: the popularity of the k-th is 1 / k."""
        self._generator = generator
        self._population = population
        self._campaigns = campaigns
        self._first_day = first_day
        self._until = until
        self._price_ratio = price_ratio
        self._currency = population.currency
        self._by_leaf = [[style for style in styles if style.leaf == leaf] for leaf in range(len(LEAVES))]
        self._popularity = [1.0 / np.arange(1, len(members) + 1) for members in self._by_leaf]
        self._brand_index = [np.array([BRANDS.index(style.brand) for style in members]) for members in self._by_leaf]

    def orders(self, purchases: Purchases) -> Iterator[ShopOrder]:
        """All orders, the oldest first; the pieces that a customer bought in a week are one order."""
        keys = purchases.week * (purchases.customer.max(initial=0) + 1) + purchases.customer
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.diff(keys[order], append=keys.max(initial=0) + 1)) + 1
        groups = np.split(order, ends[:-1])
        weeks = np.array([purchases.week[group[0]] for group in groups])
        seconds = self._generator.integers(0, 7 * 86_400, len(groups))
        moments = weeks * (7 * 86_400) + seconds
        for number, index in enumerate(np.argsort(moments, kind="stable"), start=1):
            placed_at = self._first_day + timedelta(seconds=int(moments[index]))
            if placed_at < self._until:
                yield self._order(number, purchases, groups[index], placed_at)

    def _order(self, number: int, purchases: Purchases, group: NDArray[np.int64], placed_at: datetime) -> ShopOrder:
        customer = int(purchases.customer[group[0]])
        currency, country = self._currency[customer], COUNTRIES[self._population.country[customer]]
        week = int(purchases.week[group[0]])
        pieces = [
            self._piece(customer, int(purchases.leaf[index]), week, int(purchases.campaign[index])) for index in group
        ]
        goods = sum(piece.paid_cents for piece in pieces)
        delivery = 0 if goods >= FREE_DELIVERY_FROM else DELIVERY_CENTS
        rate = TAX_BASIS_POINTS[country]
        order_id = f"TT-{number:06d}"
        shipment, updated_at = self._shipment(order_id, placed_at)
        refunds, returned_at = self._refunds(order_id, pieces, shipment)
        state = self._state(shipment, refunds, len(pieces), placed_at)
        used = sorted(
            {
                self._campaigns[int(purchases.campaign[index])].campaign_id
                for index in group
                if purchases.campaign[index] >= 0
            }
        )
        return ShopOrder(
            order_id=order_id,
            number=f"#{10_000 + number}",
            customer_id=customer_id(customer),
            placed_at=placed_at,
            currency=currency,
            total_cents=goods + delivery,
            lines=tuple(_line(piece) for piece in pieces),
            state=state,
            goods_cents=goods,
            discount_cents=sum(piece.discount_cents for piece in pieces),
            delivery_cents=delivery,
            tax_cents=round((goods + delivery) * rate / (10_000 + rate)),
            payment="paid",
            shop_updated_at=max(updated_at, returned_at or updated_at),
            shipments=(shipment,) if shipment is not None else (),
            refunds=refunds,
            codes=tuple(name.upper() for name in used),
        )

    def _piece(self, customer: int, leaf: int, week: int, campaign: int) -> _Piece:
        generator = self._generator
        weights = self._popularity[leaf] * (0.2 + self._population.brand_liking[customer][self._brand_index[leaf]])
        style = self._by_leaf[leaf][_drawn(generator, weights)]
        fits = (
            self._population.clothes_size[customer] if len(style.sizes) == 5 else self._population.shoe_size[customer]
        )
        size_index, wrong = 0, False
        if len(style.sizes) > 1:
            wrong = generator.random() < _WRONG_SIZE
            size_index = int(np.clip(fits + (generator.choice((-1, 1)) if wrong else 0), 0, len(style.sizes) - 1))
        full = style.list_cents(self._currency[customer])
        on_sale = round(full * float(self._price_ratio[week, leaf]))
        depth = self._campaigns[campaign].depth_basis_points if campaign >= 0 else 0
        discount = on_sale * depth // 10_000
        back = _RETURNED_IF_WRONG if wrong else LEAVES[leaf].return_rate
        colour = style.colours[int(generator.integers(len(style.colours)))]
        return _Piece(
            style, style.sizes[size_index], colour, on_sale - discount, discount, bool(generator.random() < back)
        )

    def _shipment(self, order_id: str, placed_at: datetime) -> tuple[Shipment | None, datetime]:
        """The parcel, and when the shop last said something about the order."""
        generator = self._generator
        name, mean, spread = CARRIERS[int(generator.integers(len(CARRIERS)))]
        shipped_at = placed_at + timedelta(hours=float(generator.gamma(2.0, 9.0)))
        on_the_road = timedelta(days=float(max(generator.normal(mean, spread), 0.3)))
        if generator.random() < 0.06:
            on_the_road += timedelta(days=float(generator.exponential(4.0)))
        lost = generator.random() < _LOST
        if shipped_at > self._until:
            return None, placed_at
        delivered_at = shipped_at + on_the_road
        arrived = delivered_at <= self._until
        tracking = f"{name[:2].upper()}{order_id.rpartition('-')[2]}"
        if lost and arrived:
            state = ShopOrderState.DELIVERY_FAILED
        elif arrived:
            state = ShopOrderState.DELIVERED
        elif delivered_at - self._until < timedelta(hours=9):
            state = ShopOrderState.OUT_FOR_DELIVERY
        else:
            state = ShopOrderState.SHIPPED
        promised = shipped_at + timedelta(days=mean)
        shipment = Shipment(
            shipment_id=f"{order_id}/1",
            carrier=name,
            tracking_number=tracking,
            tracking_url=f"https://track.example/{tracking}",
            state=state,
            shipped_at=shipped_at,
            promised_from=promised.replace(hour=8, minute=0, second=0, microsecond=0),
            promised_until=promised.replace(hour=20, minute=0, second=0, microsecond=0),
            delivered_at=delivered_at if state is ShopOrderState.DELIVERED else None,
        )
        return shipment, delivered_at if arrived else shipped_at

    def _refunds(
        self, order_id: str, pieces: Sequence[_Piece], shipment: Shipment | None
    ) -> tuple[tuple[Refund, ...], datetime | None]:
        back = sum(piece.paid_cents for piece in pieces if piece.comes_back)
        at = self._generator.gamma(3.0, 3.0)
        if not back or shipment is None or shipment.delivered_at is None:
            return (), None
        refunded_at = shipment.delivered_at + timedelta(days=2 + float(at))
        return (
            ((Refund(f"{order_id}/refund", back, refunded_at),), refunded_at)
            if refunded_at <= self._until
            else ((), None)
        )

    def _state(
        self, shipment: Shipment | None, refunds: Sequence[Refund], pieces: int, placed_at: datetime
    ) -> ShopOrderState:
        if refunds:
            return ShopOrderState.REFUNDED if pieces == 1 else ShopOrderState.PARTLY_REFUNDED
        if shipment is not None:
            return shipment.state
        return ShopOrderState.PACKING if self._until - placed_at > timedelta(hours=2) else ShopOrderState.PAID


def customer_id(index: int) -> str:
    """A simulated customer's id."""
    return f"tt-{index + 1:05d}"


def _line(piece: _Piece) -> ShopOrderLine:
    options = " / ".join(part for part in (piece.size, piece.colour) if part)
    sku = piece.style.variant_id(piece.size, piece.colour)
    return ShopOrderLine(
        title=f"{piece.style.title} - {options}",
        quantity=1,
        line_cents=piece.paid_cents,
        variant_id=sku,
        sku=sku,
        discount_cents=piece.discount_cents,
    )


def _drawn(generator: np.random.Generator, weights: NDArray[np.float64]) -> int:
    cumulative = np.cumsum(weights)
    return int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))
