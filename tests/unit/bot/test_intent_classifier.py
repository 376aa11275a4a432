"""The intent classifier on small made-up vectors; then as a Rasa component."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.arrays import FloatArray, IntArray
from bot.encoder.bert_featurizer import READ_VECTORS
from bot.intents.clause_reader import READING
from bot.intents.clauses import Reading
from bot.intents.intent_classifier import LinearIntentClassifier
from bot.intents.intent_names import IntentNameExamples, name_as_text
from bot.intents.linear_intents import LinearIntents, LinearSettings, NGrams, train
from tests.unit.bot.components import CONTEXT, NO_STORAGE

INTENTS = 6
WIDTH = 16
RESOURCE = Resource("intents")


def clusters(*, per_intent: int, seed: int) -> tuple[FloatArray, IntArray]:
    """Unit vectors around one axis per intent."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(INTENTS), per_intent)
    vectors = np.eye(WIDTH)[labels] + 0.15 * random.normal(size=(len(labels), WIDTH))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def trained(settings: LinearSettings = LinearSettings()) -> tuple[LinearIntents, NGrams]:  # noqa: B008  # frozen
    vectors, labels = clusters(per_intent=12, seed=0)
    texts = [f"word{label}" for label in labels]
    ngrams = NGrams.fit(texts)
    return train(vectors, ngrams.rows(texts), labels, settings=settings, seed=1), ngrams


def test_fresh_texts_get_their_intent() -> None:
    model, ngrams = trained()
    vectors, labels = clusters(per_intent=5, seed=1)
    confidences = model.confidences(vectors, ngrams.rows([f"word{label}" for label in labels]))
    assert (confidences.argmax(axis=1) == labels).mean() == 1.0
    assert (confidences.sum(axis=1) <= 1 + 1e-5).all()


def test_a_text_unlike_all_examples_is_less_sure_than_any_known_one() -> None:
    model, ngrams = trained()
    known, labels = clusters(per_intent=5, seed=1)
    unknown = np.eye(WIDTH, dtype=np.float32)[INTENTS:]
    sure = model.confidences(known, ngrams.rows([f"word{label}" for label in labels])).max(axis=1)
    unsure = model.confidences(unknown, ngrams.rows(["something else"] * len(unknown))).max(axis=1)
    assert unsure.max() < sure.min()


def test_texts_of_the_intent_that_means_nothing_make_far_texts_less_sure() -> None:
    vectors, labels = clusters(per_intent=12, seed=0)
    far = -np.abs(np.random.default_rng(4).normal(size=(40, WIDTH))).astype(np.float32)
    far /= np.linalg.norm(far, axis=1, keepdims=True)
    both, both_labels = np.concatenate([vectors, far[:20]]), np.concatenate([labels, np.full(20, INTENTS)])
    texts = [f"word{label}" for label in both_labels]
    ngrams = NGrams.fit(texts)
    model = train(both, ngrams.rows(texts), both_labels, settings=LinearSettings(), seed=1, nothing=INTENTS)
    assert model.known[0] > 0  # nearness speaks for known
    assert model.temperature[0] < 1  # texts held back are right more often than the softmax says
    sure = model.confidences(vectors, ngrams.rows([f"word{label}" for label in labels])).max(axis=1)
    unsure = model.confidences(far[20:], ngrams.rows(["something else"] * 20))[:, :INTENTS].max(axis=1)
    assert unsure.max() < sure.min()


def test_without_learning_the_unknown_confidences_sum_to_one() -> None:
    model, ngrams = trained(LinearSettings(learn_unknown=False))
    confidences = model.confidences(clusters(per_intent=1, seed=2)[0], ngrams.rows(["word1"] * INTENTS))
    np.testing.assert_allclose(confidences.sum(axis=1), 1, rtol=1e-5)


def test_ngrams_tell_apart_what_vectors_cannot() -> None:
    texts = ["apple pie", "apple tart", "plum cake", "plum jam"] * 3
    vectors = np.ones((len(texts), 1), dtype=np.float32)
    ngrams = NGrams.fit(texts)
    labels = np.array([0, 0, 1, 1] * 3)
    for weight, right in ((0.5, 1.0), (0.0, 0.5)):
        model = train(vectors, ngrams.rows(texts), labels, settings=LinearSettings(ngram_weight=weight), seed=0)
        guesses = model.confidences(vectors[:4], ngrams.rows(texts[:4])).argmax(axis=1)
        assert (guesses == labels[:4]).mean() == right


def test_training_twice_gives_the_same_model() -> None:
    (first, _), (second, _) = trained(), trained()
    for name, array in first.arrays().items():
        np.testing.assert_array_equal(array, second.arrays()[name])


@pytest.mark.parametrize("text", ["", "   ", "?!", "\u200b", "\N{THUMBS UP SIGN}", "a" * 10_000, "مرحبا"])
def test_ngrams_of_odd_texts_are_finite(text: str) -> None:
    rows = NGrams.fit(["one", "?"]).rows([text])
    assert rows.shape[0] == 1
    assert np.isfinite(rows.toarray()).all()


def message(text: str, vector: FloatArray | None, intent: str | None = None) -> Message:
    made = Message({TEXT: text, **({INTENT: intent} if intent else {})})
    if vector is not None:
        made.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, "test"))
    return made


