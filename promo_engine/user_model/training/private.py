"""Train with differential privacy: DP-SGD (Abadi et al., CCS 2016), the unit of privacy being a customer.

Every step draws customers at random, cuts each one's gradient to a length, adds them up and adds Gaussian noise; the
noise follows from the wanted epsilon by the accountant of opacus (PRV, Gopi et al., NeurIPS 2021). Nothing else looks
at the customers: there is no early stopping and no calibration. opacus' own hooks do not know packed sequences whose
steps are gathered again, so that gradients are taken customer by customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from opacus.accountants import PRVAccountant
from opacus.accountants.utils import get_noise_multiplier
from tqdm import tqdm

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings, PrivacySettings, TrainingError, TrainingSettings
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.purchase_history import Ints, PurchaseHistory
from promo_engine.user_model.training.fit import moments_loss


@dataclass(frozen=True)
class PrivacyReport:
    """What the accountant says of the training."""

    epsilon: float
    delta: float
    noise: float
    """Standard deviation of the noise, in lengths of one cut gradient."""
    steps: int
    customers_per_step: float
    """Mean of the draws."""


def run(
    history: PurchaseHistory,
    *,
    model: ModelSettings,
    training: TrainingSettings,
    privacy: PrivacySettings,
    show_progress: bool = True,
) -> tuple[LstmCustomerModel, PrivacyReport]:
    """Learn from everything before the stopping and validation windows. Raises TrainingError."""
    torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    drawn = np.random.default_rng(training.seed)
    until = float(history.basket_day.max()) - training.validation_days - training.stopping_days
    known = history.select(before_day=until)
    customers = np.flatnonzero(np.diff(known.customer_start) > 0)
    rate = min(privacy.customers_per_step / len(customers), 1.0)
    noise = noise_for(privacy, rate=rate)
    accountant = PRVAccountant()
    network = PurchaseNetwork(model)
    optimiser = torch.optim.Adam(network.parameters(), lr=privacy.learning_rate)
    sizes = []
    for _ in tqdm(range(privacy.steps), desc="private user model", unit="step", disable=not show_progress):
        chosen = customers[drawn.random(len(customers)) < rate]
        sizes.append(len(chosen))
        noisy_gradient(network, known, chosen, training, privacy, noise=noise, until=until, drawn=drawn, rate=rate)
        optimiser.step()
        accountant.step(noise_multiplier=noise, sample_rate=rate)
    weights = {name: value.numpy().astype(np.float32) for name, value in network.serving_weights().items()}
    spent = float(accountant.get_epsilon(privacy.delta))
    report = PrivacyReport(spent, privacy.delta, noise, privacy.steps, float(np.mean(sizes)))
    return LstmCustomerModel(model, weights), report


def noise_for(privacy: PrivacySettings, *, rate: float) -> float:
    """The noise, in lengths of a cut gradient, with which all steps together spend epsilon; `rate` as a step draws."""
    return float(
        get_noise_multiplier(
            target_epsilon=privacy.epsilon,
            target_delta=privacy.delta,
            sample_rate=rate,
            steps=privacy.steps,
            accountant="prv",
        )
    )


def noisy_gradient(
    network: PurchaseNetwork,
    history: PurchaseHistory,
    chosen: Ints,
    training: TrainingSettings,
    privacy: PrivacySettings,
    *,
    noise: float,
    until: float,
    drawn: np.random.Generator,
    rate: float,
) -> None:
    """Leave the private gradient in the network's parameters."""
    parameters = list(network.parameters())
    total = [torch.zeros_like(parameter) for parameter in parameters]
    for customer in chosen:
        network.zero_grad()
        loss = moments_loss(network, history, np.array([customer]), training, until=until, drawn=drawn)
        if not torch.isfinite(loss):
            raise TrainingError(f"the user model's loss became {loss.item()} for one customer")
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, privacy.clip)
        for index, parameter in enumerate(parameters):
            if parameter.grad is not None:
                total[index] += parameter.grad
    # The expected number of customers, not the drawn one, which would tell of them.
    expected = rate * np.count_nonzero(np.diff(history.customer_start) > 0)
    for whole, parameter in zip(total, parameters, strict=True):
        parameter.grad = (whole + noise * privacy.clip * torch.randn_like(parameter)) / expected
