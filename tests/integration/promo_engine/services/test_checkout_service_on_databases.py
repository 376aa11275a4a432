"""The unit tests of checkout_service, on both databases."""

from tests.unit.promo_engine.services.test_checkout_service import *  # noqa: F403  # pytest collects them here as well
