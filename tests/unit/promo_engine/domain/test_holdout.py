from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.decisions.holdout import in_holdout


def test_nobody_and_everybody() -> None:
    assert not any(in_holdout(str(number), basis_points=0) for number in range(1000))
    assert all(in_holdout(str(number), basis_points=10_000) for number in range(1000))


def test_the_share_is_about_what_was_asked() -> None:
    held_out = sum(in_holdout(str(number), basis_points=500) for number in range(20_000))
    assert 900 < held_out < 1100


def test_the_draw_is_the_same_for_ever() -> None:
    # A changed hash would end every running uplift measurement.
    held_out = [number for number in range(40) if in_holdout(str(number), basis_points=2000)]
    assert held_out == [5, 24, 28, 29, 30, 33, 36]


@given(st.text(min_size=1), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_larger_share_keeps_the_smaller_one(customer_id: str, item: int, other: int) -> None:
    small, large = sorted((item, other))
    assert not in_holdout(customer_id, basis_points=small) or in_holdout(customer_id, basis_points=large)
