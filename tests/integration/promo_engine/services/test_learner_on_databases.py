"""The unit tests of learner, on both databases."""

from tests.unit.promo_engine.services.test_learner import *  # noqa: F403  # pytest collects them here as well
