import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.money import Currency, allocate, fraction, share


@pytest.mark.parametrize(
    ("code", "decimals", "words"), [("EUR", 2, "5.05 EUR"), ("JPY", 0, "505 JPY"), ("KWD", 3, "0.505 KWD")]
)
def test_currencies_have_none_two_or_three_decimals(code: str, decimals: int, words: str) -> None:
    assert Currency(code).decimals == decimals
    assert Currency(code).words(505) == words


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "XAU", "ABC"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="is not the ISO 4217 code of a currency"):
        Currency(code)


@pytest.mark.parametrize(
    ("amount", "basis_points", "cents"),
    [(10, 500, 0), (30, 500, 2), (50, 500, 2), (70, 500, 4), (999, 1500, 150), (7, 10_000, 7), (7, 0, 0)],
)
def test_half_a_cent_goes_to_the_even_neighbour(amount: int, basis_points: int, cents: int) -> None:
    assert share(amount, basis_points) == cents


def test_the_largest_remainder_gets_the_cent() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(10, [5, 0, 15, 4]) == [2, 0, 6, 2]
    assert allocate(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [-1, 3]), (1, [0, 0]), (1, [])])
def test_what_cannot_be_split_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        allocate(total, weights)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.data())
def test_parts_sum_to_the_whole_and_keep_their_quota(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, 10**12), st.integers(0, 10**5), st.integers(1, 10**5))
def test_a_fraction_is_at_most_half_a_cent_off(amount: int, numerator: int, denominator: int) -> None:
    rounded = fraction(amount, numerator=numerator, denominator=denominator)
    assert 2 * abs(rounded * denominator - amount * numerator) <= denominator
