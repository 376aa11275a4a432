"""The passages of the help articles that answer a message.

Training embeds every passage and keeps the vectors in the model archive as safetensors; a turn costs a few small matrix
products, since the message's vectors are those that BertFeaturizer has made already. What speaks for a passage is in
`bot.help.help_index`, how likely it answers in `bot.help.help_ranking`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.archive import ArchivedComponent
from bot.arrays import FloatArray
from bot.encoder.bert_encoder import BertEncoder, Sentence, shared_encoder
from bot.encoder.bert_featurizer import BertFeaturizer
from bot.encoder.embedding_cache import EmbeddingCache
from bot.encoder.weights import DEFAULT_MODEL, EncoderError
from bot.help.help_articles import HelpArticleError, articles_hash, read_intents, read_passages
from bot.help.help_index import Asking, HelpIndex
from bot.help.help_ranking import Ranking, RankingError, quotable

HELP = "help"
"""The message's property that holds what was found, the best first; the keys are those of `found_in`."""
FILE = "passages.safetensors"
HELP_DIR = "PROMOBOT_HELP_DIR"
"""Environment variable that names the folder of the shop's own articles."""
COMPARED = 8
SAME_DIRECTION = 0.99
"""Cosine above which two vectors of one sentence come from the same encoder; batches and bf16 move it by far less."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class HelpRetriever(ArchivedComponent):
    """Adds to each message the passages that may answer it; none where no passage comes near enough.

    Settings: `folder` with the articles, `shop_folder` with the shop's own (by default the one that PROMOBOT_HELP_DIR
    names, if any), `ranking` (the file with the weights of the evidence), `threshold` (least confidence; both by
    `python -m bot.help.calibrate_help`), `passages` (most of them per message), `cache_dir`, and `model`, `device`,
    `precision`, `threads` as in BertFeaturizer. Where the first featurizer gives other vectors (fine-tuned, or another
    model) this component encodes messages once more with its own model, since the weights hold for that model alone.
    """

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """The featurizer whose vectors are reused."""
        return [BertFeaturizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {
            "folder": "data/help",
            "shop_folder": os.environ.get(HELP_DIR),
            "ranking": "data/help/ranking.json",
            "threshold": 0.5,
            "passages": 3,
            "cache_dir": None,
            "model": DEFAULT_MODEL,
            "device": "auto",
            "precision": "auto",
            "threads": 1,
        }

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """Changed articles, other weights or another processor mean other vectors."""
        config = {**cls.get_default_config(), **config}
        return f"{_articles_hash(config)} {_ranking(config).as_json()} {_encoder(config).vectors_id}"

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        _check(self._config)
        self._index: Optional[HelpIndex] = None
        self._ranking = Ranking((), ())
        self.own_encoder: Optional[BertEncoder] = None

    def restore(self, folder: Path) -> None:
        """Take the vectors of the model archive; the articles' folder may be gone."""
        self._index, notes = HelpIndex.load(folder / FILE)
        self._ranking = Ranking.of(json.loads(notes["ranking"]))
        self.own_encoder = None if notes["encoder"] == "featurizer" else _encoder(self._config)

    def train(self, training_data: TrainingData) -> Resource:
        """Embed the articles' passages into the model archive."""
        encoder = _encoder(self._config)
        cache_dir = self._config["cache_dir"]
        cache = EmbeddingCache(Path(cache_dir), vectors_id=encoder.vectors_id) if cache_dir else None
        try:
            passages = read_passages(*_folders(self._config))
            intents = read_intents(*_folders(self._config))
        except HelpArticleError as error:
            raise InvalidConfigException(f"HelpRetriever: {error}") from error
        self._index = HelpIndex.of(passages, encoder, cache=cache, intents=intents)
        self._ranking = _ranking(self._config)
        self.own_encoder = None if _gives_the_vectors_of(encoder, training_data) else encoder
        with self._model_storage.write_to(self._resource) as folder:
            encoder_note = "featurizer" if self.own_encoder is None else "own"
            self._index.save(folder / FILE, encoder=encoder_note, ranking=self._ranking.as_json())
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `help` on every message that has a text and features."""
        for message in messages:
            message.set(HELP, self._found(message), add_to_output=True)
        return messages

    def _found(self, message: Message) -> List[Dict[Text, Any]]:
        asking = self._asking(message)
        if asking is None or self._index is None:
            return []
        settings = self._config
        return found_in(self._index, self._ranking, asking, threshold=settings["threshold"], most=settings["passages"])

    def _asking(self, message: Message) -> Optional[Asking]:
        text = message.get(TEXT)
        if not text or self._index is None:
            return None
        words, vector = message.get_dense_features(TEXT)
        if vector is None:
            return None
        intents = tuple(
            (guess[INTENT_NAME_KEY], float(guess[PREDICTED_CONFIDENCE_KEY]))
            for guess in message.get(INTENT_RANKING_KEY) or ()
        )
        if self.own_encoder is not None:
            return Asking.of(text, self.own_encoder, intents)
        width = self._index.width
        # The first featurizer's last layer comes first; other layers and featurizers stand behind it.
        rows = np.zeros((0, width)) if words is None else np.asarray(words.features)[:, :width]
        tokens = tuple(token.text for token in message.get(TOKENS_NAMES[TEXT]) or ())
        return Asking(text, np.asarray(vector.features).reshape(-1)[:width], tokens[: len(rows)], rows, intents)


def found_in(
    index: HelpIndex, ranking: Ranking, asking: Asking, *, threshold: float, most: int
) -> List[Dict[Text, Any]]:
    """The passages that may be quoted, the best first.

    `passage` is the whole one and `answer` what is said of it; `confidence` is how likely the article answers,
    `similarity` the passage's cosine, and `intents` are those whose replies say what the article says.
    """
    return [
        {
            "article_id": (passage := index.passages[each.position]).article_id,
            "title": passage.title,
            "passage": passage.text,
            "answer": index.answer(each.position, asking),
            "confidence": round(each.confidence, 3),
            "similarity": round(each.similarity, 3),
            "intents": index.intents_of(passage.article_id),
        }
        for each in quotable(ranking.found(index, asking), threshold, most)
    ]


def _gives_the_vectors_of(encoder: BertEncoder, training_data: TrainingData) -> bool:
    """Whether the examples' features are this encoder's vectors, so that those of messages will be, too."""
    examples = training_data.intent_examples[:COMPARED]
    pairs = []
    for example in examples:
        vector = _sentence_vector(example, width=encoder.width)
        if example.get(TEXT) and vector is not None:
            pairs.append((example.get(TEXT), vector))
    if not pairs:
        raise InvalidConfigException(
            "HelpRetriever needs bot.encoder.bert_featurizer.BertFeaturizer before it in the pipeline"
        )
    encodings = encoder.encode([Sentence(text, ()) for text, _ in pairs])
    return all(
        encoding.sentence_row.shape == vector.shape
        and float(encoding.sentence_row @ vector) > SAME_DIRECTION * float(np.linalg.norm(vector))
        for encoding, (_, vector) in zip(encodings, pairs, strict=True)
    )


def _sentence_vector(message: Message, *, width: int) -> Optional[FloatArray]:
    """The first featurizer's last layer: it comes first, other layers and featurizers behind it."""
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else np.asarray(sentence.features).reshape(-1)[:width]


