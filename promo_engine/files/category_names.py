"""What shoppers call product categories: `SOFT DRINKS` are "soft drinks", `REFRGRATD JUICES/DRNKS` "chilled juice"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from promo_engine.files.yaml_errors import Fault, load

NO_CATEGORY = "other items"
"""For the few products of which no category is known."""


@dataclass(frozen=True)
class CategoryNames:
    """Friendly names by the shop's own names of its categories."""

    friendly: Mapping[str, str]

    def of(self, name: str | None) -> str:
        """The friendly name; the shop's own in lower case if there is none; `NO_CATEGORY` for None."""
        if name is None:
            return NO_CATEGORY
        return self.friendly.get(name) or name.lower()


def read_category_names(path: Path) -> CategoryNames:
    """Read a YAML mapping of the shop's names to friendly ones.

    Raises FileNotFoundError, or ValueError with one line that says where the file is wrong.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file of category names")
    try:
        root, names = load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}:1: this is not text in UTF-8") from error
    except yaml.YAMLError as error:
        fault = Fault.of_yaml(error)
        raise ValueError(f"{path}:{fault.line}: {fault.message}") from error
    if not isinstance(root, yaml.MappingNode) or not isinstance(names, dict):
        raise ValueError(f"{path}:1: a mapping of category names to friendly names is needed")
    for key, value in root.value:
        if not (isinstance(value, yaml.ScalarNode) and value.value.strip() and isinstance(names.get(key.value), str)):
            line = key.start_mark.line + 1
            raise ValueError(f"{path}:{line}: {key.value}: a friendly name in quotes is needed")
    return CategoryNames(friendly=names)
