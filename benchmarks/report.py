"""Where a benchmark's figures go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tools.once import ROOT


def write_json(name: str, figures: Mapping[str, float | int | str]) -> Path:
    """Write var/bench/<name>.json, flat, and return its path."""
    path = ROOT / "var" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    return path
