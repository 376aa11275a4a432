"""Smaller forms of a trained model: matrices in 8 bits, or without their smallest weights.

Each returns a model that serves like any other, so that its cost in accuracy can be measured by the same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.serving.inference import Weights

SCALE = ".scale"
"""A matrix stored in 8 bits has its (rows, 1) scales beside it under its name and this."""
_KEPT_WHOLE = ("calibration",)
Tensors = Mapping[str, NDArray[Any]]


def to_int8(weights: Weights) -> dict[str, NDArray[Any]]:
    """Every matrix as int8 with one scale a row, symmetric; vectors stay as they are."""
    stored: dict[str, NDArray[Any]] = {}
    for name, value in weights.items():
        if value.ndim < 2 or name in _KEPT_WHOLE:
            stored[name] = value
            continue
        scale = np.maximum(np.abs(value).max(axis=1, keepdims=True), 1e-12) / 127.0
        stored[name] = np.rint(value / scale).astype(np.int8)
        stored[name + SCALE] = scale.astype(np.float32)
    return stored


def from_stored(stored: Tensors) -> dict[str, NDArray[np.float32]]:
    """The float32 weights of a file, whichever form they have there."""
    return {
        name: value.astype(np.float32) * (stored[name + SCALE].astype(np.float32) if name + SCALE in stored else 1.0)
        for name, value in stored.items()
        if not name.endswith(SCALE)
    }


def in_int8(model: LstmCustomerModel) -> LstmCustomerModel:
    """The model as it serves after a way through `to_int8`."""
    return LstmCustomerModel(model.settings, from_stored(to_int8(model.weights)))


def pruned(model: LstmCustomerModel, *, share: float) -> LstmCustomerModel:
    """The model without so much of each matrix's smallest weights (magnitude pruning). Raises ValueError."""
    if not 0.0 <= share < 1.0:
        raise ValueError("share: the part of the weights to take away lies in [0, 1)")
    weights = dict(model.weights)
    for name, value in model.weights.items():
        if value.ndim == 2 and name not in _KEPT_WHOLE:
            weights[name] = np.where(np.abs(value) < np.quantile(np.abs(value), share), 0.0, value).astype(np.float32)
    return LstmCustomerModel(model.settings, weights)
