"""The unit tests of price_list, on both databases."""

from tests.unit.promo_engine.services.test_price_list import *  # noqa: F403  # pytest collects them here as well
