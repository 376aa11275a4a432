"""Intents of messages in other languages than English, on sentence vectors that mean the same in all of them.

It learns from the English sentences of data/nlu and, beside them, from those of data/i18n/*/intents.yml: the more a
language has of its own, the better it is understood, and with none at all it is understood in the main
(docs/languages.md has figures). English messages are left to LinearIntentClassifier, at no cost.
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text, Tuple, Type

import numpy as np
import scipy.sparse as sp
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from safetensors.numpy import load_file, save_file

from bot.archive import ArchivedComponent
from bot.arrays import NumberArray
from bot.intents.clauses import Reading, choose
from bot.intents.intent_classifier import BANDS, CLAUSES
from bot.intents.linear_intents import LinearIntents, LinearSettings, train
from bot.language.languages import load_intents
from bot.language.reader import CLAUSES_WRITTEN
from bot.language.sentence_encoder import ENCODER_PACKAGE, shared_sentence_encoder
from common.i18n.translations import TranslationError, i18n_folder

WEIGHTS = "multilingual.safetensors"
NAMES = "multilingual.json"
ITERATIONS = 30
"""More of them change no answer on held-out sentences, and take longer."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MultilingualIntents(IntentClassifier, ArchivedComponent):
    """Ranks the intents of messages that LanguageReader found to be in another language than English.

    Stands behind LinearIntentClassifier. Settings: `C`, `act`, `ask`, `nothing` and `asides` as there; `weight`: how
    often a sentence of data/i18n counts, an English one counting once.
    """

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """Whatever reads the language has no type of its own."""
        return []

    @staticmethod
    def required_packages() -> List[Text]:
        """Their versions are part of the fingerprint."""
        return ["torch"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {"C": 15.0, "act": 0.35, "ask": 0.1, "nothing": "out_of_scope", "asides": [], "weight": 2}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The sentences' files, and the encoder's version, whose package has another name than its module."""
        digest = sha256(version(ENCODER_PACKAGE).encode())
        for path in sorted(i18n_folder().glob("*/*.yml")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._intents: List[Text] = []
        self._model: Optional[LinearIntents] = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from English and other sentences. Raises InvalidConfigException for a file that cannot be used."""
        try:
            others = load_intents(i18n_folder())
        except TranslationError as error:
            raise InvalidConfigException(f"MultilingualIntents: {error}") from error
        written = [(str(example.get(TEXT)), str(example.get(INTENT))) for example in training_data.intent_examples]
        known = {intent for _, intent in written}
        if unknown := sorted(set(others) - known):
            raise InvalidConfigException(f"MultilingualIntents: data/i18n: there is no intent {unknown[0]}")
        own = [(sentence, intent) for intent, sentences in sorted(others.items()) for sentence in sentences]
        examples = [*written, *own * self._config["weight"]]
        self._intents = sorted(known)
        labels = np.array([self._intents.index(intent) for _, intent in examples])
        texts = list(dict.fromkeys(text for text, _ in examples))
        rows = {text: row for row, text in enumerate(texts)}
        vectors = shared_sentence_encoder().encode(texts)[[rows[text] for text, _ in examples]]
        nothing = self._config["nothing"]
        self._model = train(
            vectors,
            _no_ngrams(len(examples)),
            labels,
            settings=LinearSettings(C=self._config["C"], ngram_weight=0, max_iter=ITERATIONS),
            seed=42,
            nothing=self._intents.index(nothing) if nothing in self._intents else None,
        )
        with self._model_storage.write_to(self._resource) as folder:
            save_file(self._model.arrays(), str(folder / WEIGHTS))
            (folder / NAMES).write_text(json.dumps(self._intents), encoding="utf-8")
        return self._resource

    def restore(self, folder: Path) -> None:
        """Take what was learned."""
        self._intents = json.loads((folder / NAMES).read_text(encoding="utf-8"))
        self._model = LinearIntents.from_arrays(load_file(str(folder / WEIGHTS)))
        shared_sentence_encoder()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `intent`, `intent_ranking`, `bands` and `clauses` of messages in other languages than English."""
        for message in messages:
            clauses = message.get(CLAUSES_WRITTEN)
            if clauses and self._model is not None:
                self._classify(message, clauses, self._model)
        return messages

    def _classify(self, message: Message, clauses: Sequence[Tuple[Text, Text]], model: LinearIntents) -> None:
        reading = _reading_of([written for written, _ in clauses])
        confidences = model.confidences(shared_sentence_encoder().encode(reading.texts), _no_ngrams(len(reading.texts)))
        choice = choose(
            reading,
            [self._intents[i] for i in confidences.argmax(axis=1)],
            confidences.max(axis=1).tolist(),
            act=self._config["act"],
            asides=self._config["asides"],
        )
        ranking = self._ranking(confidences[choice.main])
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(BANDS, {"act": self._config["act"], "ask": self._config["ask"]}, add_to_output=True)
        gloss_of = dict(clauses)
        requests = [
            {"text": gloss_of[reading.texts[i]], INTENT_RANKING_KEY: self._ranking(confidences[i])}
            for i in choice.requests
        ]
        message.set(CLAUSES, requests, add_to_output=True)

    def _ranking(self, confidences: NumberArray) -> List[Dict[Text, Any]]:
        order = np.argsort(-confidences, kind="stable")[:LABEL_RANKING_LENGTH]
        return [{INTENT_NAME_KEY: self._intents[i], PREDICTED_CONFIDENCE_KEY: float(confidences[i])} for i in order]


def _reading_of(clauses: Sequence[Text]) -> Reading:
    """The whole first, then each clause."""
    texts = list(dict.fromkeys([" ".join(clauses), *clauses]))
    return Reading(tuple(texts), tuple(texts.index(clause) for clause in clauses), ())


def _no_ngrams(texts: int) -> sp.csr_matrix:
    """(texts, 1) of zeros: words of different languages have no n-grams in common."""
    return sp.csr_matrix((texts, 1), dtype=np.float32)
