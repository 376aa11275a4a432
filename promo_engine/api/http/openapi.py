"""The OpenAPI 3.1 document, made from the schemas that read and write the requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from promo_engine.api.http.endpoint import IDEMPOTENCY_KEY, Endpoint
from promo_engine.api.http.errors import ErrorBody

_REF = "#/components/schemas/{model}"
_PHRASES = {
    400: "the request breaks a rule",
    403: "it belongs to somebody else",
    404: "there is no such thing",
    409: "it contradicts what is recorded",
    412: "it was changed since it was read",
    428: "an If-Match header is needed",
    503: "the engine cannot answer now",
}


def openapi_document(endpoints: Iterable[Endpoint], *, version: str) -> dict[str, Any]:
    """Describe the endpoints."""
    endpoints = list(endpoints)
    models: set[type[BaseModel]] = {ErrorBody}
    for endpoint in endpoints:
        models.update(model for model in (endpoint.body, endpoint.reply) if model is not None)
    in_order = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in in_order], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
        links = _links(endpoint, endpoints)
        if links:
            operation["responses"]["200"]["links"] = links
    return {
        "openapi": "3.1.0",
        "info": {"title": "Promobot promo engine", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {"schemas": schemas.get("$defs", {})},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.handle.__name__,
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": {"200": _content(endpoint.reply.__name__, "done")}
        | {str(status): _content(ErrorBody.__name__, _PHRASES[status]) for status in _errors_of(endpoint)},
    }
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True} | _content(endpoint.body.__name__, endpoint.summary)
    return operation


def _links(endpoint: Endpoint, endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Link what makes a thing to the operations that take its identifier in their path, and others in their body."""
    if endpoint.method != "POST" or "{" in endpoint.path:
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


def _errors_of(endpoint: Endpoint) -> list[int]:
    """Return the statuses of its errors; a key that cannot be, or that was used otherwise, is one more."""
    return sorted({*endpoint.errors, *((400, 409) if endpoint.keyed else ())})


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    if endpoint.keyed:
        schema = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"}
        in_path.append({"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "schema": schema})
    if endpoint.query is None:
        return in_path
    properties: dict[str, Any] = endpoint.query.model_json_schema()["properties"]
    return in_path + [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _content(model: str, description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": _REF.format(model=model)}}},
    }
