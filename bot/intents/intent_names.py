"""The name of an intent is a description of it: `card_arrival` teaches what "card arrival" would.

Worth most where examples are few: with ten per intent, one more that says what all of them are about raises accuracy by
about half a point on average (docs/decisions/0006-intents.md). Names that say nothing (`intent_7`) hurt little: each is
one sentence.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_SPACES = str.maketrans("_/-+", "    ")


def name_as_text(intent: str) -> str:
    """The words of an intent's name."""
    return " ".join(intent.translate(_SPACES).lower().split())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class IntentNameExamples(GraphComponent):
    """Adds each intent's name to its examples. Has to come before the tokenizer."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentNameExamples:
        """Nothing to set, nothing to load."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Leave customers' messages as they are."""
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add one example for each intent that has examples already."""
        known = {
            (example.get(INTENT), example.get(TEXT).lower())
            for example in training_data.intent_examples
            if example.get(TEXT)
        }
        named = [(intent, name_as_text(intent)) for intent in sorted({intent for intent, _ in known})]
        additions = [
            Message({TEXT: words, INTENT: intent}) for intent, words in named if words and (intent, words) not in known
        ]
        return training_data.merge(TrainingData(additions)) if additions else training_data
