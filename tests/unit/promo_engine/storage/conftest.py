"""Storage in memory, filled with the small shop."""

from __future__ import annotations

import pytest

from tests.support.fake_storage import FakeStorage
from tests.support.small_shop import fake_small_shop


@pytest.fixture
async def storage() -> FakeStorage:
    return await fake_small_shop()
