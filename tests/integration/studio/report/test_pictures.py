from __future__ import annotations

from pathlib import Path

from studio.report.html_report import Report, new_figure
from tests.unit.studio.report.test_html_report import a_report


def a_pictured_report() -> Report:
    report = a_report()
    figure, axes = new_figure()
    axes.plot([1, 2], [3, 4], label="line")
    report.picture(figure, "It goes up.")
    return report


def test_the_same_data_make_the_same_picture() -> None:
    assert a_pictured_report().blocks[-1].svg == a_pictured_report().blocks[-1].svg


def test_a_page_with_a_picture_has_no_script(tmp_path: Path) -> None:
    page = a_pictured_report().write(tmp_path / "sales.html").read_text()
    assert "<img" in page
    assert "It goes up." in page
    assert "<script" not in page