def _check(config: Dict[Text, Any]) -> None:
    threshold, passages = config["threshold"], config["passages"]
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0.0 <= threshold <= 1.0:
        raise InvalidConfigException(f"HelpRetriever: threshold must be a number from 0 to 1, not {threshold!r}")
    if isinstance(passages, bool) or not isinstance(passages, int) or passages < 1:
        raise InvalidConfigException(f"HelpRetriever: passages must be a whole number from 1, not {passages!r}")


def _encoder(config: Dict[Text, Any]) -> BertEncoder:
    try:
        return shared_encoder(
            config["model"], device=config["device"], precision=config["precision"], threads=config["threads"]
        )
    except EncoderError as error:
        raise InvalidConfigException(f"HelpRetriever: {error}") from error


def _ranking(config: Dict[Text, Any]) -> Ranking:
    try:
        return Ranking.read(Path(config["ranking"]))
    except RankingError as error:
        raise InvalidConfigException(f"HelpRetriever: {error}") from error


def _articles_hash(config: Dict[Text, Any]) -> str:
    try:
        return articles_hash(*_folders(config))
    except HelpArticleError as error:
        raise InvalidConfigException(f"HelpRetriever: {error}") from error


def _folders(config: Dict[Text, Any]) -> Tuple[Path, Optional[Path]]:
    return Path(config["folder"]), Path(config["shop_folder"]) if config["shop_folder"] else None
