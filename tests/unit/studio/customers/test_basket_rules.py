from __future__ import annotations

import pytest

from studio.customers.baskets import basket_rules
from studio.errors import TooLittleHistory
from tests.support.small_history import small_history


def test_rules_of_planted_baskets() -> None:
    rows: list[tuple[str, str, str, str, int]] = []
    for number in range(600):
        together = ["pasta", "sauce"] if number % 4 == 0 else ["milk"] if number % 4 < 3 else ["soap", "pasta"]
        rows += [(f"b{number:03}", "h1", name, "2017-03-01 15:00", 100) for name in together]
    rules = basket_rules(small_history(rows).lines, lift=1.2)
    [first] = rules[(rules["if_bought"] == "SAUCE") & (rules["then_bought"] == "PASTA")].to_dict("records")
    assert first["confidence"] == 1.0
    assert first["lift"] == pytest.approx(2.0)
    assert first["baskets"] == 150
    with pytest.raises(TooLittleHistory):
        basket_rules(small_history(rows[:10]).lines)
