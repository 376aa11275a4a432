"""Checks what a studio command is told against the JSON Schema that the engine publishes for it.

The gateway declares no command of its own: a field that is added to a command is checked here without a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from common.http_errors import invalid

_TYPES: Mapping[str, Any] = {"integer": int, "number": float, "string": str, "boolean": bool}
_BOUNDS = {  # pydantic's word by JSON Schema's
    "minimum": "ge",
    "exclusiveMinimum": "gt",
    "maximum": "le",
    "exclusiveMaximum": "lt",
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
}


def check_params(schema: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Refuse what the schema refuses, null being nothing. Raises InvalidRequest with the field."""
    names = {field.get("formerly"): name for name, field in schema["properties"].items()}
    given = {names.get(name, name): value for name, value in params.items() if value is not None}
    try:
        params_model(schema).model_validate(given)
    except ValidationError as error:
        raise invalid(error) from error


def params_model(schema: Mapping[str, Any]) -> type[BaseModel]:
    """A model with the fields of an object's schema; unknown names and wrong types are refused."""
    required = schema["required"]
    fields: dict[str, Any] = {
        name: (_type_of(field), Field(... if name in required else field.get("default"), **_bounds_of(field)))
        for name, field in schema["properties"].items()
    }
    return create_model("JobParams", __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def _type_of(field: Mapping[str, Any]) -> Any:
    """The type of a property. Raises KeyError for one that no command has yet."""
    return Literal[tuple(field["enum"])] if "enum" in field else _TYPES[field["type"]]


def _bounds_of(field: Mapping[str, Any]) -> dict[str, Any]:
    return {_BOUNDS[name]: bound for name, bound in field.items() if name in _BOUNDS}
