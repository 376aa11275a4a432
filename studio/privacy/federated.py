"""The user model without bringing purchases together: federated averaging (McMahan et al. 2017) over simulated shops.

Customers are dealt out to shops at random. In each round every shop trains the common model on its own customers and
gives back weights, never purchases; their mean, weighted by customers, is the next common model. Beside it stand the
model that sees everything and the models that each shop trains alone, all with the same passes over the same data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings, TrainingSettings
from promo_engine.user_model.purchase_history import Ints, PurchaseHistory
from promo_engine.user_model.training import fit, validation
from studio.errors import StrategyError, TooLittleHistory
from studio.progress import Track, quiet

_LEAST_BATCH = 4
LEAST_CUSTOMERS = 20
"""Of a shop; with fewer a training has nothing to stop by."""
_SEED = 20171231


@dataclass(frozen=True)
class Federation:
    """Who takes part and for how long. Raises StrategyError."""

    shops: int = 5
    rounds: int = 6
    passes: int = 1
    """Over a shop's own customers, each round."""

    def __post_init__(self) -> None:
        if self.shops < 2:
            raise StrategyError(f"shops: {self.shops} is no federation; 2 or more are needed")
        if self.rounds < 1 or self.passes < 1:
            raise StrategyError("rounds and passes: 1 or more of each are needed")


@dataclass(frozen=True)
class Accuracy:
    """On weeks that nobody trained on, ranking categories by what a customer buys within seven days."""

    name: str
    recall: float
    ndcg: float
    customer_weeks: int


def deal_out(customers: int, federation: Federation) -> list[Ints]:
    """Give every customer to one shop. Raises TooLittleHistory if a shop would have fewer than 20."""
    if customers // federation.shops < LEAST_CUSTOMERS:
        needed = LEAST_CUSTOMERS * federation.shops
        raise TooLittleHistory(f"{federation.shops} shops", found=customers, needed=needed, unit="customers")
    mixed = np.random.default_rng(_SEED).permutation(customers)
    return [np.sort(part) for part in np.array_split(mixed, federation.shops)]


def average(models: Sequence[LstmCustomerModel], customers: Sequence[int]) -> LstmCustomerModel:
    """The mean of all weights, by customers; calibrations, too. The models have to be of one shape."""
    share = np.asarray(customers, dtype=np.float64) / sum(customers)
    weights = {
        name: np.tensordot(share, np.stack([model.weights[name] for model in models]), axes=1).astype(np.float32)
        for name in models[0].weights
    }
    return LstmCustomerModel(models[0].settings, weights)


def federate(
    history: PurchaseHistory,
    parts: Sequence[Ints],
    federation: Federation,
    *,
    model: ModelSettings,
    training: TrainingSettings,
    track: Track = quiet,
) -> LstmCustomerModel:
    """Train the common model, round by round. Raises TrainingError."""
    shops = [history.select(customers=part) for part in parts]
    common: LstmCustomerModel | None = None
    steps = [(number, shop) for number in range(federation.rounds) for shop in range(len(shops))]
    returned: list[LstmCustomerModel] = []
    for number, shop in track(steps, "rounds of the federation"):
        # Shops see few batches a round, so they begin with larger steps; near the end they should refine what they
        # share, not pull it about.
        rate = 2 * training.learning_rate * (1 - number / (federation.rounds + 1))
        settings = replace(
            training, seed=training.seed + 100 * number + shop if number else training.seed, epochs=federation.passes,
            patience=federation.passes, learning_rate=rate,
        )  # fmt: skip
        trained, _ = fit.run(shops[shop], model=model, training=settings, start_from=common, show_progress=False)
        returned.append(trained)
        if len(returned) == len(shops):
            common, returned = average(returned, [len(part) for part in parts]), []
    assert common is not None  # one round at least
    return common


def accuracy(
    name: str, models: Sequence[LstmCustomerModel], histories: Sequence[PurchaseHistory], training: TrainingSettings
) -> Accuracy:
    """Each model on its own customers, all weeks of all customers counting alike."""
    found = [validation.compare(model, own, training)["lstm"] for model, own in zip(models, histories, strict=True)]
    weight = np.array([figures["customer_weeks"] for figures in found])
    recall, ndcg = (
        np.average([figures[key] for figures in found], weights=weight) for key in ("recall_at_10", "ndcg_at_10")
    )
    return Accuracy(name, float(recall), float(ndcg), int(weight.sum()))


def compare(
    history: PurchaseHistory,
    federation: Federation,
    *,
    model: ModelSettings | None = None,
    training: TrainingSettings | None = None,
    track: Track = quiet,
) -> list[Accuracy]:
    """Train all three ways and measure them on the same weeks: central, federated, alone; and habit beside them."""
    model = model or ModelSettings(category_count=history.category_count)
    training = training or TrainingSettings()
    parts = deal_out(history.customer_count, federation)
    own = [history.select(customers=part) for part in parts]
    count = federation.rounds * federation.passes
    passes = replace(training, epochs=count, patience=count)
    # A shop has a part of the customers; with batches of that part it takes as many steps as the central training.
    small = max(_LEAST_BATCH, training.customers_per_batch // federation.shops)
    in_shop = replace(training, customers_per_batch=small)
    central, _ = fit.run(history, model=model, training=passes, show_progress=False)
    common = federate(history, parts, federation, model=model, training=in_shop, track=track)
    alone = [
        fit.run(shop, model=model, training=replace(passes, customers_per_batch=small), show_progress=False)[0]
        for shop in track(own, "each shop alone")
    ]
    habit = validation.compare(central, history, training)
    weeks = int(habit["lstm"]["customer_weeks"])
    return [
        Accuracy("central", habit["lstm"]["recall_at_10"], habit["lstm"]["ndcg_at_10"], weeks),
        accuracy("federated", [common] * len(own), own, training),
        accuracy("each shop alone", alone, own, training),
        Accuracy(
            "habit (counts)",
            habit["personal_frequency"]["recall_at_10"],
            habit["personal_frequency"]["ndcg_at_10"],
            weeks,
        ),
    ]
