"""What the gateway's unit tests share: no server, no database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.admin.admin_openapi import admin_document
from gateway.admin.route_table import ADMIN_ENDPOINTS


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
    """The engine's document, from its command: gateway and engine import nothing of each other."""
    command = [sys.executable, "-m", "promo_engine.cli", "openapi"]
    document: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return document


@pytest.fixture(scope="session")
def document(engine: dict[str, Any]) -> dict[str, Any]:
    return admin_document(ADMIN_ENDPOINTS, engine)
