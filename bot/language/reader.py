"""The language of a message, as a component of Rasa: the first of the pipeline.

What is analysed of a message of another language is its gloss in English; the tracker and the gateway's log keep it as
it was written.
"""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.detect import Detector
from bot.language.gloss import usual_marks
from bot.language.languages import Language, load_languages
from common.i18n.translations import TranslationError, i18n_folder

LANGUAGE = "language"
"""The property of a message that holds the code of its language; missing where nothing tells."""
CLAUSES_WRITTEN = "written_clauses"
"""The property of a message of another language that holds its clauses, [(as written, gloss)]; `text` holds glosses."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageReader(GraphComponent):
    """Sets `language`, and puts words of other languages into English."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageReader:
        """A reader of every language in data/i18n. Raises InvalidConfigException for a file that cannot be used."""
        return cls()

    def __init__(self) -> None:
        try:
            self._detector = Detector(load_languages(i18n_folder()))
        except TranslationError as error:
            raise InvalidConfigException(f"LanguageReader: {error}") from error

    def process(self, messages: List[Message]) -> List[Message]:
        """Read customers' messages."""
        for message in messages:
            if text := message.get(TEXT):
                self._read(message, text)
        return messages

    def _read(self, message: Message, text: Text) -> None:
        language, found = self._detector.read(text)
        if language is not None:
            message.set(LANGUAGE, language, add_to_output=True)
        if not found:
            return
        own = next((reading for reading in found if reading.code == language), None)
        clauses = own.clauses(text) if own is not None else [text]
        glosses = [self._gloss(clause, found) for clause in clauses]
        if own is not None:
            message.set(CLAUSES_WRITTEN, list(zip(clauses, glosses, strict=True)))
        message.set(TEXT, " ".join(gloss for gloss in glosses if gloss) or text, add_to_output=True)

    @staticmethod
    def _gloss(clause: Text, found: Sequence[Language]) -> Text:
        gloss = usual_marks(clause)
        for reading in found:
            gloss = reading.gloss.english(gloss)
        return gloss

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: those of data/nlu are English."""
        return training_data
