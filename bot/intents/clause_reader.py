"""Sentences of a message, as a component of Rasa: what the encoder reads and the classifier chooses from."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.encoder.bert_featurizer import READ_TEXTS
from bot.intents.clauses import read
from bot.intents.spelling_corrector import CORRECTED

READING = "reading"
"""The property of a message that holds its `bot.intents.clauses.Reading`."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ClauseReader(GraphComponent):
    """Splits customers' messages into bare clauses. Stands behind SpellingCorrector and before BertFeaturizer."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClauseReader:
        """Nothing to set, nothing to load."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: each is one clause."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Read customers' messages."""
        for message in messages:
            if text := message.get(CORRECTED) or message.get(TEXT):
                reading = read(text)
                message.set(READING, reading)
                message.set(READ_TEXTS, list(reading.texts))
        return messages
