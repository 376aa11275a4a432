"""What the gateway's unit tests share: no server, no database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common import __version__
from gateway.admin.admin_openapi import admin_document
from gateway.admin.route_table import ADMIN_ENDPOINTS
from promo_engine.api.http.openapi import openapi_document
from promo_engine.api.routes import ENDPOINTS


@pytest.fixture
def web_dir(tmp_path: Path) -> Path:
    """A web build with the files that a start asks for."""
    folder = tmp_path / "dist"
    (folder / "console").mkdir(parents=True)
    for name in ("index.html", "widget.js", "panel.js", "console/index.html"):
        (folder / name).write_text("")
    return folder


@pytest.fixture(scope="session")
def engine() -> dict[str, Any]:
    """The engine's document as its command prints it; the gateway reads it from a file."""
    document: dict[str, Any] = json.loads(json.dumps(openapi_document(ENDPOINTS, version=__version__)))
    return document


@pytest.fixture(scope="session")
def document(engine: dict[str, Any]) -> dict[str, Any]:
    return admin_document(ADMIN_ENDPOINTS, engine)
