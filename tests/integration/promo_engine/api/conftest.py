"""The real application over HTTP: SQLite, the small shop, hand-made models."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_aiohttp.plugin import AiohttpClient

from promo_engine.app import create_app
from promo_engine.domain.catalogue.bought_together import BoughtTogether, LearnedProduct
from promo_engine.files.bought_together_file import write_bought_together
from promo_engine.ports.models import Models
from promo_engine.settings import Settings
from tests.support.api_client import ApiClient
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """SQLite alone: the services' tests run on both databases, HTTP does not care."""
    file = tmp_path / "engine.db"
    shutil.copy(migrated_file, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        engine_database_url=database_url,
        model_dir=tmp_path,
        pairings=tmp_path / "pairings.json",
        order_number_file=tmp_path / "order_numbers.json",
        shop_secrets=tmp_path / "shop_secrets.json",
        holdout_basis_points=0,
    )


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
) -> ApiClient:
    """A client of the running engine; `storage` has filled its database."""
    return await aiohttp_client(create_app(settings, models=lambda _path: models, clock=clock))


@pytest.fixture
def learned(settings: Settings) -> BoughtTogether:
    """What goes with what, as a file beside the engine's other models."""
    kinds = {"p-0": ("SOFT DRINKS", "COLA"), "p-2": ("COFFEE", "ESPRESSO"), "p-3": ("CHEESE", "BRIE")}
    products = {
        name: LearnedProduct(name, 0, category, kind, "8 OZ", "National", 999, 3)
        for name, (category, kind) in kinds.items()
    }
    also_bought = {"p-0": [("p-3", 4.26), ("p-2", 2.0)], "p-2": [("p-0", 2.0)]}
    pairings = BoughtTogether(
        datetime(2026, 11, 22, tzinfo=UTC), products, also_bought, {"ben": ["p-3"], "anna": ["p-2"]}
    )
    write_bought_together(settings.pairings, pairings)
    return pairings
