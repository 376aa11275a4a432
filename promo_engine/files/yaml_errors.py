"""Say in which line of a YAML file something is wrong, and what, in one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
"""Keys and list positions from the top of the file, as pydantic reports them."""

_PLAINER = {
    "missing": "is missing",
    "string_pattern_mismatch": "may hold lower-case letters, digits and single hyphens only",
}
_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Fault:
    """One thing to correct; lines count from 1."""

    line: int
    message: str

    @classmethod
    def of_yaml(cls, error: yaml.YAMLError) -> Self:
        """The parser's own complaint, without its multi-line excerpt."""
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return cls(line=mark.line + 1 if mark else 1, message=f"this is not YAML: {problem}")


def load(text: str) -> tuple[yaml.Node | None, Any]:
    """The tree of nodes with their lines, and the plain values; None and None for an empty text.

    A day such as 2026-12-31 stays text: read here, 2026-13-31 would be an error without a line.
    Raises yaml.YAMLError, also where a key stands twice.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        for mapping in _mappings(root, visited=set()):
            _refuse_repeated_keys(mapping)
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012  # the base class declares it without ClassVar
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _refuse_repeated_keys(mapping: yaml.MappingNode) -> None:
    seen = set()
    for key, _ in mapping.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)


def _mappings(node: yaml.Node | None, *, visited: set[int]) -> Iterator[yaml.MappingNode]:
    if node is None or id(node) in visited:  # an alias may lead back to where it stands
        return
    visited.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value, visited=visited)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value, visited=visited)


def line_of(root: yaml.Node | None, location: Location) -> int:
    """The line of the deepest step of `location` that the file really has."""
    line, node = 1, root
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def faults_of(
    error: ValidationError, root: yaml.Node | None, *, name_entry: Callable[[Location], tuple[str, Location]]
) -> list[Fault]:
    """One fault for each of pydantic's. `name_entry` gives the words for the entry at a location and the rest of it."""
    faults = []
    for details in error.errors(include_url=False):
        entry, rest = name_entry(details["loc"])
        field = ".".join(str(step) for step in rest)
        message = f"{entry}{field}: {_plain(details)}" if field else f"{entry}{_plain(details)}"
        faults.append(Fault(line=line_of(root, (*details["loc"], *_steps_inside(details))), message=message))
    return faults


def _steps_inside(details: ErrorDetails) -> Location:
    """The path with which our own messages on an object begin; `line_of` stops where it leads nowhere."""
    if details["type"] != "value_error" or not isinstance(details["input"], dict):
        return ()
    path = details["msg"].removeprefix("Value error, ").partition(":")[0]
    return tuple(int(step) if step.isdecimal() else step for step in path.split("."))


def _plain(details: ErrorDetails) -> str:
    if details["type"] in _PLAINER:
        return _PLAINER[details["type"]]
    if details["type"] == "value_error":
        return details["msg"].removeprefix("Value error, ")
    written = repr(details["input"])
    quoted = written if len(written) <= _LONGEST_QUOTE else written[:_LONGEST_QUOTE] + "…"
    return f"{details['msg'][0].lower()}{details['msg'][1:]}, not {quoted}"
