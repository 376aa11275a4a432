import gc
import shutil
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ACTION_TEXT, INTENT, RESPONSE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.encoder.bert_featurizer import READ_TEXTS, READ_VECTORS, BertFeaturizer
from tests.unit.bot.components import CONTEXT, NO_RESOURCE, NO_STORAGE, sentence_feature, sequence_feature


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    return {**BertFeaturizer.get_default_config(), "model": str(folder), "device": "cpu", **changes}


def featurizer(folder: Path, **changes: Any) -> BertFeaturizer:
    return BertFeaturizer.create(settings(folder, **changes), NO_STORAGE, NO_RESOURCE, CONTEXT)


def stored(folder: Path) -> tuple[LocalModelStorage, Resource, ExecutionContext]:
    """A model archive in the making, the component's resource in it, and its node."""
    folder.mkdir(exist_ok=True)
    return LocalModelStorage(folder), Resource("bert"), CONTEXT


def examples() -> TrainingData:
    texts_of = {
        "thank": ["thank you", "thank", "you thank"],
        "track_order": ["where is my order", "my order", "order ?"],
    }
    messages = [Message({TEXT: text, INTENT: intent}) for intent, texts in texts_of.items() for text in texts]
    return TrainingData(tokenized(*messages))


def sentence_row(component: BertFeaturizer) -> NDArray[Any]:
    (message,) = tokenized(Message({TEXT: "where is my order"}))
    component.process([message])
    return sentence_feature(message)


def tokenized(*messages: Message) -> list[Message]:
    tokenizer = WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())
    tokenizer.process_training_data(TrainingData(list(messages)))
    return list(messages)


@pytest.mark.parametrize("attribute", DENSE_FEATURIZABLE_ATTRIBUTES)
def test_features_of_each_attribute_in_training(tiny_bert: Path, attribute: str) -> None:
    messages = tokenized(Message({attribute: "where is my order?"}), Message({attribute: "thank you"}))
    featurizer(tiny_bert).process_training_data(TrainingData(messages))
    for message, token_count in zip(messages, (4, 2), strict=True):
        shapes = [feature.features.shape for feature in message.get_dense_features(attribute) if feature is not None]
        assert shapes == [(token_count, 8), (1, 8)]
        assert {feature.origin for feature in message.features} == {CONTEXT.node_name}


def test_more_layers_make_the_sentence_feature_wider_and_begin_with_the_last(tiny_bert: Path) -> None:
    one_layer, two_layers = (sentence_row(featurizer(tiny_bert, layers=layers)) for layers in (1, 2))
    assert (one_layer.shape, two_layers.shape) == ((1, 8), (1, 16))
    np.testing.assert_allclose(two_layers[:, :8] / np.linalg.norm(two_layers[:, :8]), one_layer, atol=1e-5)


def test_attributes_do_not_mix(tiny_bert: Path) -> None:
    (message,) = tokenized(Message({TEXT: "where is my order", RESPONSE: "thank you", ACTION_TEXT: "banana"}))
    featurizer(tiny_bert).process([message])
    rows = {a: len(sequence_feature(message, a)) for a in DENSE_FEATURIZABLE_ATTRIBUTES}
    assert rows == {TEXT: 4, RESPONSE: 2, ACTION_TEXT: 1}


def test_a_message_with_an_intent_only_stays_bare(tiny_bert: Path) -> None:
    message = Message({INTENT: "greet"})
    featurizer(tiny_bert).process([message])
    assert message.features == []


def test_a_batch_of_messages_is_one_pass(tiny_bert: Path) -> None:
    component = featurizer(tiny_bert)
    passes: list[int] = []

    def count(model: torch.nn.Module, args: Any, kwargs: dict[str, torch.Tensor]) -> None:
        passes.append(len(kwargs["input_ids"]))

    with component.encoder.model.register_forward_pre_hook(count, with_kwargs=True):
        component.process(tokenized(*(Message({TEXT: text}) for text in ("where", "is my", "order"))))
    assert passes == [3]


