"""The real package's history, read once a run."""

from __future__ import annotations

import pytest

from studio.data.sales_history import SalesHistory
from studio.jobs.sources import package_history


@pytest.fixture(scope="session")
def real_history() -> SalesHistory:
    return package_history()
