import json
from pathlib import Path

import pytest

from promo_engine.files.bought_together_file import read_bought_together, stamp_of, write_bought_together
from tests.unit.promo_engine.domain.test_bought_together import some_bought_together


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "models" / "pairings.json"
    assert stamp_of(file) is None
    write_bought_together(file, some_bought_together())
    read = read_bought_together(file)
    assert read.products == some_bought_together().products
    assert {item: list(some) for item, some in read.also_bought.items()} == some_bought_together().also_bought
    assert {item: list(some) for item, some in read.suggestions.items()} == some_bought_together().suggestions
    assert list(file.parent.iterdir()) == [file], "nothing half written is left"
    assert stamp_of(file) is not None


@pytest.mark.parametrize("spoil", ["text", "form", "field", "stray"])
def test_a_spoilt_file_is_told_in_one_line(tmp_path: Path, spoil: str) -> None:
    file = tmp_path / "pairings.json"
    with pytest.raises(FileNotFoundError, match="strategy bought-together"):
        read_bought_together(file)
    write_bought_together(file, some_bought_together())
    content = json.loads(file.read_text())
    if spoil == "form":
        content["form"] = 99
    elif spoil == "field":
        del content["companions"]
    elif spoil == "stray":
        content["suggestions"]["ben"] = ["gone"]
    file.write_text("{" if spoil == "text" else json.dumps(content))
    with pytest.raises(ValueError, match="anew") as raised:
        read_bought_together(file)
    assert "\n" not in str(raised.value)
