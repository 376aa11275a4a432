"""The passage of the help articles that answers a message, by the cosine of their BERT vectors.

Training embeds every passage and keeps the vectors in the model archive as safetensors; a turn costs one small matrix
product, since the message's vector is the one that BertFeaturizer has made already.

A passage's vector is the sum, scaled to length one, of the vector of "title. heading. paragraph" and of the mean vector
of the questions in its `asked` comment. The right article came first for 88 % of the calibration questions this way,
for 84 % without the title, 80 % with the larger of the two cosines, 70 % with heading and paragraph alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text, Tuple, Type

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from safetensors.numpy import save_file

from bot.archive import ArchivedComponent, read_arrays
from bot.arrays import FloatArray, NumberArray
from bot.encoder.bert_encoder import BATCH_SIZE, BertEncoder, Sentence, shared_encoder
from bot.encoder.bert_featurizer import BertFeaturizer
from bot.encoder.embedding_cache import EmbeddingCache, encode_with_cache
from bot.encoder.weights import DEFAULT_MODEL, EncoderError
from bot.help.help_articles import HelpArticleError, Passage, articles_hash, read_passages

HELP = "help"
"""The message's property that holds what was found: [{article_id, title, passage, similarity}], the best first."""
FILE = "passages.safetensors"
HELP_DIR = "PROMOBOT_HELP_DIR"
"""Environment variable that names the folder of the shop's own articles."""
COMPARED = 8
SAME_DIRECTION = 0.99
"""Cosine above which two vectors of one sentence come from the same encoder; batches and bf16 move it by far less."""


