"""The unit tests of reports, on both databases."""

from tests.unit.promo_engine.services.test_reports import *  # noqa: F403  # pytest collects them here as well
