"""What a command can be told, declared once: a pydantic model whose fields say their title, unit, bounds and default.

The command line (`jobs.strategy_parser`), the engine's API, the gateway's check and the console's form are all made
from such a model. A field that names something on the machine of the command, such as a file, is `on_machine`: the
command line alone offers it.

    >>> class ReorderParams(Params):
    ...     service: float = param(0.95, title="Service level", text="probability not to run out", gt=0, lt=1)
    >>> http_schema(ReorderParams)["properties"]["service"]["default"]
    0.95
    >>> read_http(ReorderParams, {"service": 0.9})
    {'service': 0.9}
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from promo_engine.domain.errors import InvalidRequest

_ON_MACHINE = "on_machine"


class Params(BaseModel):
    """Base of what commands can be told. Unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gone: ClassVar[Mapping[str, str]] = {}
    """Names of fields that there were, and what to tell who still uses one."""


ParamsT = TypeVar("ParamsT", bound=Params)


def param(
    default: Any = ...,
    *,
    title: str,
    text: str,
    unit: str | None = None,
    positional: bool = False,
    on_machine: bool = False,
    formerly: str | None = None,
    **bounds: Any,
) -> Any:
    """Declare a field. `text` is its help; `bounds` are pydantic's: ge, le, gt, lt, pattern, min_length, max_length.

    `unit` is what a number counts ("cents", "days", "seconds"). `positional` has no dashes on the command line.
    `formerly` is the name that older callers use: HTTP still takes it, the command line names the new one.
    """
    notes = {"unit": unit, "positional": positional, _ON_MACHINE: on_machine, "formerly": formerly}
    given: dict[str, Any] = {name: value for name, value in notes.items() if value}
    return Field(default, title=title, description=text, json_schema_extra=given, **bounds)


def note(field: FieldInfo, name: str) -> Any:
    """What `param` noted beside pydantic's own: `unit`, `positional`, `on_machine`, `formerly`; else None."""
    return field.json_schema_extra.get(name) if isinstance(field.json_schema_extra, dict) else None


def fields_of(kind: type[Params]) -> dict[str, FieldInfo]:
    """All fields, a command's own before those that it inherits."""
    own_first = [name for base in kind.__mro__ for name in inspect.get_annotations(base)]
    return {name: kind.model_fields[name] for name in dict.fromkeys(own_first) if name in kind.model_fields}


def http_fields(kind: type[Params]) -> tuple[str, ...]:
    """The names that may be told over HTTP."""
    return tuple(name for name, field in fields_of(kind).items() if not note(field, _ON_MACHINE))


def http_schema(kind: type[Params]) -> dict[str, Any]:
    """The JSON Schema of what may be told over HTTP, flat: an optional field is one that is not required.

    Beside JSON Schema's own keywords a property may have `unit`, and `formerly`, an older name that is still taken.
    """
    whole = kind.model_json_schema()
    return {
        "type": "object",
        "properties": {name: _flat(whole["properties"][name]) for name in http_fields(kind)},
        "required": [name for name in whole.get("required", []) if name in http_fields(kind)],
        "additionalProperties": False,
    }


def _flat(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A property without its null: nothing given is the same."""
    found = {name: value for name, value in schema.items() if name not in ("anyOf", "positional")}
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            found |= choice
    if found.get("default", ...) is None:
        del found["default"]
    return found


def read_http(kind: type[Params], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check what came over HTTP and return it by today's names. Raises InvalidRequest with the field."""
    given = _by_new_names(kind, {name: value for name, value in values.items() if value is not None})
    for name in given:
        if name not in http_fields(kind):
            why = kind.gone.get(name, "the command does not take it")
            raise InvalidRequest("invalid_request", f"{name}: {why}.", field=name)
    try:
        checked = kind.model_validate(given, strict=True)
    except ValidationError as error:
        name, message = first_fault(error)
        raise InvalidRequest("invalid_request", f"{name}: {message}", field=name) from None
    return checked.model_dump(mode="json", exclude_unset=True)


def _by_new_names(kind: type[Params], values: Mapping[str, Any]) -> dict[str, Any]:
    names = {note(field, "formerly"): name for name, field in kind.model_fields.items()}
    return {names.get(name, name): value for name, value in values.items()}


def first_fault(error: ValidationError) -> tuple[str, str]:
    """The field of the first fault ("" for none) and what is wrong with it, in a line."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    message = "has to be given" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
    return ".".join(map(str, first["loc"])), message
