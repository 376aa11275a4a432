"""Every benchmark, started where nothing is there yet: it explains itself, or says in one line what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]
NEEDS: dict[str, tuple[str, ...]] = {
    "chat": (),
    "decisions": (),
    "forecast": (),
    "language": ("--data", "nowhere"),
    "optimisation": (),
    "policy-bots": (),
    "recommendation": (),
    "user-model": (),
}
"""Benchmarks that need data or a trained model, with what to type."""
WITHOUT_VAR = """
import sys
from pathlib import Path

import tools.once

tools.once.ROOT = Path.cwd()
from benchmarks.__main__ import main

sys.argv[0] = "benchmarks"
main()
"""


def started(name: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a benchmark in a folder that takes the checkout's place."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PROMOBOT_")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_VAR, name, *words],
        cwd=cwd,
        env=own | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


@pytest.mark.parametrize("name", NEEDS)
def test_what_is_missing_is_said_in_one_line(name: str, tmp_path: Path) -> None:
    ended = started(name, *NEEDS[name], cwd=tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith(f"bench-{name}: ")
    assert "Errno" not in ended.stderr


@pytest.mark.parametrize("name", [name for name in BENCHMARKS if name not in NEEDS])
def test_the_others_explain_themselves(name: str, tmp_path: Path) -> None:
    ended = started(name, "--help", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("usage: ")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    ended = started("chess", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == f"benchmarks: there is no benchmark 'chess'; there are: {', '.join(BENCHMARKS)}\n"
