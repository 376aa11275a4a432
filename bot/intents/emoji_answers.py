"""A thumb is an answer: a message of nothing but 👍 is read as "yes", one of nothing but 👎 as "no".

The encoder's vocabulary has no emoji, so to it all of them look alike and no amount of examples could tell them apart.
What the shopper wrote stays in the tracker and in the gateway's log; only what is analysed changes.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# Five skin tones, and the selectors of text or emoji style (U+FE0E, U+FE0F), may follow each thumb.
_THUMBS = {
    word: re.compile(rf"\s*(?:{thumb}[\U0001F3FB-\U0001F3FF\uFE0E\uFE0F]*\s*)+")
    for thumb, word in (("\N{THUMBS UP SIGN}", "yes"), ("\N{THUMBS DOWN SIGN}", "no"))
}


def without_thumbs(text: str) -> str:
    """The word that thumbs alone stand for; any other text as it is."""
    return next((word for word, pattern in _THUMBS.items() if pattern.fullmatch(text)), text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ThumbReader(GraphComponent):
    """Puts the word in the place of the thumbs. Has to come before the tokenizer."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ThumbReader:
        """Nothing to set, nothing to load."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Read what shoppers wrote."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(TEXT, without_thumbs(text), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: none of them is a thumb."""
        return training_data
