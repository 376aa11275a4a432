"""The OpenAPI document of the console's API.

Replies of the engine that the gateway passes on are described by the engine's own document: whoever makes the document
hands that over, and its schemas are copied in.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from common.openapi import openapi_document
from gateway.admin.access.guard import COOKIE, CSRF_HEADER
from gateway.admin.admin_endpoint import ENGINE_REPLY, AdminEndpoint

_REF = "#/components/schemas/"


def admin_document(endpoints: Iterable[AdminEndpoint], engine: dict[str, Any]) -> dict[str, Any]:
    """Describe the endpoints; `engine` is the engine's OpenAPI document.

    Raises LookupError for a reply that the engine's document does not have, and ValueError where both documents have
    different schemas of one name.
    """
    endpoints = list(endpoints)
    document = openapi_document(
        endpoints,
        title="Promobot console",
        version=_version(),
        replies="serialization",
        phrases={503: "a part is down"},
    )
    for endpoint in endpoints:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        if endpoint.permission is not None:
            operation["security"] = [{"session": [], "csrf": []}, {"admin_token": []}]
            operation["x-permission"] = endpoint.permission.value
    document["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
        "admin_token": {"type": "http", "scheme": "bearer"},
    }
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    resolved: dict[str, Any] = _resolve(document, engine, used)
    for name in _with_parts(used, engine):
        schema = engine["components"]["schemas"][name]
        if name in schemas and schemas[name] != schema:
            raise ValueError(f"gateway and engine have different schemas named {name}")
        resolved["components"]["schemas"][name] = schema
    return _with_named_models(resolved)


def _version() -> str:
    try:
        return version("promobot")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0"


def _with_named_models(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every model that pydantic wrote into another as a schema of its own."""
    schemas: dict[str, Any] = document["components"]["schemas"]

    def name(node: Any) -> Any:
        if isinstance(node, list):
            return [name(item) for item in node]
        if not isinstance(node, dict):
            return node
        named = {key: name(value) for key, value in node.items()}
        title = named.get("title")
        if not (isinstance(title, str) and title.isidentifier() and isinstance(named.get("properties"), dict)):
            return named
        if schemas.setdefault(title, named) != named:
            raise ValueError(f"two different schemas are named {title}")
        return {"$ref": f"{_REF}{title}"}

    for own_name in sorted(schemas):
        schemas[own_name] = {key: name(value) for key, value in schemas[own_name].items()}
    return document


def _resolve(node: Any, engine: dict[str, Any], used: set[str]) -> Any:
    """The node with the engine's schemas in place of their stand-ins; `used` gets the names they refer to."""
    if isinstance(node, list):
        return [_resolve(item, engine, used) for item in node]
    if not isinstance(node, dict):
        return node
    if ENGINE_REPLY in node:
        operation, *path = node[ENGINE_REPLY]
        schema = _find(engine, operation, path)
        used |= _names_in(schema)
        return schema | {key: value for key, value in node.items() if key not in {ENGINE_REPLY, "title"}}
    return {key: _resolve(value, engine, used) for key, value in node.items()}


def _find(engine: dict[str, Any], operation: str, path: list[str]) -> dict[str, Any]:
    method, _, address = operation.partition(" ")
    responses = engine["paths"][address][method.lower()]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]
    for step in path:
        schema = _target(engine, schema)["properties"][step.removesuffix("[]")]
        if step.endswith("[]"):
            schema = _target(engine, schema)["items"]
    return dict(schema)


def _target(engine: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = engine["components"]["schemas"][schema["$ref"].removeprefix(_REF)]
        return found
    return schema


def _names_in(node: Any) -> set[str]:
    """Names of the schemas that a schema refers to."""
    if isinstance(node, list):
        return {name for item in node for name in _names_in(item)}
    if not isinstance(node, dict):
        return set()
    reference = node.get("$ref")
    own = {reference.removeprefix(_REF)} if isinstance(reference, str) else set()
    return own | {name for value in node.values() for name in _names_in(value)}


def _with_parts(names: set[str], engine: dict[str, Any]) -> set[str]:
    """The names and those that their schemas refer to, and so on."""
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        left |= _names_in(engine["components"]["schemas"][name]) - found
    return found
