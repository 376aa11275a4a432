"""The check of rooms finds full folders, files of one name and circles."""

from pathlib import Path

import pytest

from tools.checks.check_rooms import MOST_FILES, circles, full_rooms, same_names


def test_a_full_room_is_named_with_its_count() -> None:
    files = [f"gateway/chat/file_{number}.py" for number in range(MOST_FILES + 1)]
    (finding,) = full_rooms([*files, "gateway/chat/__init__.py"])
    assert finding.startswith(f"gateway/chat: {MOST_FILES + 1} source files")
    assert list(full_rooms(files[1:])) == []


def test_typescript_counts_without_its_tests() -> None:
    files = [f"web/widget/src/file{number}.ts" for number in range(MOST_FILES)]
    assert list(full_rooms([*files, "web/widget/src/file.test.ts"])) == []
    assert len(list(full_rooms([*files, "web/widget/src/file.tsx"]))) == 1


def test_two_files_of_one_name_in_a_package_are_found() -> None:
    (finding,) = same_names(["gateway/chat/reading.py", "gateway/admin/reading.py", "bot/reading.py"])
    assert "gateway/chat/reading.py" in finding
    assert "bot/reading.py" not in finding
    assert list(same_names(["gateway/a/__init__.py", "gateway/b/__init__.py"])) == []


def test_a_circle_is_named_from_module_to_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "round_trip"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text("import round_trip.second\n")
    (package / "second.py").write_text("import round_trip.third\n")
    (package / "third.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(circles(["round_trip"])) == []
    (package / "third.py").write_text("import round_trip.first\n")
    (finding,) = circles(["round_trip"])
    assert finding.count("->") == 3
