"""Trains the user model and the first policy on what the database holds, and stores every customer's state.

Wires storage, user model and policies as `app.py` does; `promobot train` calls it. It ends well on any migrated
database: a shop without orders gets the popularity of its catalogue, a small one counts, a larger one an LSTM if that
is better (`model_levels`). Each is a version in the registry.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.models.first_policy import leave_first_policy
from promo_engine.models.lstm_candidate import Candidate, fit_candidate, measure
from promo_engine.models.model_levels import Serves, choose, reason, tries_lstm
from promo_engine.models.model_registry import METRICS, Release, enter, pack, serve, store_states
from promo_engine.models.training_material import Material, ModelChoices, read_material
from promo_engine.models.training_summary import TrainingSummary
from promo_engine.policies.initial_policy_file import PolicyMissing, load_initial_policy
from promo_engine.storage import user_model_registry as user_models
from promo_engine.storage.history_arrays import (
    HistorySize,
    history_fingerprint,
    history_size,
    read_purchases,
    states_are_current,
)
from promo_engine.user_model.model_files import ModelMissing, load_user_model, read_settings, save_user_model
from promo_engine.user_model.model_settings import PrivacySettings, TrainingError, TrainingSettings
from promo_engine.user_model.shop_model import ShopCustomerModel
from promo_engine.user_model.training import processes
from promo_engine.user_model.training.validation import list_depth


async def train(
    engine: AsyncEngine,
    model_dir: Path,
    *,
    training: TrainingSettings | None = None,
    choices: ModelChoices | None = None,
    privacy: PrivacySettings | None = None,
    force: bool = False,
    go_on: bool = False,
) -> TrainingSummary:
    """Train unless data, settings, code and processor are those of a registered version; store missing states.

    What is not better on unseen weeks is kept as a candidate. `go_on` starts from the live version's weights and trains
    shortly; `privacy` trains the LSTM with differential privacy from the first weights on, and the first policy, which
    learns from redemptions, without. Raises TrainingError for both at once.
    """
    if privacy is not None and go_on:
        raise TrainingError("a private training cannot go on from a model that was trained without privacy")
    began = perf_counter()
    chosen, choices, size = training or TrainingSettings(), choices or ModelChoices(), await history_size(engine)
    trained_on = await _content(engine, size, chosen, choices, privacy)
    live = _usable(model_dir)
    if live is not None and not force and read_settings(model_dir)["trained_on"] == trained_on:
        return await _kept(engine, model_dir, live, began)
    if live is not None and await user_models.categories_of(engine, live.version) is None:
        live = None  # it was trained for another shop
    if live is not None and not force and await _was_refused(engine, trained_on):
        return await _kept(engine, model_dir, live, began)
    print("reading the purchase history", flush=True)
    material = await read_material(engine, size, chosen, choices)
    candidate = fit_candidate(material, privacy=privacy, start_from=live if go_on else None)
    if processes.rank():
        return TrainingSummary(True, "", 0, perf_counter() - began, {})
    return await _release(engine, model_dir, material, candidate, live, trained_on=trained_on, began=began)


async def _release(
    engine: AsyncEngine,
    model_dir: Path,
    material: Material,
    candidate: Candidate,
    live: ShopCustomerModel | None,
    *,
    trained_on: dict[str, Any],
    began: float,
) -> TrainingSummary:
    """Judge the models, register each, and let one serve."""
    leads, figures, candidate = measure(material, candidate, live)
    serves = choose(leads)
    count = material.category_count
    level = reason(serves, leads, material.size, category_count=count, failure=candidate.failure)
    common = {
        "level": level,
        "horizon_days": material.horizons_days[0],
        "list_depth": list_depth(count),
        "newest_category": material.index.newest,
    }
    customers = len(np.unique(material.rows.basket_customer))
    counts = ShopCustomerModel(material.counts(), material.index)
    metrics: dict[str, dict[str, Any]] = {}
    for model, own in ((counts, {}), (candidate.model, candidate.metrics)):
        if model is not None:
            said = {"kind": model.kind, **common, "user_model": figures, **own, "customer_states": customers}
            parent = None if live is None or live.version == model.version else live.version
            metrics[model.version] = said
            await _register(engine, model, material, said, parent=parent, trained_on=trained_on, began=began)
    served = {Serves.NEW_LSTM: candidate.model, Serves.COUNTS: counts, Serves.LIVE_LSTM: None}[serves]
    if served is not None:
        print("storing the customers' states", flush=True)
        await serve(engine, model_dir, served.version, rows=material.rows)
    newest = served or candidate.model or counts
    decision = [str(Release(newest.version, promoted=served is not None, lead=leads.against_live))]
    if served is counts and candidate.model is not None:
        decision.append(str(Release(candidate.model.version, promoted=False, lead=None)))
    shown = metrics[newest.version] | {key: candidate.metrics[key] for key in ("privacy",) if key in candidate.metrics}
    return TrainingSummary(True, newest.version, customers, perf_counter() - began, shown, "\n".join(decision))


async def _register(
    engine: AsyncEngine,
    model: ShopCustomerModel,
    material: Material,
    metrics: dict[str, Any],
    *,
    parent: str | None,
    trained_on: dict[str, Any],
    began: float,
) -> None:
    """Make the model's folder, its first policy in it, and enter it as a candidate."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        metrics["policy"] = leave_first_policy(model, material.rows, material.history, material.promotions, folder)
        metrics["seconds"] = round(perf_counter() - began, 1)
        (folder / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        save_user_model(model, folder, trained_on=trained_on)
        await enter(engine, model, parent, pack(folder))


async def _kept(engine: AsyncEngine, model_dir: Path, live: ShopCustomerModel, began: float) -> TrainingSummary:
    """Nothing to train; states that are missing are computed."""
    metrics = json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
    if not await states_are_current(engine, model_version=live.version):
        print("storing the customers' states", flush=True)
        metrics["customer_states"] = await store_states(engine, live, await read_purchases(engine))
    if await user_models.categories_of(engine, live.version) is None:  # a new database beside a model that is there
        await enter(engine, live, None, pack(model_dir))
    await user_models.make_live(engine, live.version)
    return TrainingSummary(False, live.version, metrics["customer_states"], perf_counter() - began, metrics)


async def _was_refused(engine: AsyncEngine, trained_on: dict[str, Any]) -> bool:
    """A candidate was trained on exactly this and was not let serve."""
    registered = await user_models.registered(engine)
    return any(model.status == user_models.CANDIDATE and model.trained_on == trained_on for model in registered)


async def _content(
    engine: AsyncEngine,
    size: HistorySize,
    training: TrainingSettings,
    choices: ModelChoices,
    privacy: PrivacySettings | None,
) -> dict[str, Any]:
    """All that decides what a training yields, as JSON gives it back."""
    content: dict[str, Any] = {
        "data": await history_fingerprint(engine),
        "training": asdict(training),
        "choices": asdict(choices),
        "code": _code_hash(),
        # Counts come out the same everywhere.
        "processor": _processor() if tries_lstm(size, category_count=1) else "any",
    }
    if privacy is not None:
        content["privacy"] = asdict(privacy)
    known: dict[str, Any] = json.loads(json.dumps(content))
    return known


def _usable(model_dir: Path) -> ShopCustomerModel | None:
    """The model in the folder if it is complete."""
    try:
        json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
        load_initial_policy(model_dir)
        return load_user_model(model_dir)
    except (ModelMissing, PolicyMissing, FileNotFoundError, KeyError, ValueError):
        return None


def _processor() -> str:
    """The instructions that torch computes with, such as AVX2: each rounds differently and trains another model."""
    try:
        import torch  # noqa: PLC0415  takes seconds to import
    except ModuleNotFoundError:
        return "no torch"
    return str(torch.backends.cpu.get_cpu_capability())


def _code_hash() -> str:
    """Hash of the source that decides what training yields."""
    here = Path(__file__).parents[1]
    files = [
        *(here / "user_model").rglob("*.py"),
        *(here / "policies").rglob("*.py"),
        *(here / "models").glob("*.py"),
        here / "domain" / "catalogue" / "category_tree.py",
        here / "storage" / "history_arrays.py",
    ]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
