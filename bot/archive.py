"""What trained components keep in Rasa's model archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Text, Tuple, Type, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from safetensors import safe_open

from bot.arrays import AnyArray

Component = TypeVar("Component", bound="ArchivedComponent")


class ArchivedComponent(GraphComponent):
    """A Rasa component whose `train` writes files into the archive and whose `restore` reads them."""

    @classmethod
    def create(
        cls: Type[Component],
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Component:
        """A component that is still to be trained."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls: Type[Component],
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Component:
        """The component as it was trained. Raises ValueError if it never was."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.restore(folder)
        return component

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage, self._resource = model_storage, resource

    def restore(self, folder: Path) -> None:
        """Take what `train` left in the folder."""
        raise NotImplementedError


def read_arrays(file: Path) -> Tuple[Dict[str, AnyArray], Dict[str, str]]:
    """The arrays and the metadata of a safetensors file; `safetensors.numpy.load_file` gives the arrays alone."""
    with safe_open(file, framework="numpy") as archive:  # type: ignore[attr-defined]  # its stub lacks the context
        return {name: archive.get_tensor(name) for name in archive.keys()}, dict(archive.metadata() or {})  # noqa: SIM118
