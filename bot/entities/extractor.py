"""The component that every extractor here extends: it adds what `find` returns to a message's entities."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Dict, Iterable, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.entities.spans import Found, without_overlaps


class SpanExtractor(GraphComponent, EntityExtractorMixin):
    """Adds what it finds to a message's entities, without overlaps (`bot.entities.spans`). Untrained."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpanExtractor:
        """Build it from its settings. `load` does the same: nothing is trained."""
        return cls(config)

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._config = {**self.get_default_config(), **config}

    @abstractmethod
    def find(self, text: Text, message: Message) -> Iterable[Found]:
        """What there is in `text`; `message` holds what earlier components found. Never raises, whatever the text."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Read customers' messages."""
        for message in messages:
            if text := message.get(TEXT):
                new = self.add_extractor_name([match.as_entity() for match in self.find(text, message)])
                message.set(ENTITIES, without_overlaps([*message.get(ENTITIES, []), *new]), add_to_output=True)
        return messages
