"""The unit tests of decision_queue, on both databases."""

from tests.unit.promo_engine.services.test_decision_queue import *  # noqa: F403  # pytest collects them here as well
