"""Where the figures of a benchmark, or of a soak test, go."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from tools.once import ROOT


def read_json(name: str) -> dict[str, Any]:
    """What an earlier run wrote; empty if there was none."""
    path = ROOT / "var" / "bench" / f"{name}.json"
    figures: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return figures


def wide_console() -> Console:
    """A console whose tables keep their columns when the output goes to a file."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def write_json(name: str, figures: Mapping[str, float | int | str]) -> Path:
    """Write var/bench/<name>.json, flat, and return its path."""
    path = ROOT / "var" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    return path
