"""Products and categories of the shop, as a component of Rasa."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Text

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.entities.extractor import SpanExtractor
from bot.entities.product_words import Name, ProductFileError, ProductWords, common_words, read_names
from bot.entities.spans import Found

FILE_NAME = "product_words.json"
WORDS_DIR = "PROMOBOT_WORDS_DIR"
"""Environment variable: the folder of both files while the bot is trained."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CatalogueExtractor(SpanExtractor):
    """Finds `product` and `category`; the value is the name for people, `category` beside it the shop's own.

    Settings: `categories` and `products`, the files of names, by default those in the folder that PROMOBOT_WORDS_DIR
    names (`promobot shop words` writes them), else the demo's. Training copies them into the model, and learns from the
    bot's sentences which words are not typing errors.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        folder = os.environ.get(WORDS_DIR) or "data"
        return {"categories": f"{folder}/category_names.yml", "products": f"{folder}/product_names.yml"}

    @staticmethod
    def required_packages() -> List[Text]:
        """Imported for the typing errors."""
        return ["rapidfuzz"]

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The files' content."""
        settings = {**cls.get_default_config(), **config}
        digest = sha256()
        for name in ("categories", "products"):
            path = Path(settings[name])
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CatalogueExtractor:
        """An extractor that knows no names yet."""
        return cls(config, model_storage, resource, ProductWords({}, known_words=()))

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CatalogueExtractor:
        """The extractor with the names that it was trained with."""
        with model_storage.read_from(resource) as folder:
            stored = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        names = {tuple(words): Name(**name) for words, name in stored["names"]}
        return cls(config, model_storage, resource, ProductWords(names, known_words=stored["known_words"]))

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, words: ProductWords
    ) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._words = words

    def train(self, training_data: TrainingData) -> Resource:
        """Read the names and store them in the model. Raises InvalidConfigException for a file that is wrong."""
        try:
            names = read_names(categories=Path(self._config["categories"]), products=Path(self._config["products"]))
        except ProductFileError as error:
            raise InvalidConfigException(f"CatalogueExtractor: {error}") from error
        known = common_words(example.get(TEXT) for example in training_data.nlu_examples if example.get(TEXT))
        stored = {"names": [(words, vars(name)) for words, name in names.items()], "known_words": known}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE_NAME).write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """Every product and category in the text."""
        return self._words.find(text)
