"""What the user model is made of and how it is trained. Times are in days, sizes in numbers of floats."""

from __future__ import annotations

from dataclasses import dataclass


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
    horizon_days: float = 7.0
    """The window of the prediction: bought at least once within so many days."""

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
    snapshots_per_customer: int = 6
    """Moments per customer and epoch at which the next purchases are predicted."""
    sampled_others: int = 16
    """Categories drawn per snapshot among those the customer never bought."""
    learning_rate: float = 6e-3
    weight_decay: float = 1e-4
    next_basket_weight: float = 0.5
    """Weight of the next-basket output in the loss; the seven-day output has 1."""
    stopping_days: int = 14
    """Early stopping watches the days just before the validation window."""
    validation_days: int = 28
    """The last days of the history: never trained on, only reported."""
    threads: int = 1
    """One is nearly as fast as two here, and does not stall when the machine is busy."""
