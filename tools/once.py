"""Run a step again only when the content of its inputs changed.

Make compares dates, and a fresh clone or a branch switch changes every date. A stamp under `var/stamps/` holds the hash
of what a step read; the step is skipped while that hash stays the same and everything it made is still there.
Standard library only: it runs before any environment exists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / "var" / "stamps"


def content_hash(inputs: Iterable[str | Path], *, also: str = "") -> str:
    """Hash of the named files' paths and bytes (folders are walked) and of `also`, e.g. a version.

    Raises FileNotFoundError for an input that does not exist: a mistyped input would never be noticed.
    """
    digest = hashlib.sha256(also.encode())
    for given in inputs:
        path = ROOT / given
        if not path.exists():
            raise FileNotFoundError(f"{path}: an input of a build step is missing")
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" in file.parts or "node_modules" in file.parts or "dist" in file.parts:
                continue
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def once(
    name: str,
    *,
    inputs: Iterable[str | Path],
    outputs: Iterable[str | Path],
    step: Callable[[], None],
    also: str = "",
    stamps: Path | None = None,
) -> bool:
    """Run `step` unless its stamp says that it ran on the same content; returns whether it ran."""
    stamp = (stamps or STAMPS) / name
    wanted = content_hash(inputs, also=also)
    made = [ROOT / path for path in outputs]
    if stamp.exists() and stamp.read_text() == wanted and all(path.exists() for path in made):
        return False
    stamp.unlink(missing_ok=True)
    step()
    for path in made:
        if not path.exists():
            raise FileNotFoundError(f"{name}: the step ended well but did not make {path}")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True
