"""The unit tests of idempotent_executor, on both databases."""

from tests.unit.promo_engine.services.test_idempotent_executor import *  # noqa: F403  # pytest collects them here as well
