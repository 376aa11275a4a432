"""Typing errors, as a component of Rasa: the encoder reads the corrected text, everything else what was typed."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.archive import ArchivedComponent
from bot.encoder.bert_encoder import shared_encoder
from bot.encoder.weights import DEFAULT_MODEL, EncoderError
from bot.entities.product_words import ProductFileError, read_names
from bot.intents.spelling import Spelling, spelling_of

CORRECTED = "corrected_text"
"""The property of a message that holds its text without typing errors."""
FILE_NAME = "spelling.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpellingCorrector(ArchivedComponent):
    """Sets `corrected_text` of customers' messages. The text itself, which entities and transcripts need, stays.

    Settings: `model`, whose vocabulary tells which words exist, and `device`, `precision`, `threads` as in
    BertFeaturizer; `categories` and `products`, the catalogue's names as in CatalogueExtractor: they are no errors.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        folder = os.environ.get("PROMOBOT_WORDS_DIR") or "data"
        return {
            "model": DEFAULT_MODEL,
            "device": "auto",
            "precision": "auto",
            "threads": 1,
            "categories": f"{folder}/category_names.yml",
            "products": f"{folder}/product_names.yml",
        }

    @staticmethod
    def required_packages() -> List[Text]:
        """Their versions are part of the fingerprint."""
        return ["rapidfuzz", "transformers"]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The files' content."""
        settings = {**cls.get_default_config(), **config}
        digest = sha256()
        for name in ("categories", "products"):
            path = Path(settings[name])
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._spelling = Spelling({}, ())

    def train(self, training_data: TrainingData) -> Resource:
        """Collect the words that exist. Raises InvalidConfigException for a file or a model that is wrong."""
        texts = [example.get(TEXT) for example in training_data.nlu_examples if example.get(TEXT)]
        self._spelling = spelling_of(texts, self._names(), self._vocabulary())
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE_NAME).write_text(json.dumps(self._spelling.state()), encoding="utf-8")
        return self._resource

    def _names(self) -> List[str]:
        try:
            names = read_names(categories=Path(self._config["categories"]), products=Path(self._config["products"]))
        except ProductFileError as error:
            raise InvalidConfigException(f"SpellingCorrector: {error}") from error
        return [" ".join(words) for words in names]

    def _vocabulary(self) -> Dict[str, int]:
        placement = {name: self._config[name] for name in ("device", "precision", "threads")}
        try:
            words = shared_encoder(self._config["model"], **placement).tokenizer.get_vocab()
        except EncoderError as error:
            raise InvalidConfigException(f"SpellingCorrector: {error}") from error
        return {word: index for word, index in words.items() if word.isalpha() and word.isascii()}

    def restore(self, folder: Path) -> None:
        """Take the words of the model archive."""
        self._spelling = Spelling(**json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Read customers' messages."""
        for message in messages:
            if text := message.get(TEXT):
                message.set(CORRECTED, self._spelling.corrected(text))
        return messages
