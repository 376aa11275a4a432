"""The console's types are those of the gateway's OpenAPI document."""

from __future__ import annotations

from typing import Any

from tools.web_types import TYPES, digest_line, schemas_of


def test_the_types_of_the_console_are_up_to_date(document: dict[str, Any]) -> None:
    with TYPES.open(encoding="utf-8") as file:
        first = file.readline().strip()
    assert first == digest_line(schemas_of(document)), "the API has changed: run make types and commit the result"


def test_another_field_makes_other_types_and_another_description_does_not(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    described = {name: {**schema, "description": "other words"} for name, schema in schemas.items()}
    widened = {**schemas, "Me": {**schemas["Me"], "properties": {**schemas["Me"]["properties"], "more": {}}}}
    before = schemas_of(document)
    assert schemas_of({"components": {"schemas": described}}) == before
    assert digest_line(schemas_of({"components": {"schemas": widened}})) != digest_line(before)
