"""Refuse tests that reach for another module's private names in ways that ruff's SLF001 does not see.

    python -m tools.checks.check_private

`from module import _name`, and `monkeypatch.setattr` with the name as text. Prints one line a finding and exits 1.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_OURS = frozenset({"actions", "benchmarks", "bot", "common", "gateway", "promo_engine", "studio", "tests", "tools"})


def findings(source: str) -> Iterator[tuple[int, str]]:
    """Return line and name of what a test may not touch."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in _OURS:
            yield from ((node.lineno, alias.name) for alias in node.names if is_private(alias.name))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            names = [part.value for part in node.args[:2] if isinstance(part, ast.Constant)]
            yield from ((node.lineno, str(name)) for name in names if is_private(str(name).rsplit(".", 1)[-1]))


def is_private(name: str) -> bool:
    """Say whether a name is its module's or class's own."""
    return name.startswith("_") and not name.startswith("__")


def main() -> None:
    """Check all tests."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name} is private; use or make a public seam"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line, name in findings(path.read_text(encoding="utf-8"))
    ]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
