import numpy as np
import pytest

from promo_engine.evaluation import LogError, compare_means, compare_rates, cuped


def test_an_effect_is_found_and_none_is_not() -> None:
    generator = np.random.default_rng(2)
    treated, holdout = (generator.random(6_000) < 0.30).astype(float), (generator.random(2_000) < 0.20).astype(float)
    found = compare_rates(treated, holdout)
    assert found.decided
    assert 0 < found.lower < 0.1 < found.upper < 0.2
    assert (found.treated, found.holdout) == (6_000, 2_000)
    assert not compare_rates(treated[:3_000], treated[3_000:]).decided


@pytest.mark.parametrize("kind", ["rates", "means"])
def test_without_an_effect_it_is_rarely_found_though_one_looks_again_and_again(kind: str) -> None:
    generator = np.random.default_rng(8)
    wrong = 0
    for _ in range(100):
        if kind == "rates":
            outcomes = (generator.random((2, 400)) < 0.1).astype(float)
            looks = [compare_rates(outcomes[0, :rows], outcomes[1, :rows]) for rows in (100, 400)]
        else:
            outcomes = generator.gamma(0.5, 4_000.0, size=(2, 400))
            looks = [compare_means(outcomes[0, :rows], outcomes[1, :rows], tight_at=2_000) for rows in (100, 400)]
        wrong += any(look.decided for look in looks)
    assert wrong / 100 <= 0.05


def test_cuped_keeps_the_means_and_takes_the_noise_that_history_explains() -> None:
    generator = np.random.default_rng(6)
    history = generator.normal(5_000.0, 1_000.0, size=4_000)
    outcomes = 1_000.0 + 0.8 * history + generator.normal(0.0, 600.0, size=4_000)
    treated = np.arange(4_000) % 10 > 0
    outcomes[treated] += 100.0
    adjusted = cuped(outcomes, history)
    assert adjusted.mean() == pytest.approx(outcomes.mean())
    assert adjusted.std() < 0.62 * outcomes.std()  # sqrt(1 - 0.8^2) = 0.6
    plain = compare_means(outcomes[treated], outcomes[~treated], tight_at=4_000)
    sharper = compare_means(adjusted[treated], adjusted[~treated], tight_at=4_000)
    assert sharper.upper - sharper.lower < 0.65 * (plain.upper - plain.lower)
    assert sharper.lower < 100.0 < sharper.upper


def test_cuped_by_hand_and_without_history() -> None:
    adjusted = cuped(np.array([1.0, 3.0, 7.0]), np.array([1.0, 2.0, np.nan]))
    assert adjusted.tolist() == [2.0, 2.0, 7.0]
    outcomes = np.array([1.0, 2.0])
    for nothing in (np.array([np.nan, np.nan]), np.array([4.0, 4.0])):
        assert cuped(outcomes, nothing).tolist() == [1.0, 2.0]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(LogError, match="holdout: at least 1"):
        compare_rates(np.ones(3), np.array([]))
    with pytest.raises(LogError, match="treated: at least 2"):
        compare_means(np.ones(1), np.ones(3))
    with pytest.raises(LogError, match="finite"):
        compare_means(np.ones(3), np.array([1.0, np.nan]))
    with pytest.raises(LogError, match="history"):
        cuped(np.ones(3), np.ones(2))
    with pytest.raises(LogError, match="finite"):
        cuped(np.array([np.nan]), np.ones(1))
