"""The trained network in numpy: one LSTM cell and one head, the same arithmetic as `network.py`.

Serving needs no torch, starts fast and spends well under a millisecond per call on one thread. A test holds both equal.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.pair_features import Singles
from promo_engine.user_model.purchase_history import PurchaseHistory, by_position
from promo_engine.user_model.serving.counters import Counters

Weights = Mapping[str, NDArray[np.float32]]


def sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without overflow for large negative numbers."""
    half: NDArray[np.float32] = np.tanh(x * np.float32(0.5)) * np.float32(0.5) + np.float32(0.5)
    return half


def lstm_step(weights: Weights, *, inputs: Singles, category: NDArray[np.integer], memory: Singles) -> Singles:
    """(n, 2 x hidden) memory, h then c, after one more purchase of each of n categories."""
    hidden = memory.shape[1] // 2
    x = np.concatenate([inputs, weights["category.weight"][category], memory[:, :hidden]], axis=1)
    gates = x @ weights["lstm.weight"].T + weights["lstm.bias"]  # (n, 4 x hidden), order i f g o as in torch
    i, f, o = sigmoid(gates[:, :hidden]), sigmoid(gates[:, hidden : 2 * hidden]), sigmoid(gates[:, 3 * hidden :])
    c = f * memory[:, hidden:] + i * np.tanh(gates[:, 2 * hidden : 3 * hidden])
    return np.concatenate([o * np.tanh(c), c], axis=1)


def last_memories(weights: Weights, history: PurchaseHistory, counters: Counters) -> Singles:
    """(pairs, 2 x hidden) memory of every pair after its last purchase."""
    pairs = len(history.pair_start) - 1
    memory = np.zeros((pairs, 2 * weights["lstm.weight"].shape[0] // 4), dtype=np.float32)
    order, sizes = by_position(history.pair_start)
    done = 0
    for size in sizes:
        rows = order[done : done + size]
        pair = history.step_pair[rows]
        memory[pair] = lstm_step(
            weights, inputs=counters.step_input[rows], category=history.pair_category[pair], memory=memory[pair]
        )
        done += size
    return memory


def head_logits(
    weights: Weights,
    *,
    hidden: Singles,
    pair: Singles,
    category: NDArray[np.integer],
    customer: Singles,
    taste: Singles,
) -> Singles:
    """(n, outputs) logits of n categories of one customer: bought within each horizon, bought in the next basket.

    `customer` and `taste` are one row; their part of the first layer is computed once.
    """
    first = weights["head_in.weight"]  # (head, hidden + pair + embedding + customer + taste)
    own = np.concatenate([hidden, pair, weights["category.weight"][category]], axis=1)
    shared = np.concatenate([customer, taste])
    split = own.shape[1]
    z = own @ first[:, :split].T + (first[:, split:] @ shared + weights["head_in.bias"])
    z = np.maximum(z, 0.0)
    z = np.maximum(z @ weights["head_mid.weight"].T + weights["head_mid.bias"], 0.0)
    logits: Singles = z @ weights["head_out.weight"].T + weights["category_bias.weight"][category]
    logits += (weights["affinity.weight"][category] @ taste)[:, None]
    return logits * weights["calibration"][:, 0] + weights["calibration"][:, 1]
