"""The network as torch trains it. Shapes: N rows, S steps, H hidden, E embedding, D decays.

After ReCANet (Ariannezhad et al., SIGIR 2022): an LSTM over the gaps between purchases of the same (customer, category)
pair. There are no customer embeddings; a customer is what they bought, so that new customers need no training.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.pair_features import STEP_INPUTS, customer_feature_count, pair_feature_count


class PurchaseNetwork(nn.Module):
    """LSTM memory per pair, a taste per customer, one head for all categories."""

    calibration: Tensor
    """(outputs, 2) slope and shift of the logits (Platt, 1999); fitted after training, 1 and 0 until then."""

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        self.settings = settings
        size, hidden, head = settings.embedding_size, settings.hidden_size, settings.head_size
        row = hidden + pair_feature_count(settings) + size + customer_feature_count(settings) + size
        self.category = nn.Embedding(settings.category_count, size)
        self.taste = nn.Embedding(settings.category_count, size)
        self.affinity = nn.Embedding(settings.category_count, size)
        self.category_bias = nn.Embedding(settings.category_count, settings.output_count)
        self.lstm = nn.LSTM(STEP_INPUTS + size, hidden)
        self.head_in = nn.Linear(row, head)
        self.head_mid = nn.Linear(head, head // 2)
        self.head_out = nn.Linear(head // 2, settings.output_count, bias=False)
        for embedding in (self.category, self.taste, self.affinity):
            nn.init.normal_(embedding.weight, std=0.1)
        self.register_buffer("calibration", torch.tensor([[1.0, 0.0]] * settings.output_count))
        nn.init.constant_(self.category_bias.weight, -4.0)  # about 2 % of categories are bought in a week

    def forward(
        self,
        *,
        step_input: Tensor,  # (S, STEP_INPUTS), in packed order
        step_category: Tensor,  # (S,)
        sizes: Tensor,  # (longest,) steps at each position; on the CPU, as torch wants it
        position: Tensor,  # (N,) packed position of each row's last step, S where the category was never bought
        pair: Tensor,
        category: Tensor,
        snapshot: Tensor,
        customer: Tensor,
        share: Tensor,
    ) -> Tensor:  # (N, outputs)
        """Logits of every row; the others as in `logits`."""
        memories = self.memories(inputs=step_input, category=step_category, sizes=sizes)
        hidden = torch.cat([memories, memories.new_zeros(1, memories.shape[1])])[position]
        return self.logits(
            hidden=hidden, pair=pair, category=category, snapshot=snapshot, customer=customer, share=share
        )

    def memories(self, *, inputs: Tensor, category: Tensor, sizes: Tensor) -> Tensor:
        """(S, H) h after every step. Steps come in packed order: `sizes` steps at each position."""
        if not len(inputs):  # baskets of customers who bought nothing of any category
            return inputs.new_zeros(0, self.lstm.hidden_size)
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
    ) -> Tensor:  # (N, outputs)
        """All outputs for every row. The taste of a customer is the share-weighted sum of what they buy."""
        taste = share.new_zeros(len(customer), self.taste.embedding_dim)
        taste = taste.index_add(0, snapshot, share[:, None] * self.taste(category))
        total = share.new_zeros(len(customer)).index_add(0, snapshot, share)
        taste = taste / (total[:, None] + 1.0)
        return self.head(
            hidden=hidden, pair=pair, category=category, customer=customer[snapshot], taste=taste[snapshot]
        )

    def head(self, *, hidden: Tensor, pair: Tensor, category: Tensor, customer: Tensor, taste: Tensor) -> Tensor:
        """(N, outputs) logits from rows that all have N of them; `taste` is (N, E)."""
        z = torch.relu(self.head_in(torch.cat([hidden, pair, self.category(category), customer, taste], dim=1)))
        z = torch.relu(self.head_mid(z))
        dot: Tensor = (self.affinity(category) * taste).sum(dim=1, keepdim=True)
        result: Tensor = self.head_out(z) + self.category_bias(category) + dot
        return result * self.calibration[:, 0] + self.calibration[:, 1]

    def serving_weights(self) -> dict[str, Tensor]:
        """Weights under the names that `inference.py` reads; the LSTM's two matrices and two biases are joined."""
        state = self.state_dict()
        joined = {name: value for name, value in state.items() if not name.startswith("lstm.")}
        joined["lstm.weight"] = torch.cat([state["lstm.weight_ih_l0"], state["lstm.weight_hh_l0"]], dim=1)
        joined["lstm.bias"] = state["lstm.bias_ih_l0"] + state["lstm.bias_hh_l0"]
        return {name: value.detach().cpu().clone().contiguous() for name, value in joined.items()}

    def load_serving_weights(self, weights: Mapping[str, Tensor]) -> None:
        """The inverse of `serving_weights`, up to the sum of the LSTM's two biases."""
        state = dict(weights)
        matrix, bias = state.pop("lstm.weight"), state.pop("lstm.bias")
        inputs = matrix.shape[1] - self.lstm.hidden_size
        state["lstm.weight_ih_l0"], state["lstm.weight_hh_l0"] = matrix[:, :inputs], matrix[:, inputs:]
        state["lstm.bias_ih_l0"], state["lstm.bias_hh_l0"] = bias, torch.zeros_like(bias)
        self.load_state_dict(state)
