"""Refuse rooms that are too full, files of one name in two rooms of a package, and circles of imports in Python.

    python -m tools.checks.check_rooms

Prints one line a finding and exits 1 if there is any. Circles in TypeScript are dependency-cruiser's (`npm run lint`).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import grimp

ROOT = Path(__file__).resolve().parents[2]
MOST_FILES = 14
"""Source files beside each other; `__init__.py`, tests of the same folder and files without code do not count."""
PACKAGES = ("common", "promo_engine", "studio", "gateway", "bot", "actions", "tools", "benchmarks")
_SOURCES = (".py", ".ts", ".tsx")
_ANYWHERE = {"__init__", "__main__", "conftest", "env"}
_OUTSIDE = ("tests/", "promo_engine/storage/migrations/versions/", "gateway/conversations/schema/migrations/")
"""Tests mirror the source; revisions of a database grow in number."""


def full_rooms(files: Iterable[str]) -> Iterator[str]:
    """Folders with more than MOST_FILES source files."""
    counts: dict[str, int] = defaultdict(int)
    for file in map(PurePosixPath, files):
        if file.suffix in _SOURCES and file.stem != "__init__" and ".test" not in file.name:
            counts[str(file.parent)] += 1
    for folder, count in sorted(counts.items()):
        if count > MOST_FILES and not f"{folder}/".startswith(_OUTSIDE):
            yield f"{folder}: {count} source files beside each other, {MOST_FILES} at most: make rooms"


def same_names(files: Iterable[str]) -> Iterator[str]:
    """Python files of one name in two folders of a package."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in map(PurePosixPath, files):
        counted = file.suffix == ".py" and file.parts[0] in PACKAGES and not str(file).startswith(_OUTSIDE)
        if counted and file.stem not in _ANYWHERE:
            found[file.parts[0], file.name].append(str(file))
    for (_, name), paths in sorted(found.items()):
        if len(paths) > 1:
            yield f"{name} stands in {len(paths)} rooms, so its name does not tell which: {', '.join(paths)}"


def circles(packages: Iterable[str]) -> Iterator[str]:
    """The first circle of imports in the packages, if there is one."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        yield "modules import each other in a circle: " + " -> ".join(reversed(error.args[1]))


def main(arguments: Iterable[str] | None = None) -> int:
    """Check all that git tracks; 0 if nothing is found."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.checks.check_rooms",
        description="Refuse full rooms, files of one name in two rooms, and circles of imports.",
        epilog="example: python -m tools.checks.check_rooms",
    )
    parser.parse_args(None if arguments is None else list(arguments))
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [file for file in listed.splitlines() if (ROOT / file).exists()]
    here = [name for name in PACKAGES if (ROOT / name / "__init__.py").exists()]
    found = [*full_rooms(files), *same_names(files), *circles(here)]
    print("\n".join(found), end="\n" if found else "")
    if found:
        print(f"check_rooms: {len(found)} findings; docs/architecture.md shows the rooms", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
