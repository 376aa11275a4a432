"""What Rasa hands to a component, for tests that make one without a pipeline."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

CONTEXT = ExecutionContext(GraphSchema({}), node_name="component")
NO_STORAGE = LocalModelStorage(Path("no such folder"))
"""For a component that neither stores nor loads anything."""
NO_RESOURCE = Resource("nothing")


def sentence_feature(message: Message) -> NDArray[Any]:
    """(1, width): the dense sentence feature of the text."""
    _, sentence = message.get_dense_features(TEXT)
    assert sentence is not None
    feature: NDArray[Any] = sentence.features
    return feature


def sequence_feature(message: Message, attribute: str = TEXT) -> NDArray[Any]:
    """(tokens, width): the dense sequence feature of an attribute."""
    sequence, _ = message.get_dense_features(attribute)
    assert sequence is not None
    feature: NDArray[Any] = sequence.features
    return feature
