"""The model's folder: weights.safetensors, settings.json (kind, shape, categories, version, what it was trained on)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from promo_engine.user_model.category_index import CategoryIndex
from promo_engine.user_model.counts.counts_model import CatalogueModel, CountsCustomerModel
from promo_engine.user_model.model import LstmCustomerModel
from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.shop_model import ShopCustomerModel
from promo_engine.user_model.stepped_model import SteppedModel

WEIGHTS = "weights.safetensors"
SETTINGS = "settings.json"
KINDS: dict[str, type[SteppedModel]] = {
    kind.kind: kind for kind in (CatalogueModel, CountsCustomerModel, LstmCustomerModel)
}
"""By name, level 0 first."""


class ModelMissing(Exception):  # noqa: N818  named after what is wrong, like the domain's errors
    """There is no usable user model at the path; the message is one line that says what to run."""


def save_user_model(model: ShopCustomerModel, model_dir: Path, *, trained_on: dict[str, Any]) -> None:
    """Write both files, the settings last: a folder with settings is complete."""
    model_dir.mkdir(parents=True, exist_ok=True)
    (model_dir / SETTINGS).unlink(missing_ok=True)
    weights = save({name: np.ascontiguousarray(value) for name, value in model.model.weights.items()})
    (model_dir / WEIGHTS).write_bytes(weights)
    settings = {
        "kind": model.kind,
        "model": asdict(model.model.settings),
        "categories": {"ids": list(model.index.category_ids), "newest": model.index.newest},
        "version": model.version,
        "trained_on": trained_on,
    }
    (model_dir / SETTINGS).write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_settings(model_dir: Path) -> dict[str, Any]:
    """The settings file as it stands. Raises ModelMissing."""
    path = model_dir / SETTINGS
    try:
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelMissing(f"there is no trained user model at {model_dir}; run `promobot train`") from None
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{path} cannot be read ({error}); run `promobot train`") from error
    return settings


def load_user_model(model_dir: Path) -> ShopCustomerModel:
    """The model in a folder.

    Raises ModelMissing if it is not there, incomplete, older than this code, altered, or if a weight is no number.
    """
    settings = read_settings(model_dir)
    try:
        shape = dict(settings["model"])
        for name in ("half_lives_days", "half_lives_baskets", "horizons_days"):
            shape[name] = tuple(shape[name])
        inner = KINDS[settings.get("kind", LstmCustomerModel.kind)](
            ModelSettings(**shape), load_file(model_dir / WEIGHTS)
        )
        model = ShopCustomerModel(inner, _index(settings, inner.settings.category_count))
    except (KeyError, TypeError, ValueError, OSError, SafetensorError) as error:
        raise ModelMissing(f"the user model at {model_dir} is not complete ({error}); run `promobot train`") from error
    if inner.kind == "lstm" and inner.weights["head_out.weight"].shape[0] != inner.settings.output_count:
        raise ModelMissing(f"the user model at {model_dir} is of an older version of Promobot; run `promobot train`")
    if model.version != settings["version"]:
        raise ModelMissing(f"the user model at {model_dir} is not the one that was trained; run `promobot train`")
    if not inner.finite:
        raise ModelMissing(f"the user model at {model_dir} holds weights that are no numbers; run `promobot train`")
    return model


def _index(settings: dict[str, Any], count: int) -> CategoryIndex:
    """Models from before a shop's categories could change had all of them: 0, 1, 2 …"""
    categories = settings.get("categories", {"ids": range(count), "newest": count - 1})
    return CategoryIndex(tuple(categories["ids"]), int(categories["newest"]))
