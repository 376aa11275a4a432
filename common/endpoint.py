"""One HTTP operation as data: what it takes and what it replies. `openapi` describes it from that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from common.bodies import Query

JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class RawReply:
    """A reply that no model of this service writes: text such as CSV, or JSON that is passed on."""

    description: str
    media_type: str = "application/json"
    schema: JsonSchema | None = None
    """JSON schema of the content; None for plain text."""


@dataclass(frozen=True)
class Endpoint:
    """One operation. `handle` gets the request and, where declared, its parsed body and query."""

    method: str
    path: str
    summary: str
    handle: Callable[..., Awaitable[Any]]
    reply: type[BaseModel] | RawReply
    body: type[BaseModel] | None = None
    query: type[Query] | None = None
    errors: tuple[int, ...] = ()
    """Statuses of its refusals, beside those that `error_statuses` adds."""

    @property
    def status(self) -> int:
        """The status of a success."""
        return 200

    @property
    def error_statuses(self) -> set[int]:
        """Statuses of all its refusals."""
        return set(self.errors)

    @property
    def header_parameters(self) -> list[JsonSchema]:
        """OpenAPI parameter objects of the headers that it reads."""
        return []
