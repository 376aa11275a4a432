"""What the user model is made of and how it is trained. Times are in days, sizes in numbers of floats."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


class TrainingError(RuntimeError):
    """The loss stopped being a number; the message, one line, says where."""


@dataclass(frozen=True)
class ModelSettings:
    """The shape of the model; part of its version."""

    category_count: int
    hidden_size: int = 16
    embedding_size: int = 12
    head_size: int = 64
    half_lives_days: tuple[float, ...] = (10.0, 40.0, 160.0)
    """Purchases fade with these half-lives in calendar time."""
    half_lives_baskets: tuple[float, ...] = (3.0, 12.0)
    """The same counted in the customer's own baskets, which is fair to those who come rarely."""
    horizons_days: tuple[float, ...] = (7.0, 14.0, 28.0)
    """Bought at least once within so many days: one output each. The first decides."""

    @property
    def horizon_days(self) -> float:
        """The window by which categories are ranked."""
        return self.horizons_days[0]

    @property
    def output_count(self) -> int:
        """Outputs of the network: one per horizon, the next basket, the share of all bought in the first horizon."""
        return len(self.horizons_days) + 2

    @property
    def next_basket(self) -> int:
        """The output of the next basket; those up to it are probabilities, the one after it is the share."""
        return len(self.horizons_days)

    @property
    def decay_count(self) -> int:
        """Decayed counters kept per category and per customer."""
        return len(self.half_lives_days) + len(self.half_lives_baskets)


@dataclass(frozen=True)
class TrainingSettings:
    """How the model is fitted; not part of what serving needs."""

    seed: int = 20171231
    epochs: int = 10
    patience: int = 3
    """Epochs without a better stopping loss before the fit ends."""
    customers_per_batch: int = 32
    random_moments: int = 3
    """Moments per customer and epoch, at any time, at which the next purchases are predicted."""
    basket_moments: int = 3
    """The same just before a basket: there is always something to learn from, and the rows are like those of a chat."""
    sampled_others: int = 16
    """Categories drawn per snapshot among those the customer never bought."""
    learning_rate: float = 6e-3
    weight_decay: float = 1e-4
    horizon_weights: tuple[float, ...] = (1.0, 0.3, 0.3)
    """Weight of each horizon in the loss, the first one's first."""
    basket_weight: float = 1.0
    share_weight: float = 3.0
    stopping_days: int = 28
    """Early stopping and calibration watch the days just before the validation window."""
    validation_days: int = 28
    """The last days of the history: never trained on, only reported."""
    threads: int = 1
    """One is nearly as fast as two here, and does not stall when the machine is busy."""

    def output_weights(self, model: ModelSettings) -> tuple[float, ...]:
        """Weight of each output of a model in the loss."""
        return (*self.horizon_weights[: len(model.horizons_days)], self.basket_weight, self.share_weight)

    def looking_ahead(self, horizon_days: float) -> TrainingSettings:
        """With windows that are at least as long as what is to be foreseen in them."""
        return replace(
            self,
            stopping_days=max(self.stopping_days, math.ceil(horizon_days)),
            validation_days=max(self.validation_days, math.ceil(horizon_days)),
        )


@dataclass(frozen=True)
class PrivacySettings:
    """Differential privacy of a customer's whole history: what training may reveal of any one of them."""

    epsilon: float
    delta: float = 1e-5
    clip: float = 1.0
    """Length to which one customer's gradient is cut."""
    customers_per_step: int = 128
    """On average: each step draws every customer independently (Poisson sampling)."""
    steps: int = 150
    learning_rate: float = 6e-3

    def __post_init__(self) -> None:
        if not (self.epsilon > 0.0 and 0.0 < self.delta < 1.0 and self.clip > 0.0):
            raise ValueError("privacy needs epsilon > 0, delta in (0, 1) and clip > 0")


def continued(training: TrainingSettings) -> TrainingSettings:
    """A short training that goes on from a model's weights after new purchases: a fifth of the epochs, small steps."""
    return replace(training, epochs=max(training.epochs // 5, 1), learning_rate=training.learning_rate / 3.0)
