"""The OpenAPI 3.1 document, made from the schemas that read requests and write replies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from common.endpoint import Endpoint, JsonSchema, RawReply
from common.http_errors import ErrorBody

_REF = "#/components/schemas/{model}"
_PHRASES = {
    400: "the request breaks a rule",
    401: "there is no valid sign-in",
    403: "the caller may not do this",
    404: "there is no such thing",
    409: "it contradicts what is recorded",
    412: "it was changed since it was read",
    428: "an If-Match header is needed",
    429: "too many attempts",
    503: "the service cannot answer now",
}


def openapi_document(
    endpoints: Iterable[Endpoint],
    *,
    title: str,
    version: str,
    replies: Literal["validation", "serialization"] = "validation",
    phrases: dict[int, str] | None = None,
) -> dict[str, Any]:
    """Describe the endpoints.

    `replies` is pydantic's mode for reply models: in "serialization" fields with a default are always there. `phrases`
    replace descriptions of refusals by status.
    """
    endpoints = list(endpoints)
    wordings = _PHRASES | (phrases or {})
    bodies = {endpoint.body for endpoint in endpoints if endpoint.body is not None}
    written: set[type[BaseModel]] = {ErrorBody}
    written.update(endpoint.reply for endpoint in endpoints if not isinstance(endpoint.reply, RawReply))
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        *((model, "validation") for model in bodies),
        *((model, replies) for model in written),
    ]
    modes.sort(key=lambda pair: pair[0].__name__)
    names, schemas = models_json_schema(modes, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(
            endpoint, names=names, replies=replies, wordings=wordings
        )
        links = _links(endpoint, endpoints)
        if links:
            operation["responses"][str(endpoint.status)]["links"] = links
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": schemas.get("$defs", {})},
    }


def _operation(endpoint: Endpoint, *, names: Any, replies: str, wordings: dict[int, str]) -> dict[str, Any]:
    if isinstance(endpoint.reply, RawReply):
        success = _content(endpoint.reply.schema or {"type": "string"}, endpoint.reply.description)
        success["content"] = {endpoint.reply.media_type: success["content"]["application/json"]}
    else:
        success = _content(names[(endpoint.reply, replies)], "done")
    errors = {
        str(status): _content(names[(ErrorBody, replies)], wordings[status])
        for status in sorted(endpoint.error_statuses)
    }
    operation: dict[str, Any] = {
        "operationId": endpoint.handle.__name__,
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": {str(endpoint.status): success} | errors,
    }
    if endpoint.body is not None:
        body = _content(names[(endpoint.body, "validation")], endpoint.summary)
        operation["requestBody"] = {"required": True} | body
    return operation


def _links(endpoint: Endpoint, endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Link what makes a thing to the operations that take its identifier in their path, and others in their body."""
    if endpoint.method != "POST" or "{" in endpoint.path or isinstance(endpoint.reply, RawReply):
        return {}
    links: dict[str, Any] = {}
    for other in endpoints:
        in_path = re.findall(r"{(\w+)}", other.path)
        if not in_path or not set(in_path) <= endpoint.reply.model_fields.keys():
            continue
        link: dict[str, Any] = {"operationId": other.handle.__name__}
        link["parameters"] = {name: f"$response.body#/{name}" for name in in_path}
        same = {name: f"$request.body#/{name}" for name in _identifiers(endpoint) if name in _identifiers(other)}
        if same:
            link["requestBody"] = same
        links[other.handle.__name__] = link
    return links


def _identifiers(endpoint: Endpoint) -> list[str]:
    """Name the identifiers in the body of its request."""
    return [] if endpoint.body is None else [name for name in endpoint.body.model_fields if name.endswith("_id")]


def _parameters(endpoint: Endpoint) -> list[JsonSchema]:
    in_path: list[JsonSchema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    parameters = in_path + endpoint.header_parameters
    if endpoint.query is None:
        return parameters
    schema: JsonSchema = endpoint.query.model_json_schema()
    required = schema.get("required", [])
    return parameters + [
        {"name": name, "in": "query", "schema": field} | ({"required": True} if name in required else {})
        for name, field in schema["properties"].items()
    ]


def _content(schema: JsonSchema, description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
