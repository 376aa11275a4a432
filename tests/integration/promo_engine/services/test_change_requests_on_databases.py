"""The unit tests of changes of orders, on both databases."""

from tests.unit.promo_engine.services.test_change_requests import *  # noqa: F403  # pytest collects them here as well
