"""Storage in memory, for tests of services: every repository of `promo_engine.ports` without a database.

`tests/integration/promo_engine/storage/test_unit_of_work.py` and the tests of services run on it and on both databases,
so that it answers as they do.
"""

from tests.support.fake_storage.rows import ConstraintError
from tests.support.fake_storage.storage import FakeStorage, FakeUnitOfWork

__all__ = ["ConstraintError", "FakeStorage", "FakeUnitOfWork"]
