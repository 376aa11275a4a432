"""The simulated shop as a source of canonical items, and its truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder
from promo_engine.ports.shop.shop_file_reader import ShopItem
from promo_engine.shops.trail_and_tarn.demand import DemandSimulator, Purchases, draw_price_ratios
from promo_engine.shops.trail_and_tarn.population import COUNTRIES, Population, draw_population
from promo_engine.shops.trail_and_tarn.simulated_orders import OrderWriter, customer_id
from promo_engine.shops.trail_and_tarn.style_words import LEAVES
from promo_engine.shops.trail_and_tarn.styles import Style, categories, category_id, make_styles, shop_product
from promo_engine.shops.trail_and_tarn.truth import SimulatedCampaign, Truth

_LOCALES = {"GB": "en-GB", "IE": "en-IE", "DE": "de-DE", "AT": "de-AT", "FR": "fr-FR", "NL": "nl-NL"}


@dataclass(frozen=True)
class SimulationSettings:
    """What a simulated shop is made from. The same settings give the same shop."""

    seed: int = 7
    customers: int = 12_000
    weeks: int = 156
    until: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    """The moment at which the shop is looked at; nothing later has happened."""

    @property
    def first_day(self) -> datetime:
        """When the shop opened."""
        return self.until - timedelta(weeks=self.weeks)


class Simulation:
    """One simulated shop. Every part has random numbers of its own, so that one can be asked for without the others."""

    def __init__(self, settings: SimulationSettings = SimulationSettings()) -> None:
        """Draw nothing yet."""
        self.settings = settings
        names = ("styles", "population", "prices", "demand", "orders", "stock")
        seeds = np.random.SeedSequence(settings.seed).spawn(len(names))
        self._seeds = dict(zip(names, seeds, strict=True))

    @cached_property
    def styles(self) -> tuple[Style, ...]:
        """The products."""
        return make_styles(self._generator("styles"))

    @cached_property
    def population(self) -> Population:
        """The customers, with what nobody sees of them."""
        return draw_population(
            self._generator("population"), customers=self.settings.customers, weeks=self.settings.weeks
        )

    @cached_property
    def truth(self) -> Truth:
        """The parameters and effects behind the numbers."""
        return Truth(
            elasticity={category_id(leaf): leaf.elasticity for leaf in LEAVES},
            price_ratio=self._price_ratio,
            rate=self.population.rate,
            active_until_week=self.population.last_week,
            campaigns=self._demand[1],
        )

    @property
    def purchases(self) -> Purchases:
        """All pieces that were bought, as arrays."""
        return self._demand[0]

    def items(self) -> Iterator[ShopItem]:
        """Everything the shop reports: the catalogue, customers, then orders from the oldest on."""
        yield from categories()
        stock = self._generator("stock")
        for style in self.styles:
            pieces = {
                style.variant_id(size, colour): int(stock.poisson(14))
                for size in style.sizes
                for colour in style.colours
            }
            yield shop_product(style, pieces=pieces, updated_at=self.settings.until)
        yield from self.customers()
        yield from self.orders()

    def customers(self) -> Iterator[ShopCustomer]:
        """The customers as the shop knows them."""
        population = self.population
        currency = population.currency
        for index, country_index in enumerate(population.country):
            country = COUNTRIES[country_index]
            yield ShopCustomer(
                customer_id=customer_id(index),
                country=country,
                currency=currency[index],
                locale=_LOCALES[country],
                marketing_consent=bool(population.consent[index]),
                created_at=self.settings.first_day + timedelta(weeks=int(population.first_week[index])),
            )

    def orders(self) -> Iterator[ShopOrder]:
        """The orders, the oldest first."""
        purchases, campaigns = self._demand
        writer = OrderWriter(
            self._generator("orders"),
            self.styles,
            self.population,
            campaigns,
            first_day=self.settings.first_day,
            until=self.settings.until,
            price_ratio=self._price_ratio,
        )
        return writer.orders(purchases)

    @cached_property
    def _price_ratio(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return draw_price_ratios(self._generator("prices"), weeks=self.settings.weeks)

    @cached_property
    def _demand(self) -> tuple[Purchases, tuple[SimulatedCampaign, ...]]:
        simulator = DemandSimulator(
            self._generator("demand"),
            self.population,
            first_day=self.settings.first_day,
            weeks=self.settings.weeks,
            price_ratio=self._price_ratio,
        )
        return simulator.run()

    def _generator(self, part: str) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(self._seeds[part]))
