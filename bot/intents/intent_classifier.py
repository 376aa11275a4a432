"""Intents by logistic regression on dense sentence features together with word and letter n-grams of the text.

`bot.intents.linear_intents` does the work; this makes a Rasa component of it. What it buys over Rasa's own
LogisticRegressionClassifier, and what else was tried, stands in docs/decisions/0006-intents.md.
"""

from __future__ import annotations

import json
import logging
import unicodedata
from dataclasses import fields
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text, Tuple, Type

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.utils.tensorflow.constants import RANKING_LENGTH
from safetensors.numpy import load_file, save_file

from bot.archive import ArchivedComponent
from bot.arrays import FloatArray, IntArray, NumberArray
from bot.encoder.bert_featurizer import READ_VECTORS
from bot.intents.clause_reader import READING
from bot.intents.clauses import Reading, choose
from bot.intents.linear_intents import LinearIntents, LinearSettings, NGrams, train

logger = logging.getLogger(__name__)

BANDS = "bands"
"""The property of a message that holds the least confidences to act on a guess, `act`, and to ask about it, `ask`."""
CLAUSES = "clauses"
"""The property that holds the requests of a message with several: [{"text", "intent_ranking"}], in their order."""
CLAUSE_RANKING_LENGTH = 5
WEIGHTS = "intents.safetensors"
NAMES = "intents.json"

