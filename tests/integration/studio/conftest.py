"""The real package's history, read once a run."""

from __future__ import annotations

import pytest

from studio.data.sales_history import SalesHistory


@pytest.fixture(scope="session")
def real_history() -> SalesHistory:
    return SalesHistory.of_package()
