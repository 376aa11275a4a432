"""Customers of the simulated shop: when they come, how often they buy, what they like, and when they leave.

The process is Pareto/NBD with the parameters that were fitted to CDNOW's customers (Fader, Hardie and Lee, "RFM and
CLV", Journal of Marketing Research 2005: r = .553, alpha = 10.578, s = .606, beta = 11.669, in weeks). Rates are
multiplied by RATE_SCALE, since the shop is to have five orders a customer in three years and CDNOW's had fewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.shops.trail_and_tarn.style_words import BRANDS, LEAVES

R, ALPHA, S, BETA = 0.553, 10.578, 0.606, 11.669
RATE_SCALE = 2.85
COUNTRIES = ("GB", "DE", "FR", "NL", "IE", "AT")
_SHARE_OF_COUNTRIES = (0.4, 0.3, 0.1, 0.08, 0.06, 0.06)
_TASTE = 0.25
"""Concentration of the Dirichlet over categories: small means that a customer buys in few of them."""


@dataclass(frozen=True)
class Population:
    """One entry a customer in every array; N customers, C leaves, B brands."""

    first_week: NDArray[np.int64]
    rate: NDArray[np.float64]
    last_week: NDArray[np.float64]
    taste: NDArray[np.float64]
    """(N, C), rows sum to 1."""
    brand_liking: NDArray[np.float64]
    """(N, B), rows sum to 1."""
    country: NDArray[np.int64]
    """Index in COUNTRIES."""
    clothes_size: NDArray[np.int64]
    shoe_size: NDArray[np.int64]
    consent: NDArray[np.bool_]

    @property
    def currency(self) -> list[str]:
        """By customer."""
        return ["GBP" if COUNTRIES[index] == "GB" else "EUR" for index in self.country]


def draw_population(generator: np.random.Generator, *, customers: int, weeks: int) -> Population:
    """Draw customers; more of them come in the later weeks, as in a shop that grows."""
    first = np.floor(weeks * generator.beta(1.3, 1.0, customers)).astype(np.int64).clip(0, weeks - 1)
    rate = generator.gamma(R, RATE_SCALE / ALPHA, customers)
    leaving = generator.gamma(S, 1.0 / BETA, customers)
    return Population(
        first_week=first,
        rate=rate,
        last_week=first + generator.exponential(1.0, customers) / np.maximum(leaving, 1e-9),
        taste=generator.dirichlet(np.full(len(LEAVES), _TASTE), customers),
        brand_liking=generator.dirichlet(np.full(len(BRANDS), 1.0), customers),
        country=generator.choice(len(COUNTRIES), customers, p=_SHARE_OF_COUNTRIES),
        clothes_size=generator.binomial(4, 0.5, customers),
        shoe_size=generator.binomial(8, 0.5, customers),
        consent=generator.random(customers) < 0.7,
    )
