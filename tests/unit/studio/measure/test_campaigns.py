import numpy as np
import pandas as pd
import pytest

from studio.data.sales_history import SalesHistory
from studio.measure.campaigns import balance, difference, measure_campaigns


def test_weights_bring_the_means_together_and_add_up_to_one() -> None:
    values = np.random.default_rng(1).normal(size=(400, 3))
    weights = balance(values, np.array([0.4, -0.3, 0.2]))
    assert weights.sum() == pytest.approx(1)
    assert weights @ values == pytest.approx([0.4, -0.3, 0.2], abs=0.02)
    assert (weights >= 0).all()


def spending(customers: int, *, level: float, extra: float, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    own = generator.normal(level, 200, size=(customers, 1))
    table = own + 30 * np.arange(12) + generator.normal(0, 100, size=(customers, 12))
    table[:, 8:] += extra
    return pd.DataFrame(table, columns=range(12))


@pytest.mark.parametrize("extra", [0.0, 150.0])
def test_a_known_effect_is_found_and_none_where_there_is_none(extra: float) -> None:
    treated = spending(150, level=2_100, extra=extra, seed=1)
    untreated = spending(600, level=2_000, extra=0, seed=2)
    effect, low, high = difference(
        treated,
        untreated,
        alike=list(range(4)),
        before=list(range(4, 8)),
        during=list(range(8, 12)),
        generator=np.random.default_rng(3),
        resamples=40,
    )
    assert low < extra < high
    assert abs(effect - extra) < 50
    assert (low > 0) == (extra > 0)


def test_a_campaign_without_weeks_before_it_is_not_measured_and_says_why() -> None:
    days = pd.date_range("2017-01-03", "2017-03-01", freq="7D")
    rows = [(f"b{h}-{i}", f"h{h}", day) for h in range(80) for i, day in enumerate(days)]
    lines = pd.DataFrame(rows, columns=["basket_id", "customer_id", "bought_at"]).assign(
        product_id="a", quantity=1, sales_cents=100, discount_cents=0, coupon_cents=0, code_cents=0
    )
    frames = {
        "lines": lines,
        "products": pd.DataFrame([{"product_id": "a", "category": "A", "department": "G", "brand": ""}]),
        "campaigns": pd.DataFrame([{"campaign_id": "1", "kind": "Type A", "starts_on": days[1], "ends_on": days[5]}]),
        "targetings": pd.DataFrame({"campaign_id": "1", "customer_id": [f"h{h}" for h in range(40)]}),
    }
    (result,) = measure_campaigns(SalesHistory(frames.__getitem__))
    assert result.verdict == "not measurable"
    assert result.refusal == "the data has no 9 weeks before it"


def test_who_was_picked_for_a_few_good_weeks_shows_no_effect_of_falling_back() -> None:
    generator = np.random.default_rng(8)
    table = generator.normal(2_000, 200, size=(3_000, 1)) + generator.normal(0, 400, size=(3_000, 12))
    picked = table[:, :4].mean(axis=1) > 2_200
    everybody = pd.DataFrame(table, columns=range(12))
    _, low, high = difference(
        everybody[picked],
        everybody[~picked],
        alike=list(range(4)),
        before=list(range(4, 8)),
        during=list(range(8, 12)),
        generator=np.random.default_rng(1),
        resamples=40,
    )
    assert low < 0 < high
