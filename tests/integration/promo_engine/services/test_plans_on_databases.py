"""The unit tests of plans, on both databases."""

from tests.unit.promo_engine.services.test_plans import *  # noqa: F403  # pytest collects them here as well
