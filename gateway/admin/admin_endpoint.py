"""One request of the console: its permission, what it takes and what it replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from common.bodies import Reply, read_body, read_query
from common.endpoint import Endpoint, RawReply
from gateway import keys
from gateway.admin.access.permissions import Permission

ENGINE_REPLY = "x-engine-reply"
"""Key in a JSON schema that stands for a reply of the engine; `admin_openapi` puts the engine's own schema there."""
IsoTime = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 in UTC, as `clock.iso` writes it."""
ReplyModel = TypeVar("ReplyModel", bound=BaseModel)


class Done(Reply):
    """The change is made; there is nothing to tell."""


@dataclass(frozen=True)
class AdminEndpoint(Endpoint):
    """A route under /admin/api. `handle` gets the request, the caller, and where declared the body and the query.

    It returns a reply model, a JSON object that is passed on as it is, or a whole response.
    """

    permission: Permission | None = None
    """What the caller needs; None for the routes by which one signs in, whose handlers get no caller."""
    success: int = 200

    @property
    def status(self) -> int:
        """The status of a success."""
        return self.success

    @property
    def error_statuses(self) -> set[int]:
        """Statuses of its refusals, those of the permission and of the schemas included."""
        statuses = set(self.errors)
        if self.permission is not None:
            statuses |= {401, 403}
        if self.body is not None or self.query is not None:
            statuses.add(400)
        return statuses

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request. Raises ServiceError."""
        arguments: list[Any] = [request]
        if self.permission is not None:
            arguments.append(await request.app[keys.GUARD].caller(request, self.permission))
        if self.body is not None:
            arguments.append(await read_body(request, self.body))
        if self.query is not None:
            arguments.append(read_query(request, self.query))
        reply = await self.handle(*arguments)
        if isinstance(reply, web.StreamResponse):
            return reply
        if isinstance(reply, BaseModel):
            text = reply.model_dump_json(by_alias=True)
            return web.Response(text=text, status=self.success, content_type="application/json")
        return web.json_response(reply, status=self.success)


def engine_schema(operation: str, *path: str) -> dict[str, Any]:
    """A JSON schema that stands for a part of an engine's reply: `engine_schema("GET /v1/promotions", "promotions[]")`.

    Each step of the path is a field; `[]` behind it means its items.
    """
    return {ENGINE_REPLY: [operation, *path]}


def engine_reply(operation: str, *path: str, nullable: bool = False) -> RawReply:
    """A reply of the engine that is passed on."""
    schema = engine_schema(operation, *path)
    return RawReply("done", schema={"anyOf": [schema, {"type": "null"}]} if nullable else schema)


@dataclass(frozen=True)
class DescribedAs:
    """Annotation of JSON that is passed on as it was stored: the model describes it and does not check it."""

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self.model.__pydantic_core_schema__)


def reply_of(kind: type[ReplyModel], content: object) -> ReplyModel:
    """The reply model of JSON-like content, such as rows of the log."""
    return kind.model_validate(content)
