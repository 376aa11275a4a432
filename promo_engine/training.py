"""Trains the user model and the first policy on what the database holds, and stores every customer's state.

Wires storage, user model and policies as `app.py` does; `promobot train` calls it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.policies.files import PolicyMissing, load_initial_policy, save_initial_policy
from promo_engine.policies.thompson import ThompsonSamplingPolicy
from promo_engine.policies.warm_start import ranking_auc, warm_policy
from promo_engine.storage.history import (
    PastPromotion,
    PurchaseRows,
    history_fingerprint,
    read_past_promotions,
    read_purchases,
    replace_states,
    states_are_current,
)
from promo_engine.training_data import outlook_campaigns, purchase_history
from promo_engine.user_model.files import ModelMissing, load_user_model, read_settings, save_user_model
from promo_engine.user_model.history import PurchaseHistory
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.settings import ModelSettings, TrainingSettings

METRICS = "metrics.json"
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
        return "\n".join(lines)


async def train(
    engine: AsyncEngine, model_dir: Path, *, training: TrainingSettings | None = None, force: bool = False
) -> TrainingSummary:
    """Train unless data, settings and code are those of the model in `model_dir`; make sure all states are stored.

    Raises NothingToTrainOn if the database holds too little history.
    """
    began = perf_counter()
    chosen = training or TrainingSettings()
    trained_on = {"data": await history_fingerprint(engine), "training": asdict(chosen), "code": _code_hash()}
    model = None if force else _usable(model_dir, trained_on)
    if model is not None and await states_are_current(engine, model_version=model.version):
        metrics = json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
        return TrainingSummary(False, model.version, metrics["customer_states"], perf_counter() - began, metrics)
    print("reading the purchase history", flush=True)
    rows = await read_purchases(engine)
    needed = chosen.validation_days + chosen.stopping_days + 28
    if len(rows.basket_day) == 0 or np.ptp(rows.basket_day) < needed:
        raise NothingToTrainOn(
            f"training needs {needed} days of purchases or more; run `promobot import completejourney` first"
        )
    history = purchase_history(rows)
    fresh = model is None
    if model is None:
        promotions = await read_past_promotions(engine)
        model, metrics = _train_both(rows, history, promotions, chosen, model_dir)
    else:
        metrics = json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
    print("storing the customers' states", flush=True)
    metrics["customer_states"] = await _store_states(engine, model, rows, history)
    metrics["seconds"] = round(perf_counter() - began, 1) if fresh else metrics["seconds"]
    (model_dir / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    if fresh:  # last, so that a training that was cut short counts as none
        save_user_model(model, model_dir, trained_on=trained_on)
    return TrainingSummary(fresh, model.version, metrics["customer_states"], perf_counter() - began, metrics)


def _train_both(
    rows: PurchaseRows,
    history: PurchaseHistory,
    promotions: Sequence[PastPromotion],
    training: TrainingSettings,
    model_dir: Path,
) -> tuple[LstmCustomerModel, dict[str, Any]]:
    from promo_engine.user_model import fit, validation  # noqa: PLC0415  torch takes seconds, a skipped run needs none

    model, report = fit.run(history, model=ModelSettings(category_count=rows.category_count), training=training)
    campaigns = outlook_campaigns(model, rows, history, promotions)
    held_out = ranking_auc(warm_policy(campaigns[:-HELD_OUT_CAMPAIGNS]), campaigns[-HELD_OUT_CAMPAIGNS:])
    policy: ThompsonSamplingPolicy = warm_policy(campaigns)
    save_initial_policy(policy, model_dir)
    return model, {
        "user_model": validation.compare(model, history, training),
        "fit": {"training_losses": list(report.training_losses), "stopping_losses": list(report.stopping_losses)},
        "policy": {
            "held_out_auc": held_out if np.isfinite(held_out) else None,
            "campaigns": len(campaigns),
            "rows": sum(len(campaign.redeemed) for campaign in campaigns),
            "redeemed": int(sum(campaign.redeemed.sum() for campaign in campaigns)),
        },
    }


async def _store_states(
    engine: AsyncEngine, model: LstmCustomerModel, rows: PurchaseRows, history: PurchaseHistory
) -> int:
    last = {customer: rows.basket_at[place] for place, customer in enumerate(rows.basket_customer.tolist())}
    states = [
        (rows.customer_ids[customer], state, last[customer])
        for customer, state in enumerate(model.states(history))
        if customer in last
    ]
    await replace_states(engine, model_version=model.version, states=states)
    return len(states)


def _usable(model_dir: Path, trained_on: dict[str, Any]) -> LstmCustomerModel | None:
    """The model in the folder if it is complete and was trained on exactly this."""
    try:
        if read_settings(model_dir)["trained_on"] != trained_on:
            return None
        json.loads((model_dir / METRICS).read_text(encoding="utf-8"))
        load_initial_policy(model_dir)
        return load_user_model(model_dir)
    except (ModelMissing, PolicyMissing, FileNotFoundError, KeyError, ValueError):
        return None


def _code_hash() -> str:
    """Hash of the source that decides what training yields."""
    here = Path(__file__).parent
    files = [*(here / "user_model").glob("*.py"), *(here / "policies").glob("*.py"), Path(__file__)]
    digest = hashlib.sha256()
    for path in sorted([*files, here / "storage" / "history.py"]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
