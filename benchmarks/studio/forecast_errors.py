"""How well demand per category and week is forecast, by rolling origin on the real year.

    python -m benchmarks forecast        (make bench-forecast)

At seven origins, two weeks apart, each model forecasts the next four weeks of every category that has enough sales,
from what was known then. The combination is weighed, and its intervals are made, by earlier origins. The seasonal naive
forecast repeats the last four weeks: with one year of data no yearly season can be known. Prints a table and writes
var/bench/forecast.json; exit status 1 if the combination does not beat the seasonal naive forecast and the best single
statistical model.
"""

from __future__ import annotations

import time

import numpy as np

from studio.forecast.combination import COMBINATION, intervals, with_combination
from studio.forecast.forecast_models import ALL, COMBINED, STATISTICAL, ForecastModel
from studio.forecast.rolling import Played, play
from studio.forecast.weekly_panel import Floats, Panel, read_panel
from studio.jobs.sources import read_history
from studio.progress import bars
from tools.bench_figures import no_options, write_json

HORIZON = 4
EARLIER = (29, 31, 33, 35)
JUDGED = (37, 39, 41, 43, 45, 47, 49)
_SINCE = slice(len(EARLIER), None)


class Timed:
    """A model, and the seconds it took."""

    def __init__(self, model: ForecastModel) -> None:
        self._model, self.seconds = model, 0.0

    def forecast(self, known: Panel) -> Floats:
        """What the model says."""
        started = time.perf_counter()
        said = self._model.forecast(known)
        self.seconds += time.perf_counter() - started
        return said


def coverage(played: Played, level: float) -> tuple[float, float]:
    """The share of judged weeks inside the intervals, and the intervals' mean width over the scale."""
    inside, width = [], []
    for origin in range(len(EARLIER), len(played.origins)):
        low, high = intervals(played, origin=origin, coverage=level)
        inside.append((played.actual[origin] >= low) & (played.actual[origin] <= high))
        width.append((high - low) / played.scale[origin][:, None])
    return float(np.mean(inside)), float(np.mean(width))


def main() -> int:
    """Play all models, print and write."""
    no_options("forecast", __doc__)
    started = time.perf_counter()
    panel, refused = read_panel(read_history(), horizon=HORIZON)
    timed = {name: Timed(model) for name, model in ALL.items()}
    played = play(panel, timed, origins=[*EARLIER, *JUDGED], horizon=HORIZON, track=bars)
    played = with_combination(played, COMBINED)
    figures: dict[str, float | int | str] = {
        "categories": len(panel.categories),
        "categories_refused": len(refused),
        "origins": len(JUDGED),
        "horizon_weeks": HORIZON,
    }
    print(f"{'model':<18}{'MASE':>8}{'sMAPE':>8}{'seconds':>9}")
    for name in played.forecasts:
        mase, smape = played.mase(name, origins=_SINCE), played.smape(name, origins=_SINCE)
        seconds = timed[name].seconds if name in timed else float("nan")
        print(f"{name:<18}{mase:>8.4f}{smape:>8.2f}{seconds:>9.1f}")
        figures |= {f"{name}_mase": round(mase, 4), f"{name}_smape": round(smape, 2)}
    best = min(STATISTICAL, key=lambda name: float(figures[f"{name}_mase"]))
    figures |= {
        "ours_mase": figures[f"{COMBINATION}_mase"],
        "ours_smape": figures[f"{COMBINATION}_smape"],
        "best_single": best,
        "best_single_mase": figures[f"{best}_mase"],
    }
    for level in (0.5, 0.8, 0.9):
        inside, width = coverage(played, level)
        figures |= {f"ours_coverage_{level:.0%}".rstrip("%"): round(inside, 4)}
        figures |= {f"ours_width_{level:.0%}".rstrip("%"): round(width, 3)}
        print(f"{level:.0%} intervals hold {inside:.1%} of the weeks, {width:.2f} weekly changes wide")
    gap = played.scaled_errors(best)[_SINCE].mean(axis=(0, 2)) - played.scaled_errors(COMBINATION)[_SINCE].mean(
        axis=(0, 2)
    )
    drawn = np.random.default_rng(0).choice(gap, (2_000, len(gap))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    figures |= {"gain_on_best_single_low": round(float(low), 4), "gain_on_best_single_high": round(float(high), 4)}
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print(f"less than {best} by {low:.4f} to {high:.4f} (95 %, categories drawn again), {figures['seconds']} s in all")
    print(f"written to {write_json('forecast', figures)}")
    rivals = (float(figures["seasonal_naive_mase"]), float(figures["best_single_mase"]))
    return 0 if float(figures["ours_mase"]) < min(rivals) else 1


if __name__ == "__main__":
    raise SystemExit(main())
