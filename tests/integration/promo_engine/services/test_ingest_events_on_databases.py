"""The unit tests of ingest_events, on both databases."""

from tests.unit.promo_engine.services.test_ingest_events import *  # noqa: F403  # pytest collects them here as well
