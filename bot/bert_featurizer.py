"""BERT features for Rasa: one row per token and one for the whole text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES, TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.bert_encoder import BATCH_SIZE, DEFAULT_MODEL, BertEncoder, EncoderError, Encoding, Sentence, shared_encoder
from bot.embedding_cache import EmbeddingCache, encode_with_cache


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class BertFeaturizer(DenseFeaturizer, GraphComponent):
    """Sequence and sentence features of every dense featurizable attribute, from one frozen BERT.

    Settings: `model` (weights package, folder or hub name), `device` (auto, cuda or cpu), `threads` (of torch and numpy
    in the whole process; null leaves them alone), `batch_size` (texts per pass in training) and `cache_dir` (folder for
    the encodings of training sentences; null encodes them anew each time).
    """

    @classmethod
    def required_components(cls) -> List[Type]:
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
            "threads": 1,
            "batch_size": BATCH_SIZE,
            "cache_dir": None,
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

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> BertFeaturizer:
        """Build the component around the process's shared encoder. `load` does the same: nothing is trained."""
        return cls(config, execution_context.node_name)

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The weights' hash: other weights under the same name mean other features."""
        return _encoder({**cls.get_default_config(), **config}).weights_hash

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, config)
        self._encoder = _encoder(config)

    def process(self, messages: List[Message]) -> List[Message]:
        """Add features to what shoppers wrote, all messages in one pass. Never touches the disk."""
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            self._featurize(messages, attribute, cache=None)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training example."""
        folder = self._config["cache_dir"]
        cache = EmbeddingCache(Path(folder), weights_hash=self._encoder.weights_hash) if folder else None
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            self._featurize(training_data.training_examples, attribute, cache=cache)
        return training_data

    def _featurize(self, messages: List[Message], attribute: Text, *, cache: Optional[EmbeddingCache]) -> None:
        filled = [message for message in messages if message.get(attribute)]
        if not filled:
            return
        sentences = [_sentence(message, attribute) for message in filled]
        for message, encoding in zip(filled, self._encode(sentences, cache), strict=True):
            self.add_features_to_message(
                sequence=encoding.token_rows,
                sentence=encoding.sentence_row.reshape(1, -1),
                attribute=attribute,
                message=message,
            )

    def _encode(self, sentences: List[Sentence], cache: Optional[EmbeddingCache]) -> List[Encoding]:
        batch_size = self._config["batch_size"]
        if cache is None:
            return self._encoder.encode(sentences, batch_size=batch_size)
        return encode_with_cache(self._encoder, cache, sentences, batch_size=batch_size)


def _encoder(config: Dict[Text, Any]) -> BertEncoder:
    try:
        return shared_encoder(config["model"], device=config["device"], threads=config["threads"])
    except EncoderError as error:
        raise InvalidConfigException(f"BertFeaturizer: {error}") from error


def _sentence(message: Message, attribute: Text) -> Sentence:
    tokens = message.get(TOKENS_NAMES[attribute], [])
    return Sentence(message.get(attribute), tuple((token.start, token.end) for token in tokens))
