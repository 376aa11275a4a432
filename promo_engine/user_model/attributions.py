"""Which purchases made the user model expect what it expects: integrated gradients through the LSTM.

The logit of P(bought within the first horizon) of one customer and category is shared out over what the network reads:
every purchase of that category (one LSTM step each), what is counted of the category, and what is counted of the
customer. The baseline is a customer who never bought it and of whom nothing is known; all parts together are the
difference of the two logits (Sundararajan, Taly and Yan, ICML 2017; by captum).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.network import PurchaseNetwork
from promo_engine.user_model.purchase_history import Floats, PurchaseHistory
from promo_engine.user_model.serving.counters import count_all
from promo_engine.user_model.training.fit import tensors
from promo_engine.user_model.training.training_rows import SnapshotReader

_PATH_STEPS = 512
"""Points on the way from the baseline; with so many the parts add up to a hundredth of a logit."""


@dataclass(frozen=True, eq=False)
class Attributions:
    """Parts of a logit, in logits."""

    probability: float
    """Calibrated P(bought within the first horizon)."""
    baseline_probability: float
    """The same of the baseline."""
    purchase_days: Floats
    """(n,) when the category was bought, days since 1970-01-01 UTC, oldest first."""
    purchases: Floats
    """(n,) what each of them adds."""
    category: float
    """What is counted of the category adds: how often, how recently, by which rhythm."""
    customer: float
    """What is counted of the customer adds, their taste included."""
    horizon_days: float
    """The first horizon."""


def attribute(model: LstmCustomerModel, history: PurchaseHistory, *, category: int, day: float) -> Attributions:
    """Share out one expectation. `history` holds one customer and is read up to `day`.

    Raises ValueError if the history holds more customers or if the customer bought nothing before `day`.
    """
    known = history.select(before_day=np.nextafter(day, np.inf))
    if known.customer_count != 1 or len(known.basket_day) == 0:
        raise ValueError("attributions are of one customer who has bought something")
    network = PurchaseNetwork(model.settings)
    network.load_serving_weights({name: torch.from_numpy(value.copy()) for name, value in model.weights.items()})
    network.eval()
    counters = count_all(known, model.settings)
    rows = SnapshotReader(known, counters, model.settings).rows(
        customer=np.zeros(1, np.int64), day=np.array([day]), sampled_others=None, generator=np.random.default_rng(0)
    )
    row = int(np.flatnonzero(rows.category == category)[0])
    steps = np.flatnonzero(known.step_category == category)
    inputs = tensors(known, counters, rows)
    pair = _OnePair(network, category=category, taste=_taste(network, inputs))
    read = (
        torch.from_numpy(counters.step_input[steps])[None],
        inputs["pair"][row][None],
        torch.cat([inputs["customer"], pair.taste[None]], dim=1),
    )
    baseline = tuple(torch.zeros_like(part) for part in read)
    used = (0, 1, 2) if len(steps) else (1, 2)
    parts = IntegratedGradients(pair if len(steps) else pair.without_purchases).attribute(
        tuple(read[index] for index in used),
        baselines=tuple(baseline[index] for index in used),
        n_steps=_PATH_STEPS,
        internal_batch_size=_PATH_STEPS,
    )
    added = dict(zip(used, (part.detach().numpy()[0] for part in parts), strict=True))
    with torch.no_grad():
        said, nothing = (torch.sigmoid(pair(*parts)).item() for parts in (read, baseline))
    return Attributions(
        probability=said,
        baseline_probability=nothing,
        purchase_days=known.step_day[steps],
        purchases=added[0].sum(axis=1).astype(np.float64) if len(steps) else np.zeros(0),
        category=float(added[1].sum()),
        customer=float(added[2].sum()),
        horizon_days=model.settings.horizon_days,
    )


def _taste(network: PurchaseNetwork, inputs: dict[str, Tensor]) -> Tensor:
    """(embedding,) as `PurchaseNetwork.logits` makes it."""
    share = inputs["share"]
    with torch.no_grad():
        bought: Tensor = (share[:, None] * network.taste(inputs["category"])).sum(dim=0)
    return bought / (share.sum() + 1.0)


class _OnePair(nn.Module):
    """The network for one (customer, category), as a function of its inputs; B of them at once.

    All-zero step inputs are a step that says nothing; the baseline's steps still pass through the LSTM.
    """

    def __init__(self, network: PurchaseNetwork, *, category: int, taste: Tensor) -> None:
        super().__init__()
        self.network, self.taste = network, taste
        self._category = torch.tensor([category])

    def forward(self, steps: Tensor, pair: Tensor, customer: Tensor) -> Tensor:
        """(B,) logits of the first horizon; `steps` is (B, n, STEP_INPUTS)."""
        of_category = self.network.category(self._category).expand(len(steps), -1)
        x = torch.cat([steps, of_category[:, None].expand(-1, steps.shape[1], -1)], dim=2)
        if steps.shape[1] == 0:
            return self._logit(steps.new_zeros(len(steps), self.network.lstm.hidden_size), pair, customer)
        output, _ = self.network.lstm(x.transpose(0, 1))
        return self._logit(output[-1], pair, customer)

    def without_purchases(self, pair: Tensor, customer: Tensor) -> Tensor:
        """The same of a category that was never bought."""
        return self._logit(pair.new_zeros(len(pair), self.network.lstm.hidden_size), pair, customer)

    def _logit(self, hidden: Tensor, pair: Tensor, customer: Tensor) -> Tensor:
        own, taste = customer[:, : -len(self.taste)], customer[:, -len(self.taste) :]
        many = self._category.expand(len(pair))
        return self.network.head(hidden=hidden, pair=pair, category=many, customer=own, taste=taste)[:, 0]
