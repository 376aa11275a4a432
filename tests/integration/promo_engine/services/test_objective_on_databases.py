"""The unit tests of objective, on both databases."""

from tests.unit.promo_engine.services.test_objective import *  # noqa: F403  # pytest collects them here as well