def component(folder: Path, **settings: Any) -> LinearIntentClassifier:
    settings = {**LinearIntentClassifier.get_default_config(), **settings}
    return LinearIntentClassifier.create(settings, LocalModelStorage(folder), RESOURCE, CONTEXT)


def training_data() -> TrainingData:
    vectors, labels = clusters(per_intent=8, seed=0)
    return TrainingData(
        [message(f"word{label}", vector, f"intent_{label}") for vector, label in zip(vectors, labels, strict=True)]
    )


def test_a_loaded_component_says_what_the_trained_one_said(tmp_path: Path) -> None:
    first = component(tmp_path)
    first.train(training_data())
    loaded = LinearIntentClassifier.load(
        LinearIntentClassifier.get_default_config(), LocalModelStorage(tmp_path), RESOURCE, CONTEXT
    )
    vectors, labels = clusters(per_intent=2, seed=3)
    for vector, label in zip(vectors, labels, strict=True):
        (said,) = first.process([message(f"word{label}", vector)])
        (again,) = loaded.process([message(f"word{label}", vector)])
        assert said.get(INTENT)["name"] == again.get(INTENT)["name"] == f"intent_{label}"
        assert said.get(INTENT)["confidence"] == pytest.approx(again.get(INTENT)["confidence"], abs=1e-3)
        assert said.get("intent_ranking")[0]["name"] == f"intent_{label}"


def test_a_text_without_features_gets_no_intent(tmp_path: Path) -> None:
    trained_component = component(tmp_path)
    trained_component.train(training_data())
    empty, full = trained_component.process([message("", None), message("word1", clusters(per_intent=1, seed=0)[0][1])])
    assert empty.get(INTENT) == {"name": None, "confidence": 0.0}
    assert full.get(INTENT)["name"] == "intent_1"


def test_a_message_that_asks_for_two_things_names_both(tmp_path: Path) -> None:
    made = component(tmp_path, act=0.3, asides=["intent_0"])
    made.train(training_data())
    vectors, _ = clusters(per_intent=1, seed=3)
    two = message("hello. word1. word2", vectors[3])
    two.set(READING, Reading(("word0 word1 word2", "word0", "word1", "word2"), (1, 2, 3), ()))
    two.set(READ_VECTORS, vectors[[3, 0, 1, 2]])
    (said,) = made.process([two])
    assert said.get(INTENT)["name"] == "intent_2"
    assert [clause["text"] for clause in said.get("clauses")] == ["word1", "word2"]
    assert [clause["intent_ranking"][0]["name"] for clause in said.get("clauses")] == ["intent_1", "intent_2"]
    assert said.get("bands") == {"act": 0.3, "ask": 0.1}
    assert "clauses" in said.as_dict(only_output_properties=True)


@pytest.mark.parametrize("text", ["\u200b\u200d", "\x00", "\u202e\u202c", " \n\t", "\u0301\ufe0f", "\ufffd\ufffd"])
def test_a_text_that_shows_nothing_means_nothing(tmp_path: Path, text: str) -> None:
    trained_component = component(tmp_path)
    trained_component.train(training_data())
    (said,) = trained_component.process([message(text, clusters(per_intent=1, seed=0)[0][1])])
    assert said.get(INTENT) == {"name": None, "confidence": 0.0}
    assert said.get("intent_ranking") == []


def test_no_examples_is_no_error_and_no_intent(tmp_path: Path) -> None:
    component(tmp_path).train(TrainingData([]))
    loaded = LinearIntentClassifier.load({}, LocalModelStorage(tmp_path), RESOURCE, CONTEXT)
    (said,) = loaded.process([message("hello", np.ones(WIDTH, dtype=np.float32))])
    assert said.get(INTENT)["name"] is None


def test_examples_without_a_dense_featurizer_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigException, match="dense featurizer"):
        component(tmp_path).train(TrainingData([message("hello", None, "greet")]))


@pytest.mark.parametrize(
    "settings",
    [
        {"C": 0},
        {"C": "much"},
        {"ngram_weight": -1},
        {"max_iter": 0},
        {"learn_unknown": 1},
        {"act": 2},
        {"asides": "greet"},
    ],
)
def test_a_bad_setting_is_refused_in_one_line(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfigException, match="LinearIntentClassifier: ") as caught:
        component(tmp_path, **settings)
    assert "\n" not in str(caught.value)


def test_an_intents_name_becomes_one_of_its_examples() -> None:
    data = TrainingData(
        [Message({TEXT: "is my card here", INTENT: "card_arrival"}), Message({TEXT: "Bye", INTENT: "bye"})]
    )
    named = IntentNameExamples.create({}, NO_STORAGE, RESOURCE, CONTEXT).process_training_data(data)
    added = [(m.get(TEXT), m.get(INTENT)) for m in named.intent_examples][2:]
    assert added == [("card arrival", "card_arrival")]  # "bye" was there already
    assert len(data.intent_examples) == 2


@pytest.mark.parametrize(
    ("intent", "words"), [("track_order", "track order"), ("faq/ask-Name", "faq ask name"), ("__", "")]
)
def test_the_words_of_a_name(intent: str, words: str) -> None:
    assert name_as_text(intent) == words
