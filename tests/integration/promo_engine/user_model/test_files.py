from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from promo_engine.user_model import LstmCustomerModel, ModelMissing, ShopCustomerModel, load_user_model
from promo_engine.user_model.model_files import SETTINGS, WEIGHTS, save_user_model


def test_a_saved_model_loads_with_the_same_version(tiny_model: LstmCustomerModel, tmp_path: Path) -> None:
    save_user_model(ShopCustomerModel.plain(tiny_model), tmp_path / "model", trained_on={"data": "abc"})
    loaded = load_user_model(tmp_path / "model")
    assert loaded.version == tiny_model.version
    assert loaded.model.settings == tiny_model.settings


def test_a_missing_model_is_one_line_with_the_path_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        load_user_model(tmp_path / "nowhere")
    assert str(caught.value) == f"there is no trained user model at {tmp_path / 'nowhere'}; run `promobot train`"


@pytest.mark.parametrize("damage", ["no weights", "short weights", "broken settings", "no shape"])
def test_a_damaged_model_is_refused(tiny_model: LstmCustomerModel, tmp_path: Path, damage: str) -> None:
    save_user_model(ShopCustomerModel.plain(tiny_model), tmp_path, trained_on={})
    if damage == "no weights":
        (tmp_path / WEIGHTS).unlink()
    elif damage == "short weights":
        (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:-10])
    else:
        (tmp_path / SETTINGS).write_text("{" if damage == "broken settings" else "{}")
    with pytest.raises(ModelMissing, match="run `promobot train`") as caught:
        load_user_model(tmp_path)
    assert "\n" not in str(caught.value)


def test_weights_of_another_model_are_refused(tiny_model: LstmCustomerModel, tmp_path: Path) -> None:
    other = {name: np.array(value) for name, value in tiny_model.weights.items()}
    other["lstm.bias"] = other["lstm.bias"] + np.float32(0.1)
    save_user_model(ShopCustomerModel.plain(LstmCustomerModel(tiny_model.settings, other)), tmp_path, trained_on={})
    weights = (tmp_path / WEIGHTS).read_bytes()
    save_user_model(ShopCustomerModel.plain(tiny_model), tmp_path, trained_on={})
    (tmp_path / WEIGHTS).write_bytes(weights)
    with pytest.raises(ModelMissing, match="not the one that was trained"):
        load_user_model(tmp_path)


def test_weights_with_other_outputs_are_refused(tiny_model: LstmCustomerModel, tmp_path: Path) -> None:
    weights = {name: np.array(value) for name, value in tiny_model.weights.items()}
    weights["head_out.weight"] = weights["head_out.weight"][:-1]
    save_user_model(ShopCustomerModel.plain(LstmCustomerModel(tiny_model.settings, weights)), tmp_path, trained_on={})
    with pytest.raises(ModelMissing, match="older version of Promobot; run `promobot train`"):
        load_user_model(tmp_path)


def test_the_version_follows_weights_and_settings(tiny_model: LstmCustomerModel) -> None:
    weights = {name: np.array(value) for name, value in tiny_model.weights.items()}
    assert LstmCustomerModel(tiny_model.settings, weights).version == tiny_model.version
    weights["head_in.bias"][0] += 1.0
    assert LstmCustomerModel(tiny_model.settings, weights).version != tiny_model.version


def test_weights_that_are_no_numbers_are_refused(tiny_model: LstmCustomerModel, tmp_path: Path) -> None:
    weights = {name: np.array(value) for name, value in tiny_model.weights.items()}
    weights["head_in.bias"][0] = np.nan
    save_user_model(ShopCustomerModel.plain(LstmCustomerModel(tiny_model.settings, weights)), tmp_path, trained_on={})
    with pytest.raises(ModelMissing, match="no numbers; run `promobot train`"):
        load_user_model(tmp_path)


def test_a_model_of_before_categories_could_change_has_all_of_them(
    tiny_model: LstmCustomerModel, tmp_path: Path
) -> None:
    save_user_model(ShopCustomerModel.plain(tiny_model), tmp_path, trained_on={})
    settings = json.loads((tmp_path / SETTINGS).read_text())
    del settings["kind"], settings["categories"]
    (tmp_path / SETTINGS).write_text(json.dumps(settings))
    loaded = load_user_model(tmp_path)
    assert (loaded.kind, loaded.version, loaded.index.category_ids) == ("lstm", tiny_model.version, tuple(range(12)))
