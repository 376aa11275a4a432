"""Settings from environment variables that start with PROMOBOT_."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.errors import StartError
from common.shop_facts import SHOP_FILE, read_shop_facts

PREFIX = "PROMOBOT_"


@dataclass(frozen=True)
class SettingFault:
    """One setting that cannot be used."""

    variable: str
    given: str
    """As it stands in the environment: never show that of a secret."""
    message: str


class SettingsError(StartError):
    """A setting cannot be used. The text is one line that names the first variable and its value."""

    def __init__(self, line: str, *, faults: tuple[SettingFault, ...] = ()) -> None:
        super().__init__(line)
        self.faults = faults


class ServiceSettings(BaseSettings):
    """Every field is one variable: `gateway_port` is PROMOBOT_GATEWAY_PORT."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True, use_attribute_docstrings=True)

    renamed: ClassVar[Mapping[str, str]] = {}
    """Earlier names of fields, each with the name of today. A variable under an earlier name is refused."""
    shop_facts: ClassVar[Mapping[str, str]] = {}
    """Fields that the shop's file decides unless the environment does, each with the name of its fact."""

    shop_file: Path = Path(SHOP_FILE)
    """What the shop promises: delivery, returns, payment, opening hours; see docs/shop.md."""


Settings = TypeVar("Settings", bound=ServiceSettings)


def load_settings(kind: type[Settings]) -> Settings:
    """Read the environment. Raises SettingsError, also for a variable whose name has changed."""
    for earlier, today in kind.renamed.items():
        if f"{PREFIX}{earlier.upper()}" in os.environ:
            raise SettingsError(f"{PREFIX}{earlier.upper()} is now {PREFIX}{today.upper()}: rename the variable.")
    try:
        return kind(**_from_shop_file(kind))
    except ValidationError as error:
        faults = tuple(
            SettingFault(
                variable=PREFIX + "_".join(str(part) for part in fault["loc"]).upper(),
                given="" if fault["type"] == "missing" else str(fault["input"]),  # else it would be all the settings
                message=fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors(include_url=False)
        )
        first = faults[0]
        line = f"environment variable {first.variable}={first.given}: {first.message}"
        raise SettingsError(line, faults=faults) from None


def _from_shop_file(kind: type[ServiceSettings]) -> dict[str, Any]:
    """The facts that decide fields of these settings, unless the environment does. Raises ShopFactsError."""
    wanted = {field: fact for field, fact in kind.shop_facts.items() if f"{PREFIX}{field.upper()}" not in os.environ}
    if not wanted:
        return {}
    facts = read_shop_facts(Path(os.environ.get(f"{PREFIX}SHOP_FILE", SHOP_FILE)))
    return {field: value for field, fact in wanted.items() if (value := getattr(facts, fact)) is not None}
