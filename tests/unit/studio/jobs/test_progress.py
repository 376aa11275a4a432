from __future__ import annotations

import json

import pytest

from studio.progress import bars, progress_line, read_progress


def test_a_program_reads_progress_as_lines_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROMOBOT_PROGRESS", "json")
    assert list(bars("abc", 'a "title", 1/2')) == ["a", "b", "c"]
    said = capsys.readouterr()
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {"progress": done, "total": 3, "title": 'a "title", 1/2'} for done in range(3)
    ]
    assert said.err == ""


def test_a_person_sees_a_bar_on_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PROMOBOT_PROGRESS", raising=False)
    assert list(bars([1, 2], "searches")) == [1, 2]
    said = capsys.readouterr()
    assert said.out == ""
    assert "searches" in said.err
    assert "2/2" in said.err


def test_progress_is_read_back_and_any_other_line_is_none() -> None:
    assert read_progress(progress_line(progress=2, total=5, title="searches")) == (2, 5, "searches")
    for line in ("", "page: var/reports/stock.html", "{}", "[1]", "7", '{"progress": 1, "total": "x", "title": ""}'):
        assert read_progress(line) is None
