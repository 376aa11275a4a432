import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalPoisson

from studio.response.family_panel import WEEKS, Panel
from studio.response.poisson import NotIdentifiedError, fit_counts
from studio.response.response_model import ResponseModel, fit_response, pool, shrink


def made_panel(*, families: int = 40, elasticity: float = -1.5, display: float = 0.8, categories: int = 2) -> Panel:
    """Weekly pieces drawn from known effects, with a level of each family and seasons in each week."""
    generator = np.random.default_rng(5)
    shape = (families, WEEKS)
    log_price = 5 + generator.normal(size=(families, 1)) + 0.2 * generator.normal(size=shape)
    displayed = (generator.random(shape) < 0.2) * generator.random(shape)
    mailed = (generator.random(shape) < 0.2) * generator.random(shape)
    level = generator.normal(3, 1, size=(families, 1)) + 0.2 * np.sin(np.arange(WEEKS) / 8)
    units = generator.poisson(np.exp(level + elasticity * (log_price - 5) + display * displayed)).astype(float)
    names = [f"C{row % categories}" for row in range(families)]
    about = pd.DataFrame(
        {"category": names, "product_type": names, "units": units.sum(axis=1), "revenue_cents": units.sum(axis=1)}
    )
    return Panel(about, units, log_price, displayed, mailed, np.zeros(shape), baskets=np.full(WEEKS, 1000.0))


def test_counts_are_fitted_as_statsmodels_fits_them() -> None:
    generator = np.random.default_rng(3)
    covariates = generator.normal(size=(30, 12, 2))
    counts = generator.poisson(np.exp(1 + covariates @ [0.5, -0.3])).astype(float)
    ours = fit_counts(counts, covariates, offset=np.zeros(12), draws=200, seed=1)
    theirs = ConditionalPoisson(counts.ravel(), covariates.reshape(-1, 2), groups=np.repeat(range(30), 12)).fit(disp=0)
    assert ours.coefficients == pytest.approx(theirs.params, abs=1e-3)
    assert ours.standard_errors == pytest.approx(theirs.bse, rel=0.5)


def test_a_column_that_explains_everything_or_too_few_rows_are_refused() -> None:
    with pytest.raises(NotIdentifiedError, match="fewer than two"):
        fit_counts(np.zeros((5, 4)), np.ones((5, 4, 1)), offset=np.zeros(4), draws=5, seed=1)


@pytest.fixture(scope="module")
def model() -> ResponseModel:
    return fit_response(made_panel(), draws=60)


def test_known_effects_are_found_and_promotions_ahead_show_none(model: ResponseModel) -> None:
    low, high = model.pooled["price"].interval
    assert low < -1.5 < high
    assert high - low < 0.5
    low, high = model.pooled["display"].interval
    assert low < 0.8 < high
    for name in ("price", "display", "mailer"):
        control = model.control[name]
        assert abs(control.mean) < 3 * control.error
        assert abs(control.mean) < 0.1


def test_a_category_never_seen_gets_what_all_say_with_a_wider_interval(model: ResponseModel) -> None:
    unknown, pooled = model.estimate("NOWHERE", "price"), model.pooled["price"]
    assert unknown.raw is None
    assert unknown.mean == pooled.mean
    assert unknown.error >= pooled.error


def test_a_deeper_discount_sells_more_and_the_model_survives_storing(model: ResponseModel) -> None:
    lifts = [model.lift("C0", off_basis_points=depth) for depth in (0, 1000, 3000)]
    assert lifts[0] == 1.0 < lifts[1] < lifts[2]
    assert ResponseModel.from_json(model.to_json()) == model


def test_noisy_estimates_are_pulled_further_than_sure_ones() -> None:
    pooled = pool([(-1.0, 0.2), (-1.4, 0.2), (-0.4, 0.2), (-2.0, 0.2)])
    sure, noisy = shrink((-3.0, 0.05), pooled), shrink((-3.0, 2.0), pooled)
    assert abs(sure.mean + 3.0) < 0.1 < abs(noisy.mean + 3.0)
    assert noisy.error < 2.0
