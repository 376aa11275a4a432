"""The unit tests of make_decision, on both databases."""

from tests.unit.promo_engine.services.test_make_decision import *  # noqa: F403  # pytest collects them here as well
