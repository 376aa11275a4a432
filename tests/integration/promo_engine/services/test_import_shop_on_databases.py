"""The unit tests of import_shop, on both databases."""

from tests.unit.promo_engine.services.test_import_shop import *  # noqa: F403  # pytest collects them here as well
