"""Bases of what requests and replies carry, and strict readers of JSON bodies, query strings and paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from common.errors import NotFound
from common.http_errors import invalid


class Body(BaseModel):
    """A request's JSON object. Unknown keys and wrong types are refused, not guessed at."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(BaseModel):
    """A query string without unknown names. Everything in it is text, so numbers are read from text."""

    model_config = ConfigDict(extra="forbid")


class Reply(BaseModel):
    """What a response carries."""

    model_config = ConfigDict(populate_by_name=True)


Read = TypeVar("Read", bound=BaseModel)


async def read_body(request: web.Request, kind: type[Read]) -> Read:
    """The request's body; an empty one counts as `{}`. Raises InvalidRequest (`invalid_request`), the first fault."""
    content = await request.read()
    try:
        return kind.model_validate_json(content or b"{}")
    except ValidationError as error:
        raise invalid(error) from error


def read_query(request: web.Request, kind: type[Read]) -> Read:
    """The query string; empty values count as absent. Raises InvalidRequest (`invalid_request`), the first fault."""
    given: Mapping[str, Any] = {name: value for name, value in request.query.items() if value != ""}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from error


def path_segment(request: web.Request, name: str) -> str:
    """An identifier that stays one segment of another service's path. Raises NotFound."""
    value = request.match_info[name]
    if "/" in value or value.strip(".") == "":
        raise NotFound("not_found", "There is nothing of that name.", field=name)
    return value
