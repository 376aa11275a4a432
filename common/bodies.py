"""What clients send over HTTP: JSON bodies, query strings and paths, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from common.errors import InvalidRequest, NotFound

BODY_LIMIT = 32 * 1024
"""Bytes of a request's body: a note of 4,000 characters, each escaped, with room to spare."""


class Body(BaseModel):
    """A JSON object without unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(BaseModel):
    """A query string without unknown names."""

    model_config = ConfigDict(extra="forbid")


Read = TypeVar("Read", bound=BaseModel)


async def read_body(request: web.Request, kind: type[Read]) -> Read:
    """The request's body. Raises InvalidRequest (`invalid_request`) with the first fault."""
    content = await request.read()
    try:
        return kind.model_validate_json(content or b"{}")
    except ValidationError as error:
        raise _refused(error) from error


def read_query(request: web.Request, kind: type[Read]) -> Read:
    """The request's query string. Raises InvalidRequest (`invalid_request`) with the first fault."""
    given: Mapping[str, Any] = {name: value for name, value in request.query.items() if value != ""}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _refused(error) from error


def path_segment(request: web.Request, name: str) -> str:
    """An identifier that stays one segment of another service's path. Raises NotFound."""
    value = request.match_info[name]
    if "/" in value or value.strip(".") == "":
        raise NotFound("not_found", "There is nothing of that name.", field=name)
    return value


def _refused(error: ValidationError) -> InvalidRequest:
    fault = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or None
    return InvalidRequest("invalid_request", f"{field}: {fault['msg']}" if field else fault["msg"], field=field)
