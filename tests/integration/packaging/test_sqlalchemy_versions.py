"""The engine runs on the newest SQLAlchemy beside the locked one: both are within what pyproject.toml allows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from tools.once import ROOT
from tools.setup import find_uv, uv_settings

OTHER = "2.1.9" if sqlalchemy.__version__.startswith("2.0.") else "2.0.58"
"""From PyPI, as `make setup` brings the locked one."""
SHORT_FORM = (
    "tests/integration/promo_engine/storage/test_prepared_statements.py",
    "tests/integration/promo_engine/storage/test_unit_of_work.py",
    "tests/integration/promo_engine/api/test_contract.py",
    "tests/integration/promo_engine/api/test_redemptions.py",
)
"""Every quick statement on SQLite, units of work on both databases, decisions and redemptions over HTTP."""


@pytest.fixture(scope="module")
def other_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlalchemy")
    command: list[str | Path] = [
        find_uv(),
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        folder,
        "--python",
        sys.executable,
    ]
    subprocess.run([*command, f"sqlalchemy=={OTHER}"], env=uv_settings(), check=True)
    return folder


def test_decisions_are_stored_and_answered_with_the_other_version(other_version: Path) -> None:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(other_version), str(ROOT)])}
    found = subprocess.run(
        [sys.executable, "-c", "import sqlalchemy; print(sqlalchemy.__version__)"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == OTHER
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *SHORT_FORM]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stdout[-3000:]
