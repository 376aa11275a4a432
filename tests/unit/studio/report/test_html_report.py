from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studio.report.html_report import Report, shown


def a_report() -> Report:
    report = Report("Sales <b>& more", "What was sold.")
    report.heading("A table")
    report.table(["name", "cents"], [["<script>alert(1)</script>", 1234567], ["nothing", None]], caption="two rows")
    return report


def test_a_page_escapes_what_it_is_told_and_is_written_whole(tmp_path: Path) -> None:
    path = a_report().write(tmp_path / "reports" / "sales.html")
    page = path.read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "1,234,567" in page
    assert sorted(file.name for file in path.parent.iterdir()) == ["sales.html", "sales.json"]


def test_the_document_beside_it_has_the_numbers_and_nothing_that_json_cannot_say(tmp_path: Path) -> None:
    report = a_report()
    report.data = {"curve": np.array([1.0, np.nan, 1 / 3]), "at": pd.Timestamp("2017-12-31"), "n": np.int64(7)}
    document = json.loads(report.write(tmp_path / "sales.html").with_suffix(".json").read_text())
    assert datetime.fromisoformat(document["made_at"]).tzinfo is not None
    assert document["tables"][0]["rows"][0] == ["<script>alert(1)</script>", 1234567]
    assert document["data"] == {"curve": [1.0, None, 0.333333], "at": "2017-12-31 00:00:00", "n": 7}


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        a_report().table(["a", "b"], [["only one"]])


@pytest.mark.parametrize(
    ("cell", "text"), [(None, ""), (float("nan"), ""), (1234.56, "1,235"), (0.12345, "0.123"), (3.0, "3"), ("x", "x")]
)
def test_cells(cell: object, text: str) -> None:
    assert shown(cell) == text
