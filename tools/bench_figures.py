"""Where the figures of benchmarks and of the soak test go: var/bench, which is made when something is written."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tools.once import ROOT

if TYPE_CHECKING:
    from rich.console import Console


def no_options(name: str, text: str) -> None:
    """For a benchmark without options: --help shows its `text`, and any other word is refused."""
    formatter = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(prog=f"make bench-{name}", description=text, formatter_class=formatter).parse_args()


def results_path(name: str) -> Path:
    """Return var/bench/<name>, its folder made."""
    path = ROOT / "var" / "bench" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def read_json(name: str) -> dict[str, Any]:
    """What an earlier run wrote; empty if there was none."""
    path = results_path(f"{name}.json")
    figures: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return figures


def write_json(name: str, figures: Mapping[str, Any]) -> Path:
    """Write var/bench/<name>.json and return its path."""
    path = results_path(f"{name}.json")
    path.write_text(json.dumps(figures, indent=2) + "\n")
    return path


def scratch_folder(name: str) -> AbstractContextManager[str]:
    """A folder below var/bench, on the disk that holds the data and not in memory; gone after the block."""
    return TemporaryDirectory(prefix=f"{name}-", dir=results_path(name).parent)


def wide_console() -> Console:
    """A console whose tables keep their columns when the output goes to a file."""
    from rich.console import Console  # noqa: PLC0415  the bot's environment writes results without it

    return Console() if sys.stdout.isatty() else Console(width=200)
