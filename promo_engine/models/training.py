"""Trains the user model and the first policy on what the database holds, and stores every customer's state.

Wires storage, user model and policies as `app.py` does; `promobot train` calls it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.models.model_registry import METRICS, Release, pack, serve, store_states, unpack
from promo_engine.models.training_data import forecast_campaigns, purchase_history
from promo_engine.policies.initial_policy_file import PolicyMissing, load_initial_policy, save_initial_policy
from promo_engine.policies.warm_start import ranking_auc, warm_policy
from promo_engine.storage import user_model_registry as user_models
from promo_engine.storage.history_arrays import (
    PastPromotion,
    PurchaseRows,
    history_fingerprint,
    read_past_promotions,
    read_purchases,
    states_are_current,
)
from promo_engine.storage.user_model_registry import RegisteredModel
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_files import ModelMissing, load_user_model, read_settings, save_user_model
from promo_engine.user_model.model_settings import (
    ModelSettings,
    PrivacySettings,
    TrainingError,
    TrainingSettings,
    continued,
)
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.training import processes

if TYPE_CHECKING:
    from promo_engine.user_model.training.validation import Lead

HELD_OUT_CAMPAIGNS = 6
"""The latest ones, on which the first policy's ranking is measured; the policy that is kept learns from all."""


class NothingToTrainOn(Exception):  # noqa: N818  named after what is wrong, like the domain's errors
    """The database has too little history; the message is one line that says what to run."""


@dataclass(frozen=True)
class TrainingSummary:
    """What was trained and how good it is."""

    trained: bool
    """False: nothing had changed since the last training."""
    model_version: str
    customers: int
    seconds: float
    metrics: dict[str, Any]
    decision: str = ""
    """Whether it serves, and why not."""

    def __str__(self) -> str:
        what = "trained" if self.trained else "unchanged, kept"
        lines = [f"user model {self.model_version}: {what}, {self.customers} customer states, {self.seconds:.0f} s"]
        lines.append(f"{'next 7 days, unseen weeks':28}{'Recall@10':>10}{'NDCG@10':>10}")
        for name, row in self.metrics["user_model"].items():
            lines.append(f"{name.replace('_', ' '):28}{row['recall_at_10']:10.3f}{row['ndcg_at_10']:10.3f}")
        for name in ("personal_frequency", "decayed_frequency"):
            row = self.metrics["user_model"][name]
            lead, error = row["lstm_leads_ndcg_by"], row["standard_error"]
            lines.append(f"the LSTM leads {name.replace('_', ' ')} by {lead:+.4f} NDCG@10, standard error {error:.4f}")
        auc = self.metrics["policy"]["held_out_auc"]
        ranking = "no redemptions to measure it on" if auc is None else f"ROC-AUC {auc:.3f}, chance is 0.5"
        lines.append(f"first policy, redemptions of unseen campaigns: {ranking}")
        if "privacy" in self.metrics:
            spent = self.metrics["privacy"]
            lines.append(
                f"differential privacy of a customer: epsilon {spent['epsilon']:.2f}, delta {spent['delta']:g}"
            )
        if self.decision:
            lines.append(self.decision)
        return "\n".join(lines)


