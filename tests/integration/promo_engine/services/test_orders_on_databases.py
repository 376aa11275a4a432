"""The unit tests of orders, on both databases."""

from tests.unit.promo_engine.services.test_orders import *  # noqa: F403  # pytest collects them here as well
