from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from river.drift import ADWIN

from promo_engine.domain.customers.live_events import OrdersSoFar, Signal
from promo_engine.domain.customers.segments import Cuts, segment_of
from studio.measure.shop_monitor import Alarm, LiveEvent, SegmentChanged, Watcher
from studio.report.money import Money

START = datetime(2017, 3, 1)


def sales(*, days: int, broken_day: int | None = None) -> Iterator[LiveEvent]:
    generator = np.random.default_rng(1)
    for hour in range(days * 24):
        at = START + timedelta(hours=hour)
        if broken_day is not None and hour // 24 == broken_day and at.hour in (12, 13):
            continue
        for minute in range(0, 60, 6):
            value = float(generator.normal(1_000, 100))
            yield LiveEvent(at + timedelta(minutes=minute), "sales", value, f"h{minute}")


def test_a_shop_that_stops_selling_raises_an_alarm_and_a_usual_month_none() -> None:
    alarms = [event for event in Watcher({}, {}).feed_all(sales(days=30)) if isinstance(event, Alarm)]
    assert alarms == []
    broken = [event for event in Watcher({}, {}).feed_all(sales(days=22, broken_day=20)) if isinstance(event, Alarm)]
    assert [event.at for event in broken] == [
        START + timedelta(days=20, hours=12),
        START + timedelta(days=20, hours=13),
    ]
    assert "usual are €100" in broken[0].text


def test_complaints_that_rise_and_sentiment_that_falls_raise_alarms() -> None:
    generator = np.random.default_rng(2)
    changes: tuple[tuple[Signal, float, float], ...] = (("complaints", 0.05, 0.4), ("acceptance", 0.3, 0.05))
    for signal, before, after in changes:
        watcher = Watcher({}, {})
        found = []
        for number in range(1_200):
            share = before if number < 700 else after
            value = float(generator.random() < share)
            at = START + timedelta(minutes=number)
            found += [(number, event) for event in watcher.feed(LiveEvent(at, signal, value))]
        assert found, signal
        assert min(number for number, _ in found) >= 700


def test_a_customer_lapses_after_a_month_and_comes_back_with_its_next_basket() -> None:
    watcher = Watcher({"anna": "loyal", "ben": "regular"}, {"anna": START, "ben": START})
    later = START + timedelta(days=40)
    moves = [
        event for event in watcher.feed(LiveEvent(later, "sales", 100.0, "anna")) if isinstance(event, SegmentChanged)
    ]
    assert [(move.customer_id, move.before, move.after) for move in moves] == [
        ("anna", "loyal", "lapsing"),
        ("ben", "regular", "lapsing"),
        ("anna", "lapsing", "loyal"),
    ]
    assert watcher.counts() == {"loyal": 1, "lapsing": 1}


def test_the_detector_is_rivers_own() -> None:
    generator = np.random.default_rng(4)
    theirs, found, wanted = ADWIN(delta=0.002), [], []
    watcher = Watcher({}, {})
    for number in range(1_500):
        value = float(generator.random() < (0.1 if number // 500 % 2 == 0 else 0.4))
        found.append(bool(list(watcher.feed(LiveEvent(START, "complaints", value)))))
        theirs.update(value)
        wanted.append(theirs.drift_detected)
    assert any(wanted)
    assert found == wanted


def so_far() -> OrdersSoFar:
    counts = {"anna": 12, "ben": 5, "cleo": 1}
    newest = {"anna": START - timedelta(days=2), "ben": START - timedelta(days=27, hours=23), "cleo": START}
    hours = {START - timedelta(days=day, hours=-9): 50_000 for day in range(1, 43)}
    return OrdersSoFar(counts, newest, hours, Cuts(5, 12))


def test_the_watch_of_a_running_shop_counts_baskets_and_lets_time_pass() -> None:
    watcher = Watcher.of(so_far(), START, money=Money("GBP"))
    assert watcher.counts() == {"loyal": 1, "regular": 1, "occasional": 1}
    (lapsed,) = watcher.pass_time(START + timedelta(hours=2))
    assert isinstance(lapsed, SegmentChanged)
    assert (lapsed.customer_id, lapsed.after) == ("ben", "lapsing")
    baskets = [LiveEvent(START + timedelta(hours=2, minutes=number), "sales", 100.0, "cleo") for number in range(4)]
    (moved,) = watcher.feed_all(baskets)
    assert isinstance(moved, SegmentChanged)
    assert (moved.before, moved.after) == ("occasional", "regular"), "with the fifth basket"
    assert list(watcher.feed(LiveEvent(START - timedelta(days=60), "sales", 100.0, "ben"))) == [], "told very late"


def test_an_hour_without_sales_is_noticed_without_any_event() -> None:
    watcher = Watcher.of(so_far(), START, money=Money("GBP"))
    assert list(watcher.pass_time(START + timedelta(hours=20))) != [], "ben lapses"
    assert watcher.hour_open is None, "a shop that reports no sales is not watched"
    watcher = Watcher.of(so_far(), START, money=Money("GBP"))
    list(watcher.feed(LiveEvent(START + timedelta(hours=8, minutes=30), "sales", 100.0)))
    alarms = [event for event in watcher.pass_time(START + timedelta(hours=10, minutes=1)) if isinstance(event, Alarm)]
    assert [(alarm.at.hour, alarm.signal) for alarm in alarms] == [(9, "sales")]
    assert "£0 sold from 09:00 to 09:59, usual are £500" in alarms[0].text


def test_thirds_and_four_weeks_make_the_segments() -> None:
    cuts = Cuts.of([1, 2, 3, 4, 5, 6])
    assert cuts == Cuts(3, 5)
    assert [segment_of(count, 1.0, cuts) for count in (2, 3, 5)] == ["occasional", "regular", "loyal"]
    assert segment_of(6, 28.1, cuts) == "lapsing"
    assert Cuts.of([]) is None
