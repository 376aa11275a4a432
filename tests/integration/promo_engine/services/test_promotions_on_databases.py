"""The unit tests of promotions, on both databases."""

from tests.unit.promo_engine.services.test_promotions import *  # noqa: F403  # pytest collects them here as well
