"""A YAML list of names, such as the categories that nobody is to be pressed to buy."""

from __future__ import annotations

from pathlib import Path

import yaml

from promo_engine.files.yaml_errors import Fault, load


def read_names(path: Path) -> list[str]:
    """Read the list; a file that is not there is an empty one. Raises ValueError with one line on what is wrong."""
    if not path.is_file():
        return []
    try:
        _, names = load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}:1: this is not text in UTF-8") from error
    except yaml.YAMLError as error:
        fault = Fault.of_yaml(error)
        raise ValueError(f"{path}:{fault.line}: {fault.message}") from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{path}:1: a list of names is needed")
    return names
