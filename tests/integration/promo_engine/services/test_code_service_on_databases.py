"""The unit tests of code_service, on both databases."""

from tests.unit.promo_engine.services.test_code_service import *  # noqa: F403  # pytest collects them here as well
