"""The unit tests of weigh_rewards, on both databases."""

from tests.unit.promo_engine.services.test_weigh_rewards import *  # noqa: F403  # pytest collects them here as well