WISH = "wish"
"""The property that holds the part of a long story that was read as its request."""
_Answer = Tuple[List[Dict[Text, Any]], List[Dict[Text, Any]], Optional[Text]]
"""A ranking, the clauses of a message that asks for several things, and the part of a story that is its request."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, ArchivedComponent):
    """Ranks the intents; 1 minus their sum is the probability that the text means none of them.

    Settings: `C` (inverse strength of the regularisation), `ngram_weight` (of the n-grams beside the vectors; 0 leaves
    them out), `max_iter`, `learn_unknown` (false: the confidences sum to 1), `random_state` (which intents are left out
    when it learns what unknown texts look like) and `ranking_length`. `act` and `ask` are the bands that the dialogue
    reads: the least confidence to act on a guess, which FallbackClassifier's threshold has to be too, and to ask about
    it; `nothing` is the intent of texts that mean none of the others; `asides` names the intents that are no request of
    their own beside another. Where ClauseReader read the message, the intent is that of its last certain request. A
    text without features, an empty one for instance, or one without a visible character (zero-width, control
    characters) gets no intent and the confidence 0.
    """

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """A featurizer has to come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """Their versions are part of the fingerprint."""
        return ["sklearn", "torch"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {
            "C": LinearSettings.C,
            "ngram_weight": LinearSettings.ngram_weight,
            "max_iter": LinearSettings.max_iter,
            "learn_unknown": LinearSettings.learn_unknown,
            "random_state": 42,
            "act": 0.35,
            "ask": 0.1,
            "asides": [],
            "nothing": "out_of_scope",
            RANKING_LENGTH: LABEL_RANKING_LENGTH,
        }

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Raise InvalidConfigException for a setting that cannot be."""
        _require(config, "C", "a number above 0", lambda value: _is_number(value) and value > 0)
        _require(config, "ngram_weight", "a number from 0", lambda value: _is_number(value) and value >= 0)
        _require(config, "learn_unknown", "true or false", lambda value: isinstance(value, bool))
        for name in ("act", "ask"):
            _require(config, name, "a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
        _require(config, "asides", "a list of intents", lambda value: isinstance(value, list))
        for name, least in (("max_iter", 1), ("random_state", 0), (RANKING_LENGTH, 0)):
            _require(
                config,
                name,
                f"a whole number from {least}",
                lambda value, least=least: isinstance(value, int) and value >= least,
            )

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self.validate_config(self._config)
        self._intents: List[Text] = []
        self._model: Optional[LinearIntents] = None
        self._ngrams: Optional[NGrams] = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that have a text and an intent, and store what was learned."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        if not examples:
            logger.debug("No examples with an intent: LinearIntentClassifier has nothing to learn.")
            return self._resource
        texts = [example.get(TEXT) for example in examples]
        self._intents, labels = _numbered([example.get(INTENT) for example in examples])
        ngrams = NGrams.fit(texts)
        model = train(
            _unit_rows(np.stack([_required_vector(example) for example in examples])),
            ngrams.rows(texts),
            labels,
            settings=LinearSettings(**{field.name: self._config[field.name] for field in fields(LinearSettings)}),
            seed=self._config["random_state"],
            nothing=self._intents.index(nothing) if (nothing := self._config["nothing"]) in self._intents else None,
        )
        self._ngrams, self._model = ngrams, model
        vocabularies, arrays = ngrams.state()
        with self._model_storage.write_to(self._resource) as folder:
            save_file({**model.arrays(), **arrays}, str(folder / WEIGHTS))
            (folder / NAMES).write_text(
                json.dumps({"intents": self._intents, "vocabularies": vocabularies}), encoding="utf-8"
            )
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: no later component reads a guess about them."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Set each message's `intent`, `intent_ranking` and `bands`, and `clauses` where it asks for several things."""
        readings = {i: found for i, message in enumerate(messages) if (found := _reading(message)) is not None}
        answers: Dict[int, _Answer] = {}
        if readings and self._model is not None and self._ngrams is not None:
            rows = self._ngrams.rows([text for reading, _ in readings.values() for text in reading.texts])
            vectors = _unit_rows(np.concatenate([vectors for _, vectors in readings.values()]))
            confidences = self._model.confidences(vectors, rows)
            end = 0
            for i, (reading, _) in readings.items():
                start, end = end, end + len(reading.texts)
                answers[i] = self._answer(reading, confidences[start:end])
        for i, message in enumerate(messages):
            ranking, clauses, wish = answers.get(i, ([], [], None))
            best = ranking[0] if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
            message.set(INTENT, best, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(BANDS, {"act": self._config["act"], "ask": self._config["ask"]}, add_to_output=True)
            if clauses:
                message.set(CLAUSES, clauses, add_to_output=True)
            if wish is not None:
                message.set(WISH, wish, add_to_output=True)
        return messages

    def _answer(self, reading: Reading, confidences: NumberArray) -> _Answer:
        guesses = [self._intents[i] for i in confidences.argmax(axis=1)]
        choice = choose(
            reading,
            guesses,
            confidences.max(axis=1).tolist(),
            act=self._config["act"],
            asides=self._config["asides"],
        )
        clauses = [
            {"text": reading.texts[i], INTENT_RANKING_KEY: self._ranking(confidences[i])[:CLAUSE_RANKING_LENGTH]}
            for i in choice.requests
        ]
        wish = reading.texts[choice.main] if choice.main in reading.pieces else None
        return self._ranking(confidences[choice.main]), clauses, wish

    def _ranking(self, confidences: NumberArray) -> List[Dict[Text, Any]]:
        order = np.argsort(-confidences, kind="stable")[: self._config[RANKING_LENGTH] or None]
        return [{INTENT_NAME_KEY: self._intents[i], PREDICTED_CONFIDENCE_KEY: float(confidences[i])} for i in order]

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """The component as it was trained; one that ranks nothing if there was nothing to learn."""
        try:
            return super().load(config, model_storage, resource, execution_context, **kwargs)
        except ValueError:  # Rasa's word for a resource that was never stored
            logger.debug("LinearIntentClassifier was not trained.")
            return cls(config, model_storage, resource)

    def restore(self, folder: Path) -> None:
        """Take what was learned."""
        names = json.loads((folder / NAMES).read_text(encoding="utf-8"))
        arrays = load_file(str(folder / WEIGHTS))
        self._intents = names["intents"]
        self._ngrams = NGrams.from_state(names["vocabularies"], arrays)
        self._model = LinearIntents.from_arrays(arrays)


def _is_readable(text: Text) -> bool:
    """Whether the text has a visible character. An empty text has a vector too, and it lies near short answers."""
    readable = text.replace("\N{REPLACEMENT CHARACTER}", "")  # stands for bytes that were no text
    return any(unicodedata.category(character)[0] in "LNPS" for character in readable)


def _reading(message: Message) -> Optional[Tuple[Reading, FloatArray]]:
    """The texts that count for a message, and their vectors; the message itself where nobody read it before."""
    text, vector = message.get(TEXT), _vector(message)
    if vector is None or not _is_readable(text):
        return None
    reading, vectors = message.get(READING), message.get(READ_VECTORS)
    if reading is None or vectors is None:
        return Reading((text,), (0,), ()), vector.reshape(1, -1)
    return reading, vectors


def _vector(message: Message) -> Optional[FloatArray]:
    """The text's dense sentence feature, if it has one."""
    _, sentence = message.get_dense_features(attribute=TEXT)
    if sentence is None:
        return None
    vector: FloatArray = np.asarray(sentence.features, dtype=np.float32)[0]
    return vector


def _required_vector(message: Message) -> FloatArray:
    vector = _vector(message)
    if vector is None:
        raise InvalidConfigException("LinearIntentClassifier needs a dense featurizer before it in the pipeline")
    return vector


def _unit_rows(vectors: FloatArray) -> FloatArray:
    unit_rows: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit_rows


def _numbered(intents: Sequence[Text]) -> Tuple[List[Text], IntArray]:
    """The names in alphabetical order, and each example's index among them."""
    names, numbers = np.unique(intents, return_inverse=True)
    return [str(name) for name in names], numbers


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _require(config: Dict[Text, Any], name: Text, what: Text, holds: Any) -> None:
    if not holds(config[name]):
        raise InvalidConfigException(f"LinearIntentClassifier: {name} must be {what}, not {config[name]!r}")
