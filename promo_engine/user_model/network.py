"""The network as torch trains it. Shapes: N rows, S steps, H hidden, E embedding, D decays.

After ReCANet (Ariannezhad et al., SIGIR 2022): an LSTM over the gaps between purchases of the same (customer, category)
pair. There are no customer embeddings; a customer is what they bought, so that new customers need no training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from promo_engine.user_model.features import STEP_INPUTS, customer_feature_count, pair_feature_count
from promo_engine.user_model.settings import ModelSettings

OUTPUTS = 2
"""Bought within the horizon, bought in the next basket."""


class PurchaseNetwork(nn.Module):
    """LSTM memory per pair, a taste per customer, one head for all categories."""

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        size, hidden, head = settings.embedding_size, settings.hidden_size, settings.head_size
        row = hidden + pair_feature_count(settings) + size + customer_feature_count(settings) + size
        self.category = nn.Embedding(settings.category_count, size)
        self.taste = nn.Embedding(settings.category_count, size)
        self.affinity = nn.Embedding(settings.category_count, size)
        self.category_bias = nn.Embedding(settings.category_count, OUTPUTS)
        self.lstm = nn.LSTM(STEP_INPUTS + size, hidden)
        self.head_in = nn.Linear(row, head)
        self.head_mid = nn.Linear(head, head // 2)
        self.head_out = nn.Linear(head // 2, OUTPUTS, bias=False)
        for embedding in (self.category, self.taste, self.affinity):
            nn.init.normal_(embedding.weight, std=0.1)
        nn.init.constant_(self.category_bias.weight, -4.0)  # about 2 % of categories are bought in a week

    def memories(self, *, inputs: Tensor, category: Tensor, sizes: Tensor) -> Tensor:
        """(S, H) h after every step. Steps come in packed order: `sizes` steps at each position."""
        x = torch.cat([inputs, self.category(category)], dim=1)
        output: PackedSequence = self.lstm(PackedSequence(x, sizes))[0]
        return output.data

    def logits(
        self,
        *,
        hidden: Tensor,  # (N, H)
        pair: Tensor,  # (N, F)
        category: Tensor,  # (N,)
        snapshot: Tensor,  # (N,) row of `customer`
        customer: Tensor,  # (snapshots, G)
        share: Tensor,  # (N,) how much of the customer's recent baskets; 0 for categories never bought
    ) -> Tensor:  # (N, 2)
        """Both outputs for every row. The taste of a customer is the share-weighted sum of what they buy."""
        taste = torch.zeros(len(customer), self.taste.embedding_dim)
        taste = taste.index_add(0, snapshot, share[:, None] * self.taste(category))
        total = torch.zeros(len(customer)).index_add(0, snapshot, share)
        taste = taste / (total[:, None] + 1.0)
        row_taste = taste[snapshot]
        row = torch.cat([hidden, pair, self.category(category), customer[snapshot], row_taste], dim=1)
        z = torch.relu(self.head_in(row))
        z = torch.relu(self.head_mid(z))
        dot: Tensor = (self.affinity(category) * row_taste).sum(dim=1, keepdim=True)
        result: Tensor = self.head_out(z) + self.category_bias(category) + dot
        return result

    def serving_weights(self) -> dict[str, Tensor]:
        """Weights under the names that `inference.py` reads; the LSTM's two matrices and two biases are joined."""
        state = self.state_dict()
        joined = {name: value for name, value in state.items() if not name.startswith("lstm.")}
        joined["lstm.weight"] = torch.cat([state["lstm.weight_ih_l0"], state["lstm.weight_hh_l0"]], dim=1)
        joined["lstm.bias"] = state["lstm.bias_ih_l0"] + state["lstm.bias_hh_l0"]
        return {name: value.detach().clone().contiguous() for name, value in joined.items()}