async def train(
    engine: AsyncEngine,
    model_dir: Path,
    *,
    training: TrainingSettings | None = None,
    privacy: PrivacySettings | None = None,
    force: bool = False,
    go_on: bool = False,
) -> TrainingSummary:
    """Train unless data, settings, code and processor are those of a registered version; store missing states.

    A version that is worse than the live one on unseen weeks is kept as a candidate. `go_on` starts from the live
    version's weights and trains shortly; `privacy` trains with differential privacy from the first weights on, and the
    first policy, which learns from redemptions, without. Raises NothingToTrainOn if the database holds too little
    history, TrainingError for both at once.
    """
    if privacy is not None and go_on:
        raise TrainingError("a private training cannot go on from a model that was trained without privacy")
    began = perf_counter()
    chosen = training or TrainingSettings()
    content: dict[str, Any] = {
        "data": await history_fingerprint(engine),
        "training": asdict(chosen),
        "code": _code_hash(),
        "processor": _processor(),
    }
    if privacy is not None:
        content["privacy"] = asdict(privacy)
    trained_on = json.loads(json.dumps(content))
    live = _usable(model_dir)
    if live is not None and not force and read_settings(model_dir)["trained_on"] == trained_on:
        return await _kept(engine, model_dir, live, began)
    refused = None if force else await _refused(engine, trained_on)
    if refused is not None and live is not None:
        return await _kept(engine, model_dir, live, began)
    rows, history = await _read(engine, chosen)
    promotions = await read_past_promotions(engine)
    with TemporaryDirectory() as made:
        first_weights = live if go_on else None
        model, metrics = _fit(rows, history, chosen, privacy, start_from=first_weights)
        if processes.rank():
            return TrainingSummary(True, model.version, 0, perf_counter() - began, {})
        metrics["policy"] = _first_policy(model, rows, history, promotions, Path(made))
        metrics["seconds"] = round(perf_counter() - began, 1)
        metrics["customer_states"] = len(np.unique(rows.basket_customer))
        (Path(made) / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
        save_user_model(model, Path(made), trained_on=trained_on)
        archive = pack(Path(made))
    if live is not None:
        await _enter(engine, live.version, None, pack(model_dir))
        await user_models.make_live(engine, live.version)
    await _enter(engine, model.version, live.version if live else None, archive)
    lead = _lead(model, live, history, chosen)
    promotion = Release(model.version, promoted=lead is None or not lead.worse, lead=lead)
    if promotion.promoted:
        print("storing the customers' states", flush=True)
        await serve(engine, model_dir, model.version, rows=rows)
    seconds = perf_counter() - began
    return TrainingSummary(True, model.version, metrics["customer_states"], seconds, metrics, str(promotion))


async def _kept(engine: AsyncEngine, model_dir: Path, live: LstmCustomerModel, began: float) -> TrainingSummary:
    """Nothing to train; states that are missing are computed."""
    metrics = json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
    if not await states_are_current(engine, model_version=live.version):
        print("storing the customers' states", flush=True)
        rows = await read_purchases(engine)
        metrics["customer_states"] = await store_states(engine, live, rows, purchase_history(rows))
    if await user_models.live_model(engine) is None:  # a new database beside a model that is there
        await _enter(engine, live.version, None, pack(model_dir))
        await user_models.make_live(engine, live.version)
    return TrainingSummary(False, live.version, metrics["customer_states"], perf_counter() - began, metrics)


async def _enter(engine: AsyncEngine, model_version: str, parent_version: str | None, archive: bytes) -> None:
    with TemporaryDirectory() as folder:
        unpack(archive, Path(folder))
        await user_models.register(
            engine,
            model_version=model_version,
            parent_version=parent_version,
            archive=archive,
            trained_on=read_settings(Path(folder))["trained_on"],
            metrics=json.loads((Path(folder) / METRICS).read_text(encoding="utf-8")),
        )


async def _refused(engine: AsyncEngine, trained_on: dict[str, Any]) -> RegisteredModel | None:
    """The candidate that was trained on exactly this and was not let serve."""
    candidates = [model for model in await user_models.registered(engine) if model.status == user_models.CANDIDATE]
    return next((model for model in candidates if model.trained_on == trained_on), None)


async def _read(engine: AsyncEngine, training: TrainingSettings) -> tuple[PurchaseRows, PurchaseHistory]:
    print("reading the purchase history", flush=True)
    rows = await read_purchases(engine)
    needed = training.validation_days + training.stopping_days + 28
    if len(rows.basket_day) == 0 or np.ptp(rows.basket_day) < needed:
        raise NothingToTrainOn(
            f"training needs {needed} days of purchases or more; run `promobot import completejourney` first"
        )
    return rows, purchase_history(rows)


def _lead(
    model: LstmCustomerModel, live: LstmCustomerModel | None, history: PurchaseHistory, training: TrainingSettings
) -> Lead | None:
    """None where there is nothing to compare with: the first model, or one of other categories."""
    from promo_engine.user_model.training import validation  # noqa: PLC0415

    if live is None or live.settings.category_count != model.settings.category_count:
        return None
    return validation.lead(model, live, history, training)


def _fit(
    rows: PurchaseRows,
    history: PurchaseHistory,
    training: TrainingSettings,
    privacy: PrivacySettings | None,
    *,
    start_from: LstmCustomerModel | None,
) -> tuple[LstmCustomerModel, dict[str, Any]]:
    """The user model, how good it is on weeks it never saw, and what is to be recorded of its training."""
    from promo_engine.user_model.training import fit, validation  # noqa: PLC0415  torch takes seconds to import

    shape = ModelSettings(category_count=rows.category_count)
    if privacy is not None:
        from promo_engine.user_model.training import private  # noqa: PLC0415  so does opacus

        model, spent = private.run(history, model=shape, training=training, privacy=privacy)
        return model, {"user_model": validation.compare(model, history, training), "privacy": asdict(spent)}
    if start_from is not None and start_from.settings == shape:
        model, report = fit.run(history, model=shape, training=continued(training), start_from=start_from)
    else:
        model, report = fit.run(history, model=shape, training=training)
    losses = {"training_losses": list(report.training_losses), "stopping_losses": list(report.stopping_losses)}
    quality = {} if processes.rank() else validation.compare(model, history, training)
    return model, {"user_model": quality, "fit": losses}


def _first_policy(
    model: LstmCustomerModel,
    rows: PurchaseRows,
    history: PurchaseHistory,
    promotions: Sequence[PastPromotion],
    folder: Path,
) -> dict[str, Any]:
    """Leave the first policy, made from the user model's forecasts, in `folder`; returns what it learned from."""
    campaigns = forecast_campaigns(model, rows, history, promotions)
    held_out = ranking_auc(warm_policy(campaigns[:-HELD_OUT_CAMPAIGNS]), campaigns[-HELD_OUT_CAMPAIGNS:])
    save_initial_policy(warm_policy(campaigns), folder)
    return {
        "held_out_auc": held_out if np.isfinite(held_out) else None,
        "campaigns": len(campaigns),
        "rows": sum(len(campaign.redeemed) for campaign in campaigns),
        "redeemed": int(sum(campaign.redeemed.sum() for campaign in campaigns)),
    }


def _usable(model_dir: Path) -> LstmCustomerModel | None:
    """The model in the folder if it is complete."""
    try:
        json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
        load_initial_policy(model_dir)
        return load_user_model(model_dir)
    except (ModelMissing, PolicyMissing, FileNotFoundError, KeyError, ValueError):
        return None


def _processor() -> str:
    """The instructions that torch computes with, such as AVX2: each rounds differently and trains another model."""
    import torch  # noqa: PLC0415  late, as above

    return str(torch.backends.cpu.get_cpu_capability())


def _code_hash() -> str:
    """Hash of the source that decides what training yields."""
    here = Path(__file__).parents[1]
    files = [
        *(here / "user_model").rglob("*.py"),
        *(here / "policies").rglob("*.py"),
        Path(__file__),
        here / "models" / "training_data.py",
    ]
    digest = hashlib.sha256()
    for path in sorted([*files, here / "storage" / "history_arrays.py"]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
