"""Print the schemas of the console's API, from which web/shared generates its types.

    python -m tools.web_types | (cd web && node shared/generate-types.mjs)

`make types` does that. `tests/unit/gateway/test_web_types.py` fails when the committed types are out of date.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TYPES = Path(__file__).resolve().parent.parent / "web" / "shared" / "src" / "generated" / "admin-api.ts"
_TEXTS = ("title", "description")


def schemas_of(document: dict[str, Any]) -> str:
    """The schemas of an OpenAPI document as JSON, sorted by name and without texts, which are no part of a type."""
    schemas = document["components"]["schemas"]
    return json.dumps({name: _without_texts(schemas[name]) for name in sorted(schemas)})


def digest_line(schemas: str) -> str:
    """The first line of the types that were generated from these schemas."""
    return f"// schemas {hashlib.sha256(schemas.encode()).hexdigest()}"


def _without_texts(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_texts(part) for part in schema]
    if isinstance(schema, dict):
        kept = {key: value for key, value in schema.items() if key not in _TEXTS or not isinstance(value, str)}
        return {key: _without_texts(value) for key, value in kept.items()}
    return schema


def _admin_document() -> dict[str, Any]:
    """From the two commands, because gateway and engine import nothing of each other."""
    engine = subprocess.run([sys.executable, "-m", "promo_engine.cli", "openapi"], check=True, stdout=subprocess.PIPE)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(engine.stdout)
        file.flush()
        command = [sys.executable, "-m", "gateway", "openapi", "--engine", file.name]
        document: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return document


if __name__ == "__main__":
    sys.stdout.write(schemas_of(_admin_document()))
