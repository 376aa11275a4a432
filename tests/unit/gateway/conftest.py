"""What the gateway's unit tests share: no server, no database."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def web_dir(tmp_path: Path) -> Path:
    """A web build with the files that a start asks for."""
    folder = tmp_path / "dist"
    (folder / "console").mkdir(parents=True)
    for name in ("index.html", "widget.js", "panel.js", "console/index.html"):
        (folder / name).write_text("")
    return folder
