from __future__ import annotations

from pathlib import Path

import pytest

from promo_engine.files.category_names import read_category_names

FILE = Path(__file__).parents[4] / "data" / "category_names.yml"


def test_friendly_names_fit_into_a_sentence() -> None:
    proper = ("Christmas", "Easter", "Halloween", "Valentine", "American", "Mexican")
    for name in read_category_names(FILE).friendly.values():
        assert name == name.strip()
        assert name[0].islower() or name.startswith(proper), name
        assert len(name) <= 40


def test_an_unknown_category_falls_back_to_its_own_name_in_lower_case() -> None:
    names = read_category_names(FILE)
    assert names.of("SOFT DRINKS") == "soft drinks"
    assert names.of("MOON CHEESE") == "moon cheese"
    assert names.of(None) == "other items"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("A: apples\nB:\n", 2, "B: a friendly name in quotes is needed"),
        ("A: apples\nB: 7\n", 2, "B: a friendly name in quotes is needed"),
        ("A: apples\nA: pears\n", 2, "this is not YAML: the key 'A' stands twice"),
        ("- apples\n", 1, "a mapping of category names to friendly names is needed"),
        ("", 1, "a mapping of category names to friendly names is needed"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "names.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as caught:  # the whole message is compared below
        read_category_names(path)
    assert str(caught.value) == f"{path}:{line}: {message}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such file of category names"):
        read_category_names(tmp_path / "nowhere.yml")
