"""What `make demo`, `make shell` and `make smoke` read from the environment, and which Rasa model they take."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tools.demo_shops import TRAIL, DemoShop
from tools.once import ROOT
from tools.stack import DEFAULT_PORTS, StackError, newest_rasa_model, ports_of_the_person


def test_a_port_of_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULT_PORTS:
        monkeypatch.delenv(f"PROMOBOT_{name.upper()}_PORT", raising=False)
    assert ports_of_the_person() == DEFAULT_PORTS
    monkeypatch.setenv("PROMOBOT_ENGINE_PORT", "9000")
    assert ports_of_the_person() == {**DEFAULT_PORTS, "engine": 9000}


@pytest.mark.parametrize("text", ["", "eighty", "-1", "0", "65536", "8080808080", "²"])
def test_what_is_no_port_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PROMOBOT_GATEWAY_PORT", text)
    with pytest.raises(StackError, match=f"PROMOBOT_GATEWAY_PORT={text}: a port"):
        ports_of_the_person()


def rasa_model(folder: Path, *components: str) -> DemoShop:
    body = json.dumps({"nodes": [{"uses": name} for name in components]}).encode()
    shop = replace(TRAIL, language=folder)
    shop.rasa_models.mkdir(parents=True)
    with tarfile.open(shop.rasa_models / "model.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return shop


def test_a_rasa_model_of_the_present_components_is_taken(tmp_path: Path) -> None:
    names = [part["name"] for part in yaml.safe_load((ROOT / "bot" / "config.yml").read_text())["pipeline"]]
    shop = rasa_model(tmp_path, *names)
    assert newest_rasa_model(shop) == shop.rasa_models / "model.tar.gz"


@pytest.mark.parametrize("component", ["bot.bert_featurizer.BertFeaturizer", "bot.intents.emoji_answers.ThumbReader"])
def test_a_rasa_model_of_earlier_components_is_refused_in_one_line(tmp_path: Path, component: str) -> None:
    shop = rasa_model(tmp_path, "WhitespaceTokenizer", component)
    with pytest.raises(StackError, match=f"trained with {component}.*run: make train SHOP=trail") as caught:
        newest_rasa_model(shop)
    assert "\n" not in str(caught.value)
