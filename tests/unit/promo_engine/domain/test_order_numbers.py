import re

import pytest

from promo_engine.domain.customers.order_numbers import (
    OrderNumberPatternError,
    OrderNumberPatterns,
    learn_patterns,
    told_pattern,
)


def finds(found: OrderNumberPatterns, text: str) -> bool:
    return any(re.fullmatch(pattern, text, re.IGNORECASE) for pattern in found.patterns)


@pytest.mark.parametrize(
    ("numbers", "found", "left"),
    [
        (["#1001", "#1002", "#10233"], ["#1001", "1001", "# 1001", "102334"], ["100", "1234567", "A1001"]),
        (["TT-100123", "TT-100124"], ["TT-100123", "tt100123", "TT 100123", "#TT-1001234"], ["XX-100123", "100123"]),
        (["2024-00012-AB", "2024-00013-AB"], ["2024-00013-AB", "202400013ab"], ["2024-0001-AB"]),
        (["302-1234567-7654321"], ["302-1234567-7654321", "302 1234567 7654321"], ["302-1234567"]),
        (["000017", "000018"], ["000017"], ["17", "0000170"]),
        ([f"{letters}7" for letters in ("AB", "CD", "EF", "GH", "IJ", "KL")], ["XY7", "xy77"], ["X7", "XYZ7"]),
        (["订单1001"], ["订单1001"], ["1001"]),
    ],
)
def test_numbers_of_a_shop_are_found_however_they_are_written(
    numbers: list[str], found: list[str], left: list[str]
) -> None:
    learned = learn_patterns(numbers)
    assert [text for text in found if not finds(learned, text)] == []
    assert [text for text in left if finds(learned, text)] == []


def test_several_shapes_are_several_patterns_and_slips_are_none() -> None:
    learned = learn_patterns(["#1001"] * 500 + ["B-77"] * 300 + ["lost 1x2"])
    assert (len(learned.patterns), learned.example) == (2, "#1001")
    assert finds(learned, "B77") and finds(learned, "1001")


def test_a_shop_without_orders_has_no_pattern() -> None:
    assert learn_patterns([]) == OrderNumberPatterns()
    assert learn_patterns(["none"]) == OrderNumberPatterns()


@pytest.mark.parametrize("setting", ["(", ".*", r"\d*"])
def test_a_pattern_that_cannot_be_is_refused(setting: str) -> None:
    with pytest.raises(OrderNumberPatternError):
        told_pattern(setting)


def test_a_pattern_that_the_shop_told_is_taken_as_it_is() -> None:
    assert told_pattern(r"TT-\d{6}") == OrderNumberPatterns((r"TT-\d{6}",))
