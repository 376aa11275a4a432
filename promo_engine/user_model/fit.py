"""Fit the purchase network. Flat on purpose: one loop over epochs, one over batches of customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from promo_engine.user_model.counters import Counters, count_all
from promo_engine.user_model.history import Floats, Ints, PurchaseHistory, by_position
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.settings import ModelSettings, TrainingError, TrainingSettings
from promo_engine.user_model.snapshots import Rows, SnapshotReader


@dataclass(frozen=True)
class FitReport:
    """What the loop saw."""

    epochs: int
    training_losses: tuple[float, ...]
    stopping_losses: tuple[float, ...]


def run(
    history: PurchaseHistory, *, model: ModelSettings, training: TrainingSettings, show_progress: bool = True
) -> tuple[LstmCustomerModel, FitReport]:
    """Fit on everything before the stopping and validation windows; return the best epoch's model."""
    torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    generator = np.random.default_rng(training.seed)
    end = float(history.basket_day.max())
    validation_from = end - training.validation_days
    stopping_from = validation_from - training.stopping_days
    known = history.select(before_day=stopping_from)
    watched = history.select(before_day=validation_from)
    customers = np.flatnonzero(np.diff(known.customer_start) > 0)
    batch_count = -(-len(customers) // training.customers_per_batch)
    network = PurchaseNetwork(model)
    optimiser = torch.optim.AdamW(network.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=training.learning_rate, total_steps=training.epochs * batch_count, pct_start=0.15
    )
    losses: list[float] = []
    stopping: list[float] = []
    best: dict[str, Tensor] = {}
    with tqdm(
        total=training.epochs * batch_count, desc="user model", unit="batch", disable=not show_progress
    ) as progress:
        for _ in range(training.epochs):
            network.train()
            epoch_loss = 0.0
            for part in np.array_split(generator.permutation(customers), batch_count):
                batch = known.select(customers=np.sort(part))
                counters = count_all(batch, model)
                who, day = _moments(batch, training, horizon=model.horizon_days, end=stopping_from, generator=generator)
                rows = SnapshotReader(batch, counters, model).rows(
                    customer=who, day=day, sampled_others=training.sampled_others, generator=generator
                )
                loss = _loss(network, batch, counters, rows, training)
                if not torch.isfinite(loss):
                    raise TrainingError(f"the user model's loss became {loss.item()} after {len(losses)} epochs")
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                epoch_loss += loss.item() / batch_count
                progress.update()
            losses.append(epoch_loss)
            stopping.append(_stopping_loss(network, watched, model, training, start=stopping_from, end=validation_from))
            progress.set_postfix(loss=f"{epoch_loss:.4f}", stopping=f"{stopping[-1]:.4f}")
            if stopping[-1] == min(stopping):
                best = network.serving_weights()
            elif len(stopping) - 1 - int(np.argmin(stopping)) >= training.patience:
                break
    weights = {name: value.numpy().astype(np.float32) for name, value in best.items()}
    return LstmCustomerModel(model, weights), FitReport(len(losses), tuple(losses), tuple(stopping))


def _moments(
    batch: PurchaseHistory, training: TrainingSettings, *, horizon: float, end: float, generator: np.random.Generator
) -> tuple[Ints, Floats]:
    """Random moments of every customer whose horizon the history covers, and the one just before the first basket."""
    first = batch.basket_day[batch.customer_start[:-1]]
    latest = np.maximum(end - horizon, first)
    spread = generator.random((len(first), training.snapshots_per_customer))
    day = first[:, None] + spread * (latest - first)[:, None]
    day = np.concatenate([first[:, None] - 1e-3, day], axis=1)
    who = np.repeat(np.arange(len(first)), day.shape[1])
    return who, day.ravel()


def hidden_rows(network: PurchaseNetwork, history: PurchaseHistory, counters: Counters, rows: Rows) -> Tensor:
    """(N, H) memory of each row's pair at its moment, zeros where it was never bought."""
    order, sizes = by_position(history.pair_start)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    memories = network.memories(
        inputs=torch.from_numpy(counters.step_input[order]),
        category=torch.from_numpy(history.pair_category[history.step_pair[order]]),
        sizes=torch.from_numpy(sizes),
    )
    memories = torch.cat([memories, memories.new_zeros(1, memories.shape[1])])
    return memories[torch.from_numpy(np.where(rows.step >= 0, place[rows.step], len(order)))]


def row_logits(network: PurchaseNetwork, hidden: Tensor, rows: Rows) -> Tensor:
    """(N, 2) logits of the rows."""
    return network.logits(
        hidden=hidden,
        pair=torch.from_numpy(rows.pair),
        category=torch.from_numpy(rows.category),
        snapshot=torch.from_numpy(rows.snapshot),
        customer=torch.from_numpy(rows.customer),
        share=torch.from_numpy(rows.share),
    )


def _loss(
    network: PurchaseNetwork, history: PurchaseHistory, counters: Counters, rows: Rows, training: TrainingSettings
) -> Tensor:
    """Binary cross-entropy of both outputs, per moment; the next basket counts only where there is one."""
    logits = row_logits(network, hidden_rows(network, history, counters, rows), rows)
    losses = functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(rows.label), reduction="none")
    weight = torch.from_numpy(rows.weight)
    next_weight = weight * torch.from_numpy(rows.has_next.astype(np.float32))[torch.from_numpy(rows.snapshot)]
    total = (losses[:, 0] * weight).sum() + training.next_basket_weight * (losses[:, 1] * next_weight).sum()
    return total / (len(rows.customer) * network.category.num_embeddings)


def _stopping_loss(
    network: PurchaseNetwork,
    history: PurchaseHistory,
    model: ModelSettings,
    training: TrainingSettings,
    *,
    start: float,
    end: float,
) -> float:
    """The loss at the week starts of the stopping window, the same rows every epoch, customers in parts."""
    network.eval()
    generator = np.random.default_rng(training.seed)
    weeks = np.arange(start, end - model.horizon_days + 1e-6, model.horizon_days)
    customers = np.flatnonzero(np.diff(history.select(before_day=start).customer_start) > 0)
    total = 0.0
    with torch.inference_mode():
        for part in np.array_split(customers, -(-len(customers) // (4 * training.customers_per_batch))):
            batch = history.select(customers=part)
            counters = count_all(batch, model)
            who, day = np.repeat(np.arange(len(part)), len(weeks)), np.tile(weeks, len(part))
            rows = SnapshotReader(batch, counters, model).rows(
                customer=who, day=day, sampled_others=training.sampled_others, generator=generator
            )
            total += _loss(network, batch, counters, rows, training).item() * len(part) / len(customers)
    return total
