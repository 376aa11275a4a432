from typing import Any

import pytest

from tests.support.small_shop import offer


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"margin_floor_basis_points": 10_000}, "margin_floor_basis_points: 0 to 9999, not 10000"),
        ({"margin_floor_basis_points": -1}, "margin_floor_basis_points: 0 to 9999, not -1"),
        ({"priority": -1001}, "priority: -1000 to 1000, not -1001"),
        ({"exclusive_group": ""}, "exclusive_group: 1 to 64 characters, not 0"),
        ({"exclusive_group": "g" * 65}, "exclusive_group: 1 to 64 characters, not 65"),
    ],
)
def test_a_field_out_of_its_range_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        offer("x", **changes)
