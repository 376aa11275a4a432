from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from promo_engine.strategy.live import Alarm, Happening, Moved, Watcher

START = datetime(2017, 3, 1)


def sales(*, days: int, broken_day: int | None = None) -> Iterator[Happening]:
    generator = np.random.default_rng(1)
    for hour in range(days * 24):
        at = START + timedelta(hours=hour)
        if broken_day is not None and hour // 24 == broken_day and at.hour in (12, 13):
            continue
        for minute in range(0, 60, 6):
            value = float(generator.normal(1_000, 100))
            yield Happening(at + timedelta(minutes=minute), "sales", value, f"h{minute}")


def test_a_shop_that_stops_selling_raises_an_alarm_and_a_usual_month_none() -> None:
    alarms = [one for one in Watcher({}, {}).feed_all(sales(days=30)) if isinstance(one, Alarm)]
    assert alarms == []
    broken = [one for one in Watcher({}, {}).feed_all(sales(days=22, broken_day=20)) if isinstance(one, Alarm)]
    assert [one.at for one in broken] == [START + timedelta(days=20, hours=12), START + timedelta(days=20, hours=13)]
    assert "usual are $100" in broken[0].text


def test_complaints_that_rise_and_moods_that_fall_raise_alarms() -> None:
    generator = np.random.default_rng(2)
    for signal, before, after in (("complaints", 0.05, 0.4), ("acceptance", 0.3, 0.05)):
        watcher = Watcher({}, {})
        found = []
        for number in range(1_200):
            share = before if number < 700 else after
            value = float(generator.random() < share)
            at = START + timedelta(minutes=number)
            found += [(number, one) for one in watcher.feed(Happening(at, signal, value))]  # type: ignore[arg-type]
        assert found, signal
        assert min(number for number, _ in found) >= 700


def test_a_household_lapses_after_a_month_and_comes_back_with_its_next_basket() -> None:
    watcher = Watcher({"anna": "loyal", "ben": "regular"}, {"anna": START, "ben": START})
    later = START + timedelta(days=40)
    moves = [one for one in watcher.feed(Happening(later, "sales", 100.0, "anna")) if isinstance(one, Moved)]
    assert [(one.household_id, one.before, one.after) for one in moves] == [
        ("anna", "loyal", "lapsing"),
        ("ben", "regular", "lapsing"),
        ("anna", "lapsing", "loyal"),
    ]
    assert watcher.counts() == {"loyal": 1, "lapsing": 1}