def test_further_texts_of_a_message_join_its_pass(tiny_bert: Path) -> None:
    first, second, alone = tokenized(*(Message({TEXT: text}) for text in ("where is my order", "thank", "my order")))
    first.set(READ_TEXTS, ["where is my order", "my order"])
    second.set(READ_TEXTS, ["thank"])
    component = featurizer(tiny_bert)
    component.process([first, second])
    component.process([alone])
    assert first.get(READ_VECTORS).shape[0] == 2 and second.get(READ_VECTORS).shape[0] == 1
    np.testing.assert_allclose(first.get(READ_VECTORS)[:1], sentence_feature(first), atol=1e-5)
    np.testing.assert_allclose(first.get(READ_VECTORS)[1:], sentence_feature(alone), atol=1e-5)
    np.testing.assert_allclose(second.get(READ_VECTORS), sentence_feature(second), atol=1e-5)


def test_training_sentences_are_cached_on_disk_and_customers_messages_are_not(tiny_bert: Path, tmp_path: Path) -> None:
    component = featurizer(tiny_bert, cache_dir=str(tmp_path / "cache"))
    component.process(tokenized(Message({TEXT: "where is my order"})))
    assert not (tmp_path / "cache").exists()
    first, second = tokenized(Message({TEXT: "thank you"})), tokenized(Message({TEXT: "thank you"}))
    component.process_training_data(TrainingData(first))
    component.process_training_data(TrainingData(second))
    assert len(list((tmp_path / "cache").iterdir())) == 1
    for fresh, cached in zip(first[0].features, second[0].features, strict=True):
        np.testing.assert_array_equal(fresh.features, cached.features)


def test_the_fingerprint_follows_the_weights(tiny_bert: Path, other_tiny_bert: Path) -> None:
    first, second = (BertFeaturizer.fingerprint_addon(settings(folder)) for folder in (tiny_bert, other_tiny_bert))
    assert first and second and first != second
    assert BertFeaturizer.fingerprint_addon(settings(tiny_bert)) == first


def test_tuned_weights_live_in_the_archive_and_need_nothing_else(tiny_bert: Path, tmp_path: Path) -> None:
    original = shutil.copytree(tiny_bert, tmp_path / "bert")
    archive = stored(tmp_path / "archive")
    config = settings(original, fine_tune=True, fine_tuning={"epochs": 2, "batch_size": 4, "learning_rate": 0.01})
    BertFeaturizer.create(config, *archive).train(examples())
    shutil.rmtree(original)
    restored, once_more = BertFeaturizer.load(config, *archive), BertFeaturizer.load(config, *archive)
    assert restored.encoder is once_more.encoder
    assert restored.encoder.weights_hash != featurizer(tiny_bert).encoder.weights_hash
    assert not np.allclose(sentence_row(restored), sentence_row(featurizer(tiny_bert)), atol=1e-3)
    with archive[0].read_from(archive[1]) as folder:
        assert {file.suffix for file in folder.iterdir()} <= {".json", ".safetensors", ".txt"}  # nothing that executes


def test_frozen_weights_leave_nothing_in_the_archive(tiny_bert: Path, tmp_path: Path) -> None:
    archive = stored(tmp_path)
    frozen = BertFeaturizer.create(settings(tiny_bert), *archive)
    assert frozen.train(examples()) == archive[1]
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    assert BertFeaturizer.load(settings(tiny_bert), *archive).encoder is frozen.encoder


def test_tuned_weights_are_forgotten_with_their_last_user(tiny_bert: Path, tmp_path: Path) -> None:
    archive = stored(tmp_path)
    config = settings(tiny_bert, fine_tune=True, fine_tuning={"epochs": 1, "batch_size": 4})
    BertFeaturizer.create(config, *archive).train(examples())
    restored = BertFeaturizer.load(config, *archive)
    encoder = weakref.ref(restored.encoder)
    del restored
    gc.collect()
    assert encoder() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 0},
        {"threads": "two"},
        {"device": "tpu"},
        {"layers": 0},
        {"layers": 4},
        {"layers": True},
        {"layers": 3},  # the tiny model has two
        {"model": "/nowhere"},
        {"precision": "fp8"},
        {"fine_tune": "yes"},
        {"fine_tuning": {"loss": "hinge"}},
    ],
)
def test_a_bad_setting_is_refused_in_one_line(tiny_bert: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfigException, match="BertFeaturizer: ") as caught:
        BertFeaturizer.validate_config(settings(tiny_bert, **changes))
        featurizer(tiny_bert, **changes)
    assert "\n" not in str(caught.value)