class HelpIndex:
    """Passages and their vectors (passages, width), each of length one."""

    def __init__(self, passages: Sequence[Passage], vectors: FloatArray) -> None:
        self.passages = tuple(passages)
        self._vectors = vectors

    @property
    def width(self) -> int:
        """Of a vector."""
        return int(self._vectors.shape[1])

    @classmethod
    def of(cls, passages: Sequence[Passage], encoder: BertEncoder, *, cache: Optional[EmbeddingCache]) -> HelpIndex:
        """Embed the passages; what the cache knows is not computed again."""
        texts = [f"{passage.title}. {passage.heading}. {passage.text}" for passage in passages]
        rows = sentence_rows(encoder, texts, cache=cache)
        questions = sentence_rows(encoder, [text for passage in passages for text in passage.questions], cache=cache)
        end = 0
        for i, passage in enumerate(passages):
            start, end = end, end + len(passage.questions)
            if passage.questions:
                rows[i] += _unit(questions[start:end].mean(axis=0))
        return cls(passages, _unit(rows))

    def best(self, vector: NumberArray, *, count: int) -> List[Tuple[Passage, float]]:
        """The `count` passages nearest to the vector (width,), with their cosines, the nearest first."""
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            return []
        cosines = self._vectors @ (vector / length)
        nearest = np.argsort(-cosines, kind="stable")[:count]
        return [(self.passages[i], float(cosines[i])) for i in nearest]

    def save(self, file: Path, **notes: str) -> None:
        """Write vectors, passages and notes into one safetensors file."""
        passages = json.dumps([asdict(passage) for passage in self.passages])
        save_file({"vectors": self._vectors}, file, metadata={"passages": passages, **notes})

    @classmethod
    def load(cls, file: Path) -> Tuple[HelpIndex, Dict[str, str]]:
        """What `save` wrote: the index and the notes."""
        arrays, notes = read_arrays(file)
        passages = [
            Passage(**{**row, "questions": tuple(row["questions"])}) for row in json.loads(notes.pop("passages"))
        ]
        return cls(passages, arrays["vectors"]), notes


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class HelpRetriever(ArchivedComponent):
    """Adds to each message the passages that may answer it; none where no passage comes near enough.

    Settings: `folder` with the articles, `shop_folder` with the shop's own (by default the one that PROMOBOT_HELP_DIR
    names, if any), `threshold` (least cosine, see `python -m bot.help.calibrate_help`),
    `passages` (most of them per message), `cache_dir`, and `model`, `device`, `precision`, `threads` as in
    BertFeaturizer. Where the first featurizer gives other vectors (fine-tuned, or another model) this component encodes
    messages once more with its own model, since the threshold holds for that model alone.
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
        return f"{_articles_hash(config)} {_encoder(config).vectors_id}"

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        _check(self._config)
        self._index = HelpIndex([], np.zeros((0, 0), dtype=np.float32))
        self.own_encoder: Optional[BertEncoder] = None

    def restore(self, folder: Path) -> None:
        """Take the vectors of the model archive; the articles' folder may be gone."""
        self._index, notes = HelpIndex.load(folder / FILE)
        self.own_encoder = None if notes["encoder"] == "featurizer" else _encoder(self._config)

    def train(self, training_data: TrainingData) -> Resource:
        """Embed the articles' passages into the model archive."""
        encoder = _encoder(self._config)
        cache_dir = self._config["cache_dir"]
        cache = EmbeddingCache(Path(cache_dir), vectors_id=encoder.vectors_id) if cache_dir else None
        try:
            passages = read_passages(*_folders(self._config))
        except HelpArticleError as error:
            raise InvalidConfigException(f"HelpRetriever: {error}") from error
        self._index = HelpIndex.of(passages, encoder, cache=cache)
        self.own_encoder = None if _gives_the_vectors_of(encoder, training_data) else encoder
        with self._model_storage.write_to(self._resource) as folder:
            self._index.save(folder / FILE, encoder="featurizer" if self.own_encoder is None else "own")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `help` on every message that has a text and features."""
        for message in messages:
            message.set(HELP, self._found(message), add_to_output=True)
        return messages

    def _found(self, message: Message) -> List[Dict[Text, Any]]:
        text, vector = message.get(TEXT), _sentence_vector(message, width=self._index.width)
        if not text or vector is None:
            return []
        if self.own_encoder is not None:
            vector = sentence_rows(self.own_encoder, [text], cache=None)[0]
        return [
            {
                "article_id": passage.article_id,
                "title": passage.title,
                "passage": passage.text,
                "similarity": round(similarity, 3),
            }
            for passage, similarity in self._index.best(vector, count=self._config["passages"])
            if similarity >= self._config["threshold"]
        ]


def sentence_rows(encoder: BertEncoder, texts: Sequence[str], *, cache: Optional[EmbeddingCache]) -> FloatArray:
    """Vectors of whole texts (texts, width), each of length one."""
    sentences = [Sentence(text, ()) for text in texts]
    if cache is None:
        encodings = encoder.encode(sentences)
    else:
        encodings = encode_with_cache(encoder, cache, sentences, batch_size=BATCH_SIZE)
    if not encodings:
        return np.zeros((0, encoder.width), dtype=np.float32)
    return np.stack([encoding.sentence_row for encoding in encodings])


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
    rows = sentence_rows(encoder, [text for text, _ in pairs], cache=None)
    return all(
        row.shape == vector.shape and float(row @ vector) > SAME_DIRECTION * float(np.linalg.norm(vector))
        for row, (_, vector) in zip(rows, pairs, strict=True)
    )


def _sentence_vector(message: Message, *, width: int) -> Optional[FloatArray]:
    """The first featurizer's last layer: it comes first, other layers and featurizers behind it."""
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else np.asarray(sentence.features).reshape(-1)[:width]


def _unit(rows: NumberArray) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit_rows: FloatArray = (rows / np.where(lengths == 0.0, 1.0, lengths)).astype(np.float32)
    return unit_rows


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


def _articles_hash(config: Dict[Text, Any]) -> str:
    try:
        return articles_hash(*_folders(config))
    except HelpArticleError as error:
        raise InvalidConfigException(f"HelpRetriever: {error}") from error


def _folders(config: Dict[Text, Any]) -> Tuple[Path, Optional[Path]]:
    return Path(config["folder"]), Path(config["shop_folder"]) if config["shop_folder"] else None
