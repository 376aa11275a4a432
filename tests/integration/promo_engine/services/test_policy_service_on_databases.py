"""The unit tests of policy_service, on both databases."""

from tests.unit.promo_engine.services.test_policy_service import *  # noqa: F403  # pytest collects them here as well
