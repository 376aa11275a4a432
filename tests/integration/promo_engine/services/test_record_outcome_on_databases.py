"""The unit tests of record_outcome, on both databases."""

from tests.unit.promo_engine.services.test_record_outcome import *  # noqa: F403  # pytest collects them here as well
