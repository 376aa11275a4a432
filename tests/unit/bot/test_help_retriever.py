from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from safetensors.numpy import load_file

from bot.encoder.bert_encoder import BertEncoder
from bot.encoder.bert_featurizer import BertFeaturizer
from bot.help.help_retriever import FILE, HelpRetriever
from tests.unit.bot.components import CONTEXT, NO_RESOURCE, NO_STORAGE

RESOURCE = Resource("help")
SEARCHING = Path("data/help/ranking.json")
SECTIONS = {"order": "where is my order", "thanks": "thank you", "banana": "unbelievable banana 12"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "articles"
    articles.mkdir()
    for name, words in SECTIONS.items():
        write(articles, name, words)
    return articles


def write(folder: Path, name: str, words: str) -> None:
    """An article whose only passage has exactly the vector of `words`: the tiny BERT knows no full stop."""
    (folder / f"{name}.md").write_text(
        f"---\nid: {name}\ntitle: {words}\ntopic: x\nupdated: 2026-11-22\n---\n## {words}\n"
        f"<!-- asked: {words} -->\n{words}\n"
    )


def settings(articles: Path, bert: Path, **changes: Any) -> dict[str, Any]:
    own = {"ranking": str(SEARCHING), "folder": str(articles), "model": str(bert), "device": "cpu", "threshold": 0.0}
    return {**HelpRetriever.get_default_config(), **own, **changes}


def tokenized(*texts: str) -> list[Message]:
    messages = [Message({TEXT: text, INTENT: "x"}) for text in texts]
    WhitespaceTokenizer(WhitespaceTokenizer.get_default_config()).process_training_data(TrainingData(messages))
    return messages


def featurized(bert: Path, *texts: str) -> list[Message]:
    config = {**BertFeaturizer.get_default_config(), "model": str(bert), "device": "cpu"}
    return BertFeaturizer.create(config, NO_STORAGE, NO_RESOURCE, CONTEXT).process(tokenized(*texts))


def trained(config: dict[str, Any], storage: LocalModelStorage, *, featurizer: Path) -> HelpRetriever:
    component = HelpRetriever.create(config, storage, RESOURCE, CONTEXT)
    component.train(TrainingData(featurized(featurizer, "where is my order", "thank you")))
    return HelpRetriever.load(config, storage, RESOURCE, CONTEXT)


def storage_in(folder: Path) -> LocalModelStorage:
    (folder / "archive").mkdir()
    return LocalModelStorage(folder / "archive")


def test_finds_the_passage_without_the_articles_at_hand(folder: Path, tiny_bert: Path, tmp_path: Path) -> None:
    component = trained(settings(folder, tiny_bert), storage_in(tmp_path), featurizer=tiny_bert)
    for file in folder.iterdir():
        file.unlink()
    (message,) = component.process(featurized(tiny_bert, "unbelievable banana 12"))
    found = message.as_dict(only_output_properties=True)["help"]
    assert found[0]["article_id"] == "banana"
    assert found[0].keys() == {"article_id", "title", "passage", "answer", "confidence", "similarity", "intents"}
    assert found[0]["passage"] == found[0]["answer"] == "unbelievable banana 12"
    confidences = [entry["confidence"] for entry in found]
    assert confidences == sorted(confidences, reverse=True)


def test_the_archive_holds_the_vectors_as_safetensors(folder: Path, tiny_bert: Path, tmp_path: Path) -> None:
    storage = storage_in(tmp_path)
    trained(settings(folder, tiny_bert), storage, featurizer=tiny_bert)
    with storage.read_from(RESOURCE) as archive:
        vectors = load_file(archive / FILE)["vectors"]
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_below_the_threshold_there_is_nothing(folder: Path, tiny_bert: Path, tmp_path: Path) -> None:
    config = settings(folder, tiny_bert, threshold=1.0)
    component = trained(config, storage_in(tmp_path), featurizer=tiny_bert)
    near, far = component.process(featurized(tiny_bert, "thank you", "is 1 un ?"))
    assert near.get("help") == far.get("help") == []


def test_a_message_without_text_or_features_gets_nothing(folder: Path, tiny_bert: Path, tmp_path: Path) -> None:
    component = trained(settings(folder, tiny_bert), storage_in(tmp_path), featurizer=tiny_bert)
    bare = component.process([Message({TEXT: "/greet"}), Message({INTENT: "greet"})])
    assert [message.get("help") for message in bare] == [[], []]


def test_other_layers_and_encoders_behind_the_first_change_nothing(
    folder: Path, tiny_bert: Path, other_tiny_bert: Path, tmp_path: Path
) -> None:
    storage = storage_in(tmp_path)
    alone = trained(settings(folder, tiny_bert), storage, featurizer=tiny_bert)
    component = HelpRetriever.create(settings(folder, tiny_bert), storage, RESOURCE, CONTEXT)

    def featurized_twice(*texts: str) -> list[Message]:
        config = {**BertFeaturizer.get_default_config(), "device": "cpu"}
        messages = tokenized(*texts)
        for bert, layers in ((tiny_bert, 2), (other_tiny_bert, 1)):
            settings_here = {**config, "model": str(bert), "layers": layers}
            BertFeaturizer.create(settings_here, NO_STORAGE, NO_RESOURCE, CONTEXT).process(messages)
        return messages

    component.train(TrainingData(featurized_twice("where is my order", "thank you")))
    component = HelpRetriever.load(settings(folder, tiny_bert), storage, RESOURCE, CONTEXT)
    assert component.own_encoder is None
    (plain,) = alone.process(featurized(tiny_bert, "unbelievable banana 12"))
    (among_others,) = component.process(featurized_twice("unbelievable banana 12"))
    assert among_others.get("help") == plain.get("help") != []


def test_a_message_is_not_encoded_a_second_time(
    folder: Path, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    component = trained(settings(folder, tiny_bert), storage_in(tmp_path), featurizer=tiny_bert)
    messages = featurized(tiny_bert, "thank you")
    monkeypatch.setattr(BertEncoder, "encode", None)
    assert component.process(messages)[0].get("help")


def test_behind_another_encoder_it_reads_the_message_itself(
    folder: Path, tiny_bert: Path, other_tiny_bert: Path, tmp_path: Path
) -> None:
    """As behind a fine-tuned featurizer: its vectors cannot be compared with those of the passages."""
    config = settings(folder, tiny_bert)
    (tmp_path / "same").mkdir()
    (tmp_path / "other").mkdir()
    same = trained(config, storage_in(tmp_path / "same"), featurizer=tiny_bert)
    other = trained(config, storage_in(tmp_path / "other"), featurizer=other_tiny_bert)
    (expected,) = same.process(featurized(tiny_bert, "thank you"))
    (message,) = other.process(featurized(other_tiny_bert, "thank you"))
    assert message.get("help") == expected.get("help")


def test_the_fingerprint_follows_articles_and_weights(folder: Path, tiny_bert: Path, other_tiny_bert: Path) -> None:
    first = HelpRetriever.fingerprint_addon(settings(folder, tiny_bert))
    assert HelpRetriever.fingerprint_addon(settings(folder, tiny_bert)) == first
    assert HelpRetriever.fingerprint_addon(settings(folder, other_tiny_bert)) != first
    write(folder, "order", "where is my banana")
    assert HelpRetriever.fingerprint_addon(settings(folder, tiny_bert)) != first


def test_the_guessed_intents_speak_for_the_articles_that_say_the_same(
    folder: Path, tiny_bert: Path, tmp_path: Path
) -> None:
    (folder / "intents.yml").write_text("order_state: [order]\n")
    component = trained(settings(folder, tiny_bert), storage_in(tmp_path), featurizer=tiny_bert)
    plain, guessed = featurized(tiny_bert, "is 1 un ?", "is 1 un ?")
    guessed.set("intent_ranking", [{"name": "order_state", "confidence": 0.9}])
    component.process([plain, guessed])

    def confidence(message: Message) -> float:
        return float(next(entry["confidence"] for entry in message.get("help") if entry["article_id"] == "order"))

    assert confidence(guessed) > confidence(plain)
    assert next(entry for entry in guessed.get("help") if entry["article_id"] == "order")["intents"] == ["order_state"]


def test_without_a_featurizer_training_says_so(folder: Path, tiny_bert: Path, tmp_path: Path) -> None:
    component = HelpRetriever.create(settings(folder, tiny_bert), storage_in(tmp_path), RESOURCE, CONTEXT)
    with pytest.raises(InvalidConfigException, match=r"needs .*BertFeaturizer before it"):
        component.train(TrainingData([Message({TEXT: "thank you", INTENT: "thank"})]))


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": 2},
        {"threshold": "high"},
        {"passages": 0},
        {"folder": "/nowhere"},
        {"model": "/nowhere"},
        {"ranking": "/nowhere"},
    ],
)
def test_a_bad_setting_is_refused_in_one_line(folder: Path, tiny_bert: Path, tmp_path: Path, changes: Any) -> None:
    with pytest.raises(InvalidConfigException, match="HelpRetriever: ") as caught:
        trained(settings(folder, tiny_bert, **changes), storage_in(tmp_path), featurizer=tiny_bert)
    assert "\n" not in str(caught.value)
