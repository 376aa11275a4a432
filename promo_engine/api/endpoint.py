"""One HTTP operation: its schema reads the request and writes the reply, and the OpenAPI document is made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from promo_engine.api.errors import invalid

# Identifiers come from other systems: text that fits its column, without control characters (PostgreSQL refuses NUL).
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
_ID = TypeAdapter(Id)
REPLY_HEADERS = web.RequestKey("reply_headers", dict[str, str])
"""Key of the request under which a handler leaves headers for its reply, such as the ETag."""

MAX_CENTS = 1_000_000_000
"""Ten million in the shop's currency: above any basket, and a thousand of them still fit a 64-bit sum."""


class Body(BaseModel):
    """What a request carries: unknown keys and wrong types are refused, not guessed at."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """What stands behind the question mark. Everything there is text, so numbers are read from text."""

    model_config = ConfigDict(extra="forbid")


class Reply(BaseModel):
    """What a response carries."""


@dataclass(frozen=True)
class Endpoint:
    """One operation. `handle` gets the request and, where declared, its parsed body or query."""

    method: str
    path: str
    summary: str
    handle: Callable[..., Awaitable[BaseModel]]
    reply: type[BaseModel]
    body: type[Body] | None = None
    query: type[Query] | None = None
    errors: tuple[int, ...] = ()
    union_tags: frozenset[str] = frozenset()
    """Names of the body's union members, which pydantic puts into the paths of its errors."""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        arguments: list[Any] = []
        try:
            if self.body is not None:
                arguments.append(self.body.model_validate_json(await request.read()))
            if self.query is not None:
                arguments.append(self.query.model_validate(dict(request.query)))
        except ValidationError as error:
            raise invalid(error, union_tags=self.union_tags) from None
        reply = await self.handle(request, *arguments)
        headers = request.get(REPLY_HEADERS)
        return web.Response(text=reply.model_dump_json(), content_type="application/json", headers=headers)


def path_id(request: web.Request, name: str) -> str:
    """Read an identifier from the path. Raises InvalidRequest."""
    try:
        return _ID.validate_python(request.match_info[name])
    except ValidationError as error:
        refusal = invalid(error)
        refusal.field = name
        raise refusal from None
