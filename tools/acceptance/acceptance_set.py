"""Acceptance conversations: what a shopper says, and what they must be able to observe (docs/dialogue.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

PATTERNS_FILE = "_patterns.yml"
_FACT = re.compile(r"\{(order\.[a-z_.]+)\}")
_PATTERN = re.compile(r"<([a-z_]+)>")


class SetError(Exception):
    """The set cannot be played; the message is one line."""


def _word(value: Any) -> Any:
    """YAML reads a bare yes as true."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


Answer = Annotated[str, BeforeValidator(_word)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Expectation(_Part):
    """Checks on one turn; those left out are not made. Patterns are regular expressions without case."""

    says_any: list[str | int] = []
    says_all: list[str | int] = []
    says_none: list[str | int] = []
    offers: Answer = "any"
    """`yes`, `no` or `any`."""
    offer_about: str | None = None
    """A pattern of the shown offer's title."""
    outcome: Answer = "none"
    """What became of an offer: `none`, `accepted`, `declined` or `any`. A code that nobody wanted fails every turn."""
    handover: Answer | None = None
    order_state: dict[Literal["order", "is"], str] | None = None
    asks: bool = False
    buttons_any: list[str] = []
    products: bool = False
    silent: Answer | None = None
    """`may`: silence is as good as the rest; `yes`: nothing may be said."""
    repeats: Answer | None = None
    max_chars: int = 700
    lost: Answer | None = None
    """`any`: the bot may say here that it did not understand."""
    any_of: list[Expectation] = []

    def ways(self) -> Sequence[Expectation]:
        """This one and its alternatives."""
        return (self, *self.any_of)


class Step(_Part):
    """One turn of the shopper, or something that happens at the shop meanwhile."""

    say: str | None = None
    press: str | None = None
    """A pattern of a button's title."""
    typed: str | None = Field(default=None, alias="else")
    """Typed where there is no such button."""
    do: Literal["buy"] | None = None
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Step:
        if (self.say is None) + (self.press is None) + (self.do is None) != 2:
            raise ValueError("a turn has one of say, press and do")
        if self.press is not None and self.typed is None:
            raise ValueError("a turn with press has else, for where there is no such button")
        return self


class Owns(_Part):
    """Somebody new with just these orders."""

    has: list[str] | str

    def orders(self) -> list[str]:
        """Their names."""
        return [self.has] if isinstance(self.has, str) else self.has


class Conversation(_Part):
    """A talk with its customer: `anonymous`, `any` (with a history), an id, or somebody new."""

    id: str
    kind: str
    customer: str | Owns = "anonymous"
    turns: list[Step]

    @property
    def checked(self) -> int:
        """Turns that expect something."""
        return sum(step.expect is not None for step in self.turns)


@dataclass(frozen=True)
class AcceptanceSet:
    """The conversations of a folder, and its named patterns."""

    conversations: Sequence[Conversation]
    patterns: Mapping[str, str]


def read_set(folder: Path, *, only: str = "") -> AcceptanceSet:
    """Read a folder of YAML files. `only`: conversations whose id starts so. Raises SetError."""
    found: list[Conversation] = []
    try:
        for path in sorted(folder.glob("[!_]*.yml")):
            found += [Conversation.model_validate(talk) for talk in yaml.safe_load(path.read_text(encoding="utf-8"))]
        patterns = yaml.safe_load((folder / PATTERNS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SetError(f"{error.filename} is missing") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SetError(f"{path.name}: {where}: {first['msg']}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise SetError(f"{path.name}, line {line}: {error.problem}") from error
    names = [talk.id for talk in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SetError(f"{folder}: the conversation {twice} stands twice")
    chosen = [talk for talk in found if talk.id.startswith(only)]
    if not chosen:
        raise SetError(f"{folder}: no conversation starts with {only!r}" if only else f"{folder}: no conversations")
    return AcceptanceSet(chosen, {str(name): str(pattern) for name, pattern in patterns.items()})


def filled(text: str, facts: Mapping[str, str], patterns: Mapping[str, str]) -> str:
    """Put named patterns and facts about orders into a text. Raises SetError for a fact that is not known."""
    with_patterns = _PATTERN.sub(lambda m: f"(?:{patterns[m[1]]})" if m[1] in patterns else m[0], text)
    missing = [name for name in _FACT.findall(with_patterns) if name not in facts]
    if missing:
        raise SetError(f"{missing[0]} is not known in this conversation")
    return _FACT.sub(lambda m: facts[m[1]], with_patterns)
