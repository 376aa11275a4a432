"""One HTTP operation: its schema reads the request and writes the reply, and the OpenAPI document is made from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from common import endpoint
from common.bodies import Body, Query, Reply
from common.http_errors import invalid
from promo_engine.api.http.keys import IDEMPOTENCY, IDENTITIES
from promo_engine.codecs.written_types import Id
from promo_engine.domain.errors import InvalidRequest

__all__ = ["IDEMPOTENCY_KEY", "REPLY_HEADERS", "Body", "Endpoint", "Id", "Query", "Reply", "path_id"]

_ID = TypeAdapter(Id)
REPLY_HEADERS = web.RequestKey("reply_headers", dict[str, str])
"""Key of the request under which a handler leaves headers for its reply, such as the ETag."""

IDEMPOTENCY_KEY = "Idempotency-Key"
_MAX_KEY = 128
# Beside the body, what a request means depends on these.
_MEANING = ("If-Match", "X-Actor")
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Endpoint(endpoint.Endpoint):
    """One operation of the engine. `handle` gets the request and, where declared, its parsed body and query."""

    takes_key: bool = True
    """Whether a write takes an `Idempotency-Key`; False where the body has an identifier of its own for that."""
    renames: bool = True
    """Whether the body's customer, who may have been merged or be called by an alias, is read as who they are today;
    False where the handler does that."""
    finish: Callable[[web.Request, Any], Awaitable[Reply]] | None = None
    """Done with the reply, a kept one too, once the write has committed: asking a shop holds no transaction open."""
    union_tags: frozenset[str] = frozenset()
    """Names of the body's union members, which pydantic puts into the paths of its errors."""

    @property
    def keyed(self) -> bool:
        """Whether the same request may be sent twice under one `Idempotency-Key`."""
        return self.takes_key and self.method in _WRITES

    @property
    def error_statuses(self) -> set[int]:
        """Statuses of its refusals; a key that cannot be, or that was used otherwise, is one more."""
        return {*self.errors, *((400, 409) if self.keyed else ())}

    @property
    def header_parameters(self) -> list[endpoint.JsonSchema]:
        """The key under which the same request may be sent twice."""
        if not self.keyed:
            return []
        schema = {"type": "string", "minLength": 1, "maxLength": _MAX_KEY, "pattern": "^[ -~]+$"}
        return [{"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "schema": schema}]

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
        if self.renames:
            arguments = [await _under_todays_name(request, argument) for argument in arguments]

        async def act() -> tuple[str, dict[str, str] | None]:
            reply = await self.handle(request, *arguments)
            return reply.model_dump_json(), request.get(REPLY_HEADERS)

        async def act_to_keep() -> str:
            return json.dumps(await act())

        key = _key(request) if self.keyed else None
        if key is None:
            text, headers = await act()
        else:
            request_hash = await _request_hash(request)
            text, headers = json.loads(
                await request.app[IDEMPOTENCY].do(key, request_hash=request_hash, act=act_to_keep)
            )
        if self.finish is not None:
            assert isinstance(self.reply, type), "a raw reply has no fields to finish"
            text = (await self.finish(request, self.reply.model_validate_json(text))).model_dump_json()
        return web.Response(text=text, content_type="application/json", headers=headers)


async def _under_todays_name(request: web.Request, argument: Any) -> Any:
    """Read the id of a customer who was merged into another one, or an alias, as that customer's id: a page that is
    open still sends the earlier one."""
    named = getattr(argument, "customer_id", None)
    if not isinstance(named, str):
        return argument
    current = await request.app[IDENTITIES].current(named)
    return argument if current == named else argument.model_copy(update={"customer_id": current})


def _key(request: web.Request) -> str | None:
    """Read the request's key. Raises InvalidRequest."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        message = f"An {IDEMPOTENCY_KEY} has 1 to {_MAX_KEY} printable ASCII characters."
        raise InvalidRequest("invalid_request", message, field=IDEMPOTENCY_KEY)
    return key


async def _request_hash(request: web.Request) -> str:
    meaning = [request.method, request.path_qs, *(request.headers.get(name, "") for name in _MEANING)]
    return hashlib.sha256("\n".join(meaning).encode() + b"\n" + await request.read()).hexdigest()


def path_id(request: web.Request, name: str) -> str:
    """Read an identifier from the path. Raises InvalidRequest."""
    try:
        return _ID.validate_python(request.match_info[name])
    except ValidationError as error:
        refusal = invalid(error)
        refusal.field = name
        raise refusal from None


async def path_customer(request: web.Request) -> str:
    """Read the customer from the path, under the id of today. Raises InvalidRequest."""
    return await request.app[IDENTITIES].current(path_id(request, "customer_id"))
