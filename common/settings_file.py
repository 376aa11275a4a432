"""The settings files of a shop's folder: lines of NAME=value, read when a command starts there.

A variable that is set already wins, so that a service manager or a shell can overrule the file.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from dotenv import load_dotenv
from pydantic_core import PydanticUndefined, to_jsonable_python

from common.base_settings import PREFIX, ServiceSettings

SETTINGS_FILE = "promobot.env"
SECRETS_FILE = "secrets.env"


def load_settings_files(folder: Path = Path()) -> None:
    """Read both files of the folder, where they exist, into the environment."""
    for name in (SETTINGS_FILE, SECRETS_FILE):
        load_dotenv(folder / name, override=False, interpolate=False)


def commented_settings(kind: type[ServiceSettings], *, shipped_under: Path) -> str:
    """Return every setting that has a default as a commented line, below what its docstring says.

    Left out are paths below `shipped_under`: they are those of the installed package.
    """
    parts: list[str] = []
    for name, field in kind.model_fields.items():
        default = field.default
        if default is PydanticUndefined or (isinstance(default, Path) and default.is_relative_to(shipped_under)):
            continue
        value = to_jsonable_python(default)
        text = value if isinstance(value, str) else json.dumps(value)
        about = textwrap.wrap(" ".join((field.description or "").split()), 110)
        parts.append("".join(f"# {line}\n" for line in about) + f"#{PREFIX}{name.upper()}={text}\n")
    return "\n".join(parts)
