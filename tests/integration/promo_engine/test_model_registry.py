"""Versions of the user model from training to serving and back, on a small simulated shop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.models.model_registry import UnknownModel, pack, roll_back, serve, unpack
from promo_engine.models.model_registry_service import RegistryUserModelService
from promo_engine.models.training import train
from promo_engine.storage import tables
from promo_engine.storage.user_model_registry import live_model, registered
from promo_engine.user_model import load_user_model
from tests.integration.promo_engine.test_training import fill
from tests.support.simulated import TINY_TRAINING

# Good leads untaught by 10 to 40 standard errors and 0.20 to 0.69 NDCG@10: seeds 1, 2, 3, 7 without AVX, with AVX2 and
# with AVX-512.
GOOD = replace(TINY_TRAINING, epochs=6)
UNTAUGHT = replace(TINY_TRAINING, epochs=1, learning_rate=1e-9)


async def state_versions(database: AsyncEngine) -> set[str]:
    async with database.connect() as connection:
        return set(await connection.scalars(select(tables.customer_states.c.model_version).distinct()))


async def test_a_worse_model_stays_a_candidate_and_can_be_made_to_serve_and_taken_back(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await fill(database)
    good = await train(database, tmp_path, training=GOOD)
    assert "serves" in str(good)
    files = pack(tmp_path)
    worse = await train(database, tmp_path, training=UNTAUGHT)
    assert "kept as a candidate" in str(worse)
    assert "NDCG@4 -" in str(worse)
    assert "level 2 serves on, the LSTM before: ahead of the counts" in str(worse)
    assert pack(tmp_path) == files
    assert await state_versions(database) == {good.model_version}
    versions = [(item.metrics["kind"], item.status, item.parent_version) for item in await registered(database)]
    assert versions == [
        ("lstm", "candidate", good.model_version),
        ("lstm", "live", None),
        ("counts", "candidate", None),  # the yardstick, the same both times
    ]
    again = await train(database, tmp_path, training=UNTAUGHT)  # it is known already, and was refused
    assert (again.trained, again.model_version) == (False, good.model_version)

    await serve(database, tmp_path, worse.model_version)
    assert load_user_model(tmp_path).version == worse.model_version
    assert worse.model_version in await state_versions(database)
    assert (await roll_back(database, tmp_path))[0] == good.model_version
    assert pack(tmp_path) == files
    live = await live_model(database)
    assert live is not None
    assert live.model_version == good.model_version
    assert live.metrics["user_model"]["lstm"]["ndcg_at_10"] == pytest.approx(
        good.metrics["user_model"]["lstm"]["ndcg_at_10"]
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # nothing here asks the database what is new
async def test_a_training_goes_on_from_the_live_weights(database: AsyncEngine, tmp_path: Path) -> None:
    await fill(database)
    first = await train(database, tmp_path, training=GOOD)
    onward = await train(database, tmp_path, training=replace(GOOD, seed=9), go_on=True)
    anew = await train(database, tmp_path, training=replace(GOOD, seed=9, epochs=1), force=True)
    newest = {version.model_version: version for version in await registered(database)}
    assert newest[onward.model_version].parent_version == first.model_version
    losses = {
        item: newest[item].metrics["fit"]["stopping_losses"] for item in (onward.model_version, anew.model_version)
    }
    assert len(losses[onward.model_version]) == 1  # a fifth of three, but one at least
    assert losses[onward.model_version][0] < losses[anew.model_version][0]  # by 0.38 to 0.92, over the same seeds


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_service_moves_versions_lists_them_and_asks_for_a_restart(
    database: AsyncEngine, tmp_path: Path
) -> None:
    await fill(database)
    restarts: list[int] = []
    service = RegistryUserModelService(database, tmp_path, restart=lambda: restarts.append(1))
    with pytest.raises(NotFound, match="There is no user model nobody"):
        await service.promote("nobody")
    with pytest.raises(Conflict, match="No user model served before"):
        await service.roll_back(serving_version=None)
    good = await train(database, tmp_path, training=GOOD)
    worse = await train(database, tmp_path, training=UNTAUGHT)
    with pytest.raises(Conflict, match="serves already"):
        await service.promote(good.model_version)
    assert restarts == []
    moved = await service.promote(worse.model_version)
    assert (moved.before_version, moved.restarts, moved.customer_states > 0) == (good.model_version, True, True)
    assert [(version.kind, version.model_version, version.status) for version in await service.versions()][:2] == [
        ("lstm", worse.model_version, "live"),
        ("lstm", good.model_version, "retired"),
    ]
    listed = await service.versions()
    assert listed[0].ndcg_at_10 is not None
    assert listed[1].ndcg_at_10 is not None
    assert listed[0].ndcg_at_10 < listed[1].ndcg_at_10
    assert (listed[2].kind, listed[2].status, listed[2].list_depth) == ("counts", "candidate", 4)
    assert (await service.roll_back(serving_version=worse.model_version)).model_version == good.model_version
    with pytest.raises(Conflict, match="does not serve any more"):
        await service.roll_back(serving_version=worse.model_version)
    assert restarts == [1, 1]


async def test_an_unknown_version_is_refused_and_nothing_is_moved(database: AsyncEngine, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with pytest.raises(UnknownModel, match="promobot model list"):
        await serve(database, folder, "nobody")
    with pytest.raises(UnknownModel, match="no user model served before"):
        await roll_back(database, folder)
    assert not folder.exists()


def test_what_is_packed_comes_out_again(tmp_path: Path) -> None:
    for name in ("weights.safetensors", "policy.npz", "metrics.json", "settings.json"):
        (tmp_path / name).write_text(name)
    archive = pack(tmp_path)
    unpack(archive, tmp_path / "copy")
    assert pack(tmp_path / "copy") == archive
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == sorted(
        ["metrics.json", "policy.npz", "settings.json", "weights.safetensors"]
    )
