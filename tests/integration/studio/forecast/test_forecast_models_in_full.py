from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.forecast.combination import COMBINATION, with_combination
from studio.forecast.forecast_models import ALL
from studio.forecast.rolling import play
from tests.unit.studio.forecast.test_forecast_models import HORIZON, a_panel


@pytest.mark.parametrize("name", ALL)
def test_every_model_gives_sensible_numbers_from_what_is_known_alone(name: str) -> None:
    panel = a_panel()
    known = panel.known_at(30, horizon=HORIZON)
    said = ALL[name].forecast(known)
    assert said.shape == (6, HORIZON)
    assert np.isfinite(said).all()
    assert (said >= 0).all()
    assert said[5].max() < 3, "nothing sold for weeks"
    assert 100 < said[3].mean() < 320
    # What comes after the origin changes nothing.
    later = panel.units.copy()
    later[:, 29:] *= 7
    again = ALL[name].forecast(replace(panel, units=later).known_at(30, horizon=HORIZON))
    np.testing.assert_array_equal(said, again)


def test_the_combination_beats_each_of_its_members_on_average() -> None:
    played = play(a_panel(), {"naive": ALL["naive"], "ets": ALL["ets"]}, origins=[24, 26, 28, 30], horizon=HORIZON)
    joined = with_combination(played, ("naive", "ets"))
    assert joined.mase(COMBINATION) < joined.mase("naive")
    assert joined.smape(COMBINATION) <= 200
