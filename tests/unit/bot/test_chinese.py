# ruff: noqa: RUF001  # full-width punctuation is what the texts are about
"""A Chinese BERT through Rasa: trained, fine-tuned, and parsing from the archive alone."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.encoder.han_tokenizer import HanTokenizer

CONFIG = Path("bot/config.zh.yml").read_text(encoding="utf-8")
ORDERS = ["我的订单在哪里", "订单什么时候到", "查一下订单", "订单到哪里了", "我的包裹呢", "包裹什么时候到"]
THANKS = ["谢谢", "谢谢你", "多谢", "非常感谢", "太感谢了", "谢谢啦"]


def write_training(folder: Path) -> Path:
    groups = {"track_order": ORDERS, "thank": THANKS}
    nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in groups.items()]
    nlu.append({"regex": "order_number", "examples": "- \\d{5,}\n"})
    nlu[0]["examples"] += "- 订单[12345](order_number)在哪里\n"
    file = folder / "nlu.yml"
    file.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8")
    return file


@pytest.mark.parametrize("fine_tuned", [False, True])
async def test_a_chinese_bert_learns_and_understands(
    tmp_path: Path, write_bert: Callable[..., Path], fine_tuned: bool
) -> None:
    characters = sorted(set("".join(ORDERS + THANKS)))
    bert = write_bert(tmp_path / "bert", seed=3, words=characters, width=32)
    config = yaml.safe_load(CONFIG)
    featurizer = next(part for part in config["pipeline"] if part["name"].endswith("BertFeaturizer"))
    featurizer.update(model=str(bert), device="cpu", cache_dir=None, fine_tune=fine_tuned)
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    archive = train_nlu(str(tmp_path / "config.yml"), str(write_training(tmp_path)), output=str(tmp_path / "models"))
    if fine_tuned:
        shutil.rmtree(bert)  # the archive carries its own weights
    assert archive is not None
    agent = Agent.load(archive)
    tracking = await agent.parse_message("订单12345什么时候到")
    assert tracking["intent"]["name"] == "track_order"
    assert [(entity["entity"], entity["value"]) for entity in tracking["entities"]] == [("order_number", "12345")]
    assert (await agent.parse_message("谢谢你啦"))["intent"]["name"] == "thank"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("我的订单在哪里？", ["我", "的", "订", "单", "在", "哪", "里"]),
        ("订单31198到了吗 OK", ["订", "单", "31198", "到", "了", "吗", "OK"]),
        ("iPhone手機𠮷", ["iPhone", "手", "機", "𠮷"]),
        ("？！", ["？！"]),
        ("👍", ["👍"]),
    ],
)
def test_tokens_are_characters_and_whole_numbers(text: str, tokens: list[str]) -> None:
    tokenizer = HanTokenizer(HanTokenizer.get_default_config())
    found = tokenizer.tokenize(Message({TEXT: text}), TEXT)
    assert [token.text for token in found] == tokens
    assert all(text[token.start : token.end] == token.text for token in found)
