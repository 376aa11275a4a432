"""The console's OpenAPI document describes every route, with the engine's own schemas where the engine replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main
from gateway.admin.admin_endpoint import ENGINE_REPLY
from gateway.admin.admin_openapi import admin_document
from gateway.admin.route_table import ADMIN_ENDPOINTS


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return {name for item in node for name in references(item)}
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own | {name for value in node.values() for name in references(value)}
    return set()


def test_every_route_is_described_with_its_permission(document: dict[str, Any]) -> None:
    for endpoint in ADMIN_ENDPOINTS:
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        assert operation["summary"]
        expected = None if endpoint.permission is None else endpoint.permission.value
        assert operation.get("x-permission") == expected
        assert str(endpoint.status) in operation["responses"]


def test_every_reference_leads_to_a_schema(document: dict[str, Any]) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas
    assert ENGINE_REPLY not in json.dumps(document)


def test_every_json_reply_has_a_type(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                schema = response["content"].get("application/json", {}).get("schema")
                if schema is not None and not path.endswith("/openapi.json"):
                    assert schema.keys() & {"$ref", "anyOf", "allOf", "type"}, (method, path, status)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operations in document["paths"].values() for operation in operations.values()]
    assert len(ids) == len(set(ids))


def test_the_engines_schemas_come_from_its_document(document: dict[str, Any], engine: dict[str, Any]) -> None:
    responses = document["paths"]["/admin/api/policies"]["get"]["responses"]
    schema = responses["200"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2]
    assert document["components"]["schemas"][name] == engine["components"]["schemas"][name]


def test_a_name_that_means_two_things_is_refused(engine: dict[str, Any]) -> None:
    clash = json.loads(json.dumps(engine))
    responses = clash["paths"]["/v1/policies"]["get"]["responses"]
    responses["200"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Me"}
    clash["components"]["schemas"]["Me"] = {"type": "string"}
    with pytest.raises(ValueError, match="named Me"):
        admin_document(ADMIN_ENDPOINTS, clash)


def test_the_command_prints_the_document(
    engine: dict[str, Any], document: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "engine.json"
    file.write_text(json.dumps(engine))
    assert main(["openapi", "--engine", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == document


@pytest.mark.parametrize(("content", "message"), [(None, "promobot openapi"), ("{", "JSON"), ("{}", "KeyError")])
def test_a_document_that_is_none_is_said_in_one_line(
    content: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "engine.json"
    if content is not None:
        file.write_text(content)
    assert main(["openapi", "--engine", str(file)]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert message in lines[0]


def test_models_have_plain_names(document: dict[str, Any]) -> None:
    names = set(document["components"]["schemas"])
    assert all(name.isidentifier() and "__" not in name for name in names)
    assert {"LoggedOffer", "MarkedEntity", "Parse", "TriggerRule"} <= names
