"""Content decides whether a step runs again, never a date."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import once as module
from tools.once import content_hash, once


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMPS", tmp_path / "stamps")
    (tmp_path / "input.txt").write_text("one")
    return tmp_path


def run(project: Path) -> bool:
    def make() -> None:
        (project / "made.txt").write_text("x")

    return once("step", inputs=["input.txt"], outputs=["made.txt"], step=make)


def test_a_step_runs_once_for_the_same_content(project: Path) -> None:
    assert run(project)
    assert not run(project)


def test_a_newer_date_alone_does_not_run_it_again(project: Path) -> None:
    run(project)
    os.utime(project / "input.txt", (2_000_000_000, 2_000_000_000))
    assert not run(project)


def test_changed_content_runs_it_again(project: Path) -> None:
    run(project)
    (project / "input.txt").write_text("two")
    assert run(project)


def test_a_lost_output_runs_it_again(project: Path) -> None:
    run(project)
    (project / "made.txt").unlink()
    assert run(project)


def test_a_failed_step_leaves_no_stamp(project: Path) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        once("step", inputs=["input.txt"], outputs=["made.txt"], step=fail)
    assert run(project)


def test_a_step_that_does_not_make_its_output_is_an_error(project: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"did not make .*made\.txt"):
        once("step", inputs=["input.txt"], outputs=["made.txt"], step=lambda: None)


def test_a_renamed_file_is_other_content(project: Path) -> None:
    (project / "folder").mkdir()
    (project / "folder" / "a").write_text("same")
    before = content_hash(["folder"])
    (project / "folder" / "a").rename(project / "folder" / "b")
    assert content_hash(["folder"]) != before


def test_a_mistyped_input_is_an_error(project: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"inptu\.txt"):
        content_hash(["inptu.txt"])
