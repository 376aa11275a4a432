"""Fit the purchase network. Flat on purpose: one loop over epochs, one over batches of customers.

Started by torchrun, every process takes its share of each batch and the gradients are averaged.
On a GPU the products run in bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings, TrainingError, TrainingSettings
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.purchase_history import Floats, Ints, PurchaseHistory, by_position
from promo_engine.user_model.serving.counters import Counters, count_all
from promo_engine.user_model.training import processes
from promo_engine.user_model.training.calibration import platt
from promo_engine.user_model.training.training_rows import Rows, SnapshotReader

_JUST_BEFORE = 1e-3
"""Days; less would be lost in the keys of `SnapshotReader`."""


@dataclass(frozen=True)
class FitReport:
    """What the loop saw."""

    epochs: int
    training_losses: tuple[float, ...]
    stopping_losses: tuple[float, ...]


def run(
    history: PurchaseHistory,
    *,
    model: ModelSettings,
    training: TrainingSettings,
    start_from: LstmCustomerModel | None = None,
    show_progress: bool = True,
) -> tuple[LstmCustomerModel, FitReport]:
    """Fit on everything before the stopping and validation windows; return the best epoch's model, calibrated.

    `start_from`: a model of the same shape whose weights are the first ones. Raises TrainingError.
    """
    torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    device, rank, count = processes.join()
    shuffled, drawn = np.random.default_rng(training.seed), np.random.default_rng([training.seed, rank])
    validation_from = float(history.basket_day.max()) - training.validation_days
    stopping_from = validation_from - training.stopping_days
    known = history.select(before_day=stopping_from)
    watched = history.select(before_day=validation_from)
    customers = np.flatnonzero(np.diff(known.customer_start) > 0)
    if not len(customers):
        raise TrainingError("nobody bought anything before the weeks on which the training is watched")
    batch_count = -(-len(customers) // training.customers_per_batch)
    network = _network(model, start_from).to(device)
    learner = DistributedDataParallel(network) if count > 1 else network
    optimiser = torch.optim.AdamW(network.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    total = training.epochs * batch_count
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=training.learning_rate, total_steps=total, pct_start=0.15
    )
    losses: list[float] = []
    stopping: list[float] = []
    best: dict[str, Tensor] = {}
    with tqdm(total=total, desc="user model", unit="batch", disable=rank > 0 or not show_progress) as progress:
        for _ in range(training.epochs):
            network.train()
            epoch_loss = 0.0
            for part in np.array_split(shuffled.permutation(customers), batch_count):
                loss = moments_loss(
                    learner, known, np.sort(part[rank::count]), training, until=stopping_from, drawn=drawn
                )
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
            stopping.append(_stopping_loss(network, watched, training, start=stopping_from, end=validation_from))
            progress.set_postfix(loss=f"{epoch_loss:.4f}", stopping=f"{stopping[-1]:.4f}")
            if stopping[-1] == min(stopping):
                best = network.serving_weights()
            elif len(stopping) - 1 - int(np.argmin(stopping)) >= training.patience:
                break
    network.load_serving_weights({name: value.to(device) for name, value in best.items()})
    best["calibration"] = _calibration(network, watched, training, start=stopping_from, end=validation_from)
    weights = {name: value.numpy().astype(np.float32) for name, value in best.items()}
    return LstmCustomerModel(model, weights), FitReport(len(losses), tuple(losses), tuple(stopping))


def moments_loss(
    learner: torch.nn.Module,
    history: PurchaseHistory,
    customers: Ints,
    training: TrainingSettings,
    *,
    until: float,
    drawn: np.random.Generator,
) -> Tensor:
    """The loss at freshly drawn moments of some customers; `history` is complete up to the day `until`."""
    network = learner.module if isinstance(learner, DistributedDataParallel) else learner
    assert isinstance(network, PurchaseNetwork)
    model, device = network.settings, next(network.parameters()).device
    batch = history.select(customers=customers)
    counters = count_all(batch, model)
    who, day = _moments(batch, training, horizon=model.horizon_days, end=until, generator=drawn)
    rows = SnapshotReader(batch, counters, model).rows(
        customer=who, day=day, sampled_others=training.sampled_others, generator=drawn, until=until
    )
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
        logits = learner(**tensors(batch, counters, rows, device))
    return _loss(logits.float(), rows, training.output_weights(model))


def _network(model: ModelSettings, start_from: LstmCustomerModel | None) -> PurchaseNetwork:
    network = PurchaseNetwork(model)
    if start_from is not None:
        if start_from.settings != model:
            raise TrainingError("a training can only go on from a model of the same shape")
        network.load_serving_weights({name: torch.from_numpy(value) for name, value in start_from.weights.items()})
        network.calibration.copy_(PurchaseNetwork(model).calibration)
    return network


def _moments(
    batch: PurchaseHistory, training: TrainingSettings, *, horizon: float, end: float, generator: np.random.Generator
) -> tuple[Ints, Floats]:
    """Of every customer: just before the first basket, random moments that the horizon follows, just before baskets."""
    start, size = batch.customer_start[:-1], np.diff(batch.customer_start)
    first = batch.basket_day[start]
    latest = np.maximum(end - horizon, first)
    spread = generator.random((len(first), training.random_moments))
    anywhere = first[:, None] + spread * (latest - first)[:, None]
    drawn = start[:, None] + (generator.random((len(first), training.basket_moments)) * size[:, None]).astype(np.int64)
    before = np.minimum(batch.basket_day[drawn] - _JUST_BEFORE, latest[:, None])
    day = np.concatenate([first[:, None] - _JUST_BEFORE, anywhere, before], axis=1)
    who = np.repeat(np.arange(len(first)), day.shape[1])
    return who, day.ravel()


def tensors(
    history: PurchaseHistory, counters: Counters, rows: Rows, device: torch.device | None = None
) -> dict[str, Tensor]:
    """The arguments of `PurchaseNetwork.forward`."""
    order, sizes = by_position(history.pair_start)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    arrays = {
        "step_input": counters.step_input[order],
        "step_category": history.pair_category[history.step_pair[order]],
        "position": np.where(rows.step >= 0, position[rows.step], len(order)),
        "pair": rows.pair,
        "category": rows.category,
        "snapshot": rows.snapshot,
        "customer": rows.customer,
        "share": rows.share,
    }
    moved = {name: torch.from_numpy(array).to(device, non_blocking=True) for name, array in arrays.items()}
    return moved | {"sizes": torch.from_numpy(sizes)}


def _loss(logits: Tensor, rows: Rows, output_weights: tuple[float, ...]) -> Tensor:
    """Binary cross-entropy of all outputs, per moment and category; an output counts where its answer is known."""
    label = torch.from_numpy(rows.label).to(logits.device)
    losses = functional.binary_cross_entropy_with_logits(logits, label, reduction="none")
    weight = rows.weight[:, None] * rows.seen[rows.snapshot] * np.array(output_weights, dtype=np.float32)
    total = (losses * torch.from_numpy(weight.astype(np.float32)).to(logits.device)).sum()
    return total / float(rows.weight.sum())


def _stopping_loss(
    network: PurchaseNetwork, history: PurchaseHistory, training: TrainingSettings, *, start: float, end: float
) -> float:
    """The loss at the week starts of the stopping window, the same rows every epoch."""
    horizon = network.settings.horizon_days
    weeks = np.arange(start, end - horizon + 1e-3, horizon)
    customers = np.flatnonzero(np.diff(history.select(before_day=start).customer_start) > 0)
    who, day = np.repeat(customers, len(weeks)), np.tile(weeks, len(customers))
    total, count, weights = 0.0, 0, training.output_weights(network.settings)
    for logits, rows in watched_rows(network, history, who, day, training, until=end):
        total += _loss(logits, rows, weights).item() * len(rows.customer)
        count += len(rows.customer)
    return total / count


def _calibration(
    network: PurchaseNetwork, history: PurchaseHistory, training: TrainingSettings, *, start: float, end: float
) -> Tensor:
    """(outputs, 2) from the stopping window: horizons at its week starts, the next basket just before each basket."""
    horizon = network.settings.horizon_days
    weeks = np.arange(start, end - horizon + 1e-3, horizon)
    customers = np.flatnonzero(np.diff(history.select(before_day=start).customer_start) > 0)
    baskets = np.flatnonzero(history.basket_day >= start)
    moments = (
        (np.repeat(customers, len(weeks)), np.tile(weeks, len(customers))),
        (history.basket_customer[baskets], history.basket_day[baskets] - _JUST_BEFORE),
    )
    at_weeks, at_baskets = (list(watched_rows(network, history, who, day, training, until=end)) for who, day in moments)
    basket = network.settings.next_basket
    lines = [platt(at_weeks if output < basket else at_baskets, output=output) for output in range(basket + 1)]
    return torch.stack([*lines, torch.tensor([1.0, 0.0])])  # the share is ranked by, not read


def watched_rows(
    network: PurchaseNetwork,
    history: PurchaseHistory,
    customer: Ints,
    day: Floats,
    training: TrainingSettings,
    *,
    until: float,
) -> Iterator[tuple[Tensor, Rows]]:
    """Logits and rows at moments, some customers at a time; the rows are the same at every call."""
    network.eval()
    device = next(network.parameters()).device
    generator = np.random.default_rng(training.seed)
    everyone = np.unique(customer)
    if not len(everyone):
        return
    for part in np.array_split(everyone, -(-len(everyone) // (4 * training.customers_per_batch))):
        batch = history.select(customers=part)
        counters = count_all(batch, network.settings)
        chosen = np.isin(customer, part)
        rows = SnapshotReader(batch, counters, network.settings).rows(
            customer=np.searchsorted(part, customer[chosen]),
            day=day[chosen],
            sampled_others=training.sampled_others,
            generator=generator,
            until=until,
        )
        with torch.inference_mode():
            yield network(**tensors(batch, counters, rows, device)).float().cpu(), rows
