"""BERT features for Rasa: one row per token and one for the whole text."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES, TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.encoder.bert_encoder import (
    BATCH_SIZE,
    LAYERS,
    BertEncoder,
    Encoding,
    Sentence,
    archived_encoder,
    shared_encoder,
)
from bot.encoder.embedding_cache import EmbeddingCache, encode_with_cache
from bot.encoder.fine_tuning import FineTuning, FineTuningError, fine_tune
from bot.encoder.weights import DEFAULT_MODEL, EncoderError, resolve_device, resolve_precision

logger = logging.getLogger(__name__)

READ_TEXTS = "read_texts"
"""The property of a message that holds texts to encode beside its own, a list: its clauses, for instance."""
READ_VECTORS = "read_vectors"
"""The sentence vectors of these texts, (texts, width); those of several featurizers side by side."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class BertFeaturizer(DenseFeaturizer, GraphComponent):
    """Sequence and sentence features of every dense featurizable attribute, from one BERT.

    Settings:

    - `model`: weights package, folder or hub name
    - `device`: auto, cuda or cpu
    - `precision`: auto, float32, fp16, bf16 or int8, see `bot.encoder.weights.resolve_precision`
    - `threads`: of torch and numpy in the whole process; null leaves them alone
    - `layers`: the sentence feature holds the means of this many of the last layers, at most 3, the last layer's first
    - `batch_size`: texts per pass in training
    - `cache_dir`: folder for the encodings of training sentences; null encodes them anew each time
    - `fine_tune`: false leaves the weights as they are; true trains them on the training data's intents and keeps them
      in the model archive
    - `fine_tuning`: how, see `bot.encoder.fine_tuning.FineTuning`
    """

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """A tokenizer has to come first."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """Their versions are part of the fingerprint."""
        return ["torch", "transformers"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            "model": DEFAULT_MODEL,
            "device": "auto",
            "precision": "auto",
            "threads": 1,
            "layers": 1,
            "batch_size": BATCH_SIZE,
            "cache_dir": None,
            "fine_tune": False,
            "fine_tuning": {},
        }

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Raise InvalidConfigException for a setting that cannot be."""
        for name, least in (("batch_size", 1), ("threads", 1)):
            value = config[name]
            if value is not None and (not isinstance(value, int) or value < least):
                raise InvalidConfigException(
                    f"BertFeaturizer: {name} must be a whole number from {least}, not {value!r}"
                )
        if type(config["layers"]) is not int or not 1 <= config["layers"] <= LAYERS:
            raise InvalidConfigException(f"BertFeaturizer: layers must be 1 to {LAYERS}, not {config['layers']!r}")
        if not isinstance(config["fine_tune"], bool):
            raise InvalidConfigException(f"BertFeaturizer: fine_tune is true or false, not {config['fine_tune']!r}")
        with _one_line_errors():
            resolve_precision(config["precision"], device=resolve_device(config["device"]))
            FineTuning.from_settings(config["fine_tuning"])

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BertFeaturizer:
        """Build the component for training; it takes the process's shared encoder with the weights as they came."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> BertFeaturizer:
        """Build the component with the weights that `train` left in the model archive, if any."""
        encoder = None
        if config["fine_tune"]:
            with model_storage.read_from(resource) as folder, _one_line_errors():
                encoder = archived_encoder(folder, name=f"{config['model']}, fine-tuned", **_placement(config))
        return cls(config, execution_context.node_name, model_storage, resource, encoder)

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The initial weights and the processor's instructions: others under the same name give other features.

        Fine-tuned weights are left out, since they follow from these, the settings and the training data.
        """
        return _encoder({**cls.get_default_config(), **config}).vectors_id

    def __init__(
        self,
        config: Dict[Text, Any],
        name: Optional[Text],
        model_storage: ModelStorage,
        resource: Resource,
        encoder: Optional[BertEncoder] = None,
    ) -> None:
        super().__init__(name or type(self).__name__, config)
        self.encoder = encoder or _encoder(config)
        if config["layers"] > self.encoder.layers:
            raise InvalidConfigException(
                f"BertFeaturizer: layers is {config['layers']}, but {config['model']} has only {self.encoder.layers}"
            )
        self._model_storage, self._resource = model_storage, resource

    def train(self, training_data: TrainingData) -> Resource:
        """Fine-tune into the model archive where `fine_tune` is set; otherwise learn nothing."""
        if self._config["fine_tune"]:
            pairs = [
                (example.get(TEXT), example.get(INTENT))
                for example in training_data.intent_examples
                if example.get(TEXT)
            ]
            with self._model_storage.write_to(self._resource) as folder, _one_line_errors():
                accuracies = fine_tune(
                    self._config["model"],
                    [text for text, _ in pairs],
                    [intent for _, intent in pairs],
                    settings=FineTuning.from_settings(self._config["fine_tuning"]),
                    device=self.encoder.device,
                    folder=folder,
                )
            if accuracies:
                logger.info(
                    "BERT fine-tuned over %d epochs to %.1f %% of the held-out sentences.",
                    len(accuracies),
                    100 * max(accuracies),
                )
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Add features to customers' messages, all of them in one pass. Never touches the disk.

        Texts that `read_texts` of a message names join its pass, and their vectors are set as `read_vectors`.
        """
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            self._featurize(messages, attribute, cache=None)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training example."""
        folder = self._config["cache_dir"]
        cache = EmbeddingCache(Path(folder), vectors_id=self.encoder.vectors_id) if folder else None
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            self._featurize(training_data.training_examples, attribute, cache=cache)
        return training_data

    def _featurize(self, messages: List[Message], attribute: Text, *, cache: Optional[EmbeddingCache]) -> None:
        filled = [message for message in messages if message.get(attribute)]
        if not filled:
            return
        sentences = [_sentence(message, attribute) for message in filled]
        others = [
            text
            for message in filled
            for text in (message.get(READ_TEXTS) or () if attribute == TEXT else ())
            if text != message.get(TEXT)
        ]
        encodings = self._encode([*sentences, *(Sentence(text, ()) for text in others)], cache)
        if attribute == TEXT:
            self._set_read_vectors(filled, encodings)
        for message, encoding in zip(filled, encodings, strict=False):
            self.add_features_to_message(
                sequence=encoding.token_rows,
                sentence=encoding.sentence_vector(self._config["layers"]).reshape(1, -1),
                attribute=attribute,
                message=message,
            )

    def _set_read_vectors(self, messages: List[Message], encodings: List[Encoding]) -> None:
        """`encodings` are those of the messages, and behind them those of their further texts."""
        vectors = [encoding.sentence_vector(self._config["layers"]) for encoding in encodings]
        rest = iter(vectors[len(messages) :])
        for message, own in zip(messages, vectors, strict=False):
            texts = message.get(READ_TEXTS)
            if texts:
                rows = np.stack([own if text == message.get(TEXT) else next(rest) for text in texts])
                before = message.get(READ_VECTORS)
                message.set(READ_VECTORS, rows if before is None else np.hstack([before, rows]))

    def _encode(self, sentences: List[Sentence], cache: Optional[EmbeddingCache]) -> List[Encoding]:
        batch_size = self._config["batch_size"]
        if cache is None:
            return self.encoder.encode(sentences, batch_size=batch_size)
        return encode_with_cache(self.encoder, cache, sentences, batch_size=batch_size)


def _encoder(config: Dict[Text, Any]) -> BertEncoder:
    with _one_line_errors():
        return shared_encoder(config["model"], **_placement(config))


def _placement(config: Dict[Text, Any]) -> Dict[Text, Any]:
    return {name: config[name] for name in ("device", "precision", "threads")}


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Rasa prints an InvalidConfigException without its trace."""
    try:
        yield
    except (EncoderError, FineTuningError) as error:
        raise InvalidConfigException(f"BertFeaturizer: {error}") from error


def _sentence(message: Message, attribute: Text) -> Sentence:
    tokens = message.get(TOKENS_NAMES[attribute], [])
    return Sentence(message.get(attribute), tuple((token.start, token.end) for token in tokens))
