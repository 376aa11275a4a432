"""The sentences of data/sentiment, as examples to train on.

They join the training data before the tokenizer, so that they get the same features as every other sentence, whatever
the encoder.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

SENTIMENT = "sentiment"
"""The property of an example or a message that holds it."""
SENTIMENTS = ("angry", "neutral", "pleased")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentimentExamples(GraphComponent):
    """Adds the sentences of `folder` to the training data, without an intent. Has to come before the tokenizer."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings' defaults."""
        return {"folder": "data/sentiment"}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[str]:
        """The files' content."""
        digest = sha256()
        for path in sorted(Path({**cls.get_default_config(), **config}["folder"]).glob("*.yml")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentimentExamples:
        """Nothing to load: customers' messages pass unchanged."""
        return cls(config)

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._folder = Path({**self.get_default_config(), **config}["folder"])

    def process(self, messages: List[Message]) -> List[Message]:
        """Leave customers' messages as they are."""
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the sentences. Raises InvalidConfigException for a file that is wrong."""
        examples = read_examples(self._folder)
        added = [Message({TEXT: text, SENTIMENT: name}) for name, texts in examples.items() for text in texts]
        return training_data.merge(TrainingData(added))


def read_examples(folder: Path) -> Dict[str, List[str]]:
    """The sentences by sentiment. Raises InvalidConfigException with one line that names the file."""
    examples: Dict[str, List[str]] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            name, lines = content["sentiment"], content["examples"].splitlines()
        except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
            raise InvalidConfigException(f"{path}: needs `sentiment` and `examples: |`: {error!r}") from error
        if name not in SENTIMENTS:
            raise InvalidConfigException(f"{path}: {name} is none of {', '.join(SENTIMENTS)}")
        examples[name] = [line.strip().removeprefix("- ") for line in lines if line.strip()]
    missing = [name for name in SENTIMENTS if not examples.get(name)]
    if missing:
        raise InvalidConfigException(f"{folder} has no sentences for {', '.join(missing)}")
    return examples
