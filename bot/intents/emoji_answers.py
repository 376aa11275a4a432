"""Emoji as words: a message of nothing but 👍 is read as "okay", 👎 as "no", 📦 as a parcel, 🤬 as anger.

The encoder's vocabulary has no emoji: all of them get the same vector, so no number of examples could tell them apart.
The tracker and the gateway's log keep the message as it was written; only the text that is analysed changes.
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

# Five skin tones, and the selectors of text or emoji style (U+FE0E, U+FE0F), may follow each emoji.
_ANSWERS = {
    word: re.compile(rf"\s*(?:{emoji}[\U0001F3FB-\U0001F3FF\uFE0E\uFE0F]*\s*)+")
    for emoji, word in (
        ("👍", "okay"),
        ("👎", "no"),
        ("[📦🚚🚛📬❓❔?]", "where is my order"),
        ("[😡🤬😠👿💢]", "I am very angry"),
        ("[😂🤣😆😅😄]", "haha"),
    )
}
_ONLY_MARKS = re.compile(r"[\s❓❔?\uFE0E\uFE0F]*")


def read_emoji_answer(text: str) -> str:
    """The words for a text of such emoji alone; any other text unchanged."""
    if _ONLY_MARKS.fullmatch(text):
        return text
    return next((word for word, pattern in _ANSWERS.items() if pattern.fullmatch(text)), text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EmojiAnswerReader(GraphComponent):
    """Replaces such emoji by the word. Has to come before the tokenizer."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmojiAnswerReader:
        """Nothing to set, nothing to load."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Read customers' messages."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(TEXT, read_emoji_answer(text), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: none of them is an emoji alone."""
        return training_data
