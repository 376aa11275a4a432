"""Build the package: code, database migrations, web pages and data files that serving needs.

python -m tools.wheel [FOLDER]      (default var/wheel)
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.once import ROOT
from tools.setup import find_uv, uv_settings

_NOT_PACKAGED = (".git", ".venv", "var", "node_modules", "build", "tests", "benchmarks", "*.egg-info")


class WheelError(Exception):
    """There is nothing to package yet; the message is one line that says what to run."""


def build_wheel(folder: Path) -> Path:
    """Leave the wheel in `folder` and return it. Built from a copy, so that nothing of an earlier build is in it."""
    if not (ROOT / "web" / "dist" / "index.html").exists():
        raise WheelError("the web pages are not built; run `make setup`")
    with tempfile.TemporaryDirectory() as copy:
        source = Path(copy) / "promobot"
        shutil.copytree(ROOT, source, symlinks=False, ignore=shutil.ignore_patterns(*_NOT_PACKAGED))
        command: list[str | Path] = [
            find_uv(),
            "build",
            "--quiet",
            "--wheel",
            "--python",
            sys.executable,
            "--out-dir",
            folder,
            source,
        ]
        subprocess.run(command, env=uv_settings(), check=True)
    return max(folder.glob("promobot-*.whl"), key=lambda wheel: wheel.stat().st_mtime)


def main() -> int:
    """Build it; 0 when it is there."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheel", description="Build the package as a wheel.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "var" / "wheel", help="default: var/wheel")
    try:
        print(build_wheel(parser.parse_args().folder))
    except WheelError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
