"""Help articles for messages in other languages than English, on vectors that mean the same in all of them.

A language has articles of its own in data/i18n/<language>/help, in the form of data/help and with its ids; where it has
none its messages are answered from the English ones. Which article a shop replaces by its own is the same in every
language: the own English one stands then in place of a translated one, whose text would be another shop's.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from safetensors.numpy import load_file, save_file

from bot.archive import ArchivedComponent
from bot.arrays import FloatArray
from bot.help.help_articles import HelpArticleError, Passage, articles_hash, read_passages
from bot.help.help_retriever import HELP, HelpRetriever
from bot.language.reader import CLAUSES_WRITTEN, LANGUAGE
from bot.language.sentence_encoder import shared_sentence_encoder
from common.i18n.translations import ENGLISH, i18n_folder

VECTORS = "multilingual_help.safetensors"
PASSAGES = "multilingual_help.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MultilingualHelp(ArchivedComponent):
    """Sets `help` of messages in other languages. Stands behind HelpRetriever.

    Settings: `folder` and `shop_folder` as there, `threshold` (least cosine), `passages` (most of them per message).
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        written = HelpRetriever.get_default_config()
        return {name: written[name] for name in ("folder", "shop_folder", "passages")} | {"threshold": 0.45}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """Changed articles mean other vectors."""
        config = {**cls.get_default_config(), **config}
        return " ".join(articles_hash(*folders) for folders in _folders(config).values())

    def __init__(self, config: Dict[Text, Any], model_storage: Any, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._passages: Dict[Text, List[Passage]] = {}
        self._vectors: Dict[Text, FloatArray] = {}

    def train(self, training_data: TrainingData) -> Resource:
        """Embed the passages of every language. Raises InvalidConfigException for an article that cannot be used."""
        try:
            self._passages = {code: read_passages(*folders) for code, folders in _folders(self._config).items()}
        except HelpArticleError as error:
            raise InvalidConfigException(f"MultilingualHelp: {error}") from error
        self._vectors = {code: _vectors(passages) for code, passages in self._passages.items()}
        with self._model_storage.write_to(self._resource) as folder:
            save_file(self._vectors, str(folder / VECTORS))
            rows = {code: [asdict(passage) for passage in passages] for code, passages in self._passages.items()}
            (folder / PASSAGES).write_text(json.dumps(rows), encoding="utf-8")
        return self._resource

    def restore(self, folder: Path) -> None:
        """Take passages and vectors of the model archive."""
        self._vectors = load_file(str(folder / VECTORS))
        rows = json.loads((folder / PASSAGES).read_text(encoding="utf-8"))
        self._passages = {
            code: [Passage(**{**row, "questions": tuple(row["questions"])}) for row in found]
            for code, found in rows.items()
        }

    def process(self, messages: List[Message]) -> List[Message]:
        """Find passages for messages in other languages than English."""
        for message in messages:
            if clauses := message.get(CLAUSES_WRITTEN):
                text = " ".join(written for written, _ in clauses)
                message.set(HELP, self._found(text, str(message.get(LANGUAGE))), add_to_output=True)
        return messages

    def _found(self, text: Text, language: Text) -> List[Dict[Text, Any]]:
        code = language if language in self._passages else ENGLISH
        if not self._passages.get(code):
            return []
        cosines = self._vectors[code] @ shared_sentence_encoder().encode([text])[0]
        nearest = np.argsort(-cosines, kind="stable")[: self._config["passages"]]
        return [
            {
                "article_id": self._passages[code][i].article_id,
                "title": self._passages[code][i].title,
                "passage": self._passages[code][i].text,
                "answer": self._passages[code][i].text,
                "similarity": round(float(cosines[i]), 3),
            }
            for i in nearest
            if cosines[i] >= self._config["threshold"]
        ]


def _vectors(passages: List[Passage]) -> FloatArray:
    """(passages, width) of length one: what a passage says and, as much, the questions that it answers."""
    encoder = shared_sentence_encoder()
    rows = encoder.encode([f"{passage.title}. {passage.heading}. {passage.text}" for passage in passages])
    for i, passage in enumerate(passages):
        if passage.questions:
            mean = encoder.encode(passage.questions).mean(axis=0)
            rows[i] += mean / np.linalg.norm(mean)
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _folders(config: Dict[Text, Any]) -> Dict[Text, Tuple[Path, Optional[Path]]]:
    """The articles' folders by language, the shop's own behind."""
    own = Path(config["shop_folder"]) if config["shop_folder"] else None
    translated = {path.parent.name: (path, own) for path in sorted(i18n_folder().glob("*/help"))}
    return {ENGLISH: (Path(config["folder"]), own), **translated}
