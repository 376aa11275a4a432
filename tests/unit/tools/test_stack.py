"""What `make demo`, `make shell` and `make smoke` read from the environment, and which Rasa model they take."""

import io
import json
import tarfile
from pathlib import Path

import pytest
import yaml

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


def rasa_model(folder: Path, *components: str) -> Path:
    body = json.dumps({"nodes": [{"uses": name} for name in components]}).encode()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return folder / "model.tar.gz"


def test_a_rasa_model_of_the_present_components_is_taken(tmp_path: Path) -> None:
    names = [part["name"] for part in yaml.safe_load((ROOT / "bot" / "config.yml").read_text())["pipeline"]]
    model = rasa_model(tmp_path, *names)
    assert newest_rasa_model(tmp_path) == model


@pytest.mark.parametrize("component", ["bot.bert_featurizer.BertFeaturizer", "bot.intents.emoji_answers.ThumbReader"])
def test_a_rasa_model_of_earlier_components_is_refused_in_one_line(tmp_path: Path, component: str) -> None:
    rasa_model(tmp_path, "WhitespaceTokenizer", component)
    with pytest.raises(StackError, match=f"trained with {component}.*run: make train") as caught:
        newest_rasa_model(tmp_path)
    assert "\n" not in str(caught.value)
