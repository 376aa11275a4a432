"""The real application over HTTP: SQLite, the small shop, hand-made models."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from promo_engine.app import create_app
from promo_engine.services.engine import Models
from promo_engine.settings import Settings
from tests.promo_engine.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """SQLite alone: the services' tests run on both databases, HTTP does not care."""
    file = tmp_path / "engine.db"
    shutil.copy(migrated_file, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(engine_database_url=database_url, model_dir=tmp_path, holdout_basis_points=0)


@pytest.fixture
def models(model: CountingCustomerModel, policy: AveragingPolicy) -> Models:
    return Models(
        customer_model=model,
        initial_policy=policy,
        unpack_policy=AveragingPolicy.from_bytes,
        attribution=MeanAttribution(),
    )


@pytest.fixture
async def client(
    settings: Settings, models: Models, clock: Clock, storage: object, aiohttp_client: AiohttpClient
) -> TestClient:
    """A client of the running engine; `storage` has filled its database."""
    return await aiohttp_client(create_app(settings, models=lambda _path: models, clock=clock))
