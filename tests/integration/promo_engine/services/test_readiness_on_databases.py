"""The unit tests of readiness, on both databases."""

from tests.unit.promo_engine.services.test_readiness import *  # noqa: F403  # pytest collects them here as well
