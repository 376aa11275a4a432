from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from promo_engine.codecs.condition_codec import condition_from_json, condition_to_json
from promo_engine.domain.conditions.conditions import UNKNOWN, names_in, reason_to_hide, refusal
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.conditions.predicates import PREDICATES

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def windows(*windows: dict[str, object], zone: str = "Europe/Berlin") -> dict[str, object]:
    return {"time_windows": {"zone": zone, "windows": list(windows)}}


CASES: list[tuple[dict[str, object], dict[str, object], dict[str, object], str]] = [
    ({"segment": ["vip"]}, {"segments": frozenset({"vip", "x"})}, {"segments": frozenset()}, "another group"),
    ({"first_order": True}, {"order_count": 0}, {"order_count": 1}, "this offer is for a first order"),
    ({"lapsed_days": 30}, {"days_since_order": 30.0}, {"days_since_order": 29.9}, "have not ordered for 30 days"),
    ({"basket_cents": 2000}, {"basket_cents": 2000}, {"basket_cents": 1999}, "your basket is too small"),
    (
        {"category_in_basket": [1, 2]},
        {"basket_category_ids": frozenset({2})},
        {"basket_category_ids": frozenset({3})},
        "nothing in your basket goes with this offer",
    ),
    (
        {"category_bought": [1]},
        {"bought_category_ids": frozenset({1})},
        {"bought_category_ids": frozenset()},
        "you have not bought anything",
    ),
    ({"channel": ["app"]}, {"channel": "app"}, {"channel": "web"}, "this offer is only for app"),
    ({"intent": ["complain"]}, {"intent": "complain"}, {"intent": "greet"}, "does not go with what you asked"),
    ({"sentiment": ["negative"]}, {"sentiment": "negative"}, {"sentiment": "positive"}, "not the moment"),
    ({"country": ["AT", "DE"]}, {"country": "DE"}, {"country": "FR"}, "this offer is only for AT or DE"),
    ({"currency": ["EUR"]}, {"currency": "EUR"}, {"currency": "JPY"}, "this offer is only for orders in EUR"),
    ({"in_stock": ["a"]}, {"stock": {"a": 1}}, {"stock": {"a": 0}}, "out of stock"),
]


@pytest.mark.parametrize(("condition", "met", "unmet", "words"), CASES)
def test_each_condition_is_met_unmet_with_words_or_unknown(
    condition: dict[str, object], met: dict[str, Any], unmet: dict[str, Any], words: str
) -> None:
    read = condition_from_json(condition)
    assert refusal(read, Facts(**met)) is None
    assert words in str(refusal(read, Facts(**unmet)))
    assert words in str(reason_to_hide(read, Facts(**unmet)))
    assert refusal(read, Facts()) == UNKNOWN
    assert reason_to_hide(read, Facts()) is None
    assert refusal(condition_from_json({"not": condition}), Facts(**met)) is not None
    assert condition_from_json(condition_to_json(read)) == read


def test_every_predicate_has_a_case() -> None:
    assert {name for condition, *_ in CASES for name in condition} == set(PREDICATES) - {"time_windows"}


def test_all_any_and_not_know_what_is_unknown() -> None:
    web, new = {"channel": ["web"]}, {"first_order": True}
    both, either = condition_from_json({"all": [web, new]}), condition_from_json({"any": [web, new]})
    assert refusal(both, Facts(channel="app")) == "this offer is only for web"
    assert reason_to_hide(both, Facts(channel="web")) is None
    assert refusal(both, Facts(channel="web")) == UNKNOWN
    assert refusal(either, Facts(channel="web")) is None
    assert refusal(either, Facts(channel="app")) == UNKNOWN
    assert refusal(either, Facts(channel="app", order_count=2)) == (
        "this offer is only for web; or this offer is for a first order"
    )
    assert refusal(condition_from_json({"not": new}), Facts(order_count=0)) == "this offer is not for a first order"
    assert condition_from_json(
        condition_to_json(condition_from_json({"not": {"any": [web, new]}}))
    ) == condition_from_json({"not": {"any": [web, new]}})


def holds(condition: dict[str, object], at: datetime) -> bool:
    return refusal(condition_from_json(condition), Facts(at=at)) is None


def test_a_window_is_read_off_the_clock_of_its_zone() -> None:
    evening = windows({"days": ["Fri"], "from": "18:00", "until": "24:00"})
    assert not holds(evening, datetime(2026, 11, 27, 16, 59, 59, tzinfo=UTC))
    assert holds(evening, datetime(2026, 11, 27, 17, 0, tzinfo=UTC))
    assert holds(evening, datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC))
    assert not holds(evening, datetime(2026, 11, 27, 23, 0, tzinfo=UTC))


def hours_inside(condition: dict[str, object], first: datetime, hours: int) -> int:
    start = int(first.timestamp())
    return sum(holds(condition, datetime.fromtimestamp(start + 3600 * i, UTC)) for i in range(hours))


def test_a_skipped_hour_never_comes_and_a_repeated_one_counts_twice() -> None:
    night = windows({"from": "02:00", "until": "03:00"})
    berlin = ZoneInfo("Europe/Berlin")
    assert hours_inside(night, datetime(2026, 3, 28, tzinfo=berlin), 24) == 1
    assert hours_inside(night, datetime(2026, 3, 29, tzinfo=berlin), 23) == 0
    assert hours_inside(night, datetime(2026, 10, 25, tzinfo=berlin), 25) == 2


def test_a_whole_day_lasts_as_long_as_the_clocks_make_it() -> None:
    sunday = windows({"days": ["Sun"]})
    berlin = ZoneInfo("Europe/Berlin")
    assert hours_inside(sunday, datetime(2026, 3, 27, tzinfo=berlin), 96) == 23
    assert hours_inside(sunday, datetime(2026, 10, 23, tzinfo=berlin), 96) == 25


def test_a_day_that_the_zone_leaves_out_has_no_window() -> None:
    friday = windows({"days": ["Fri"]}, zone="Pacific/Apia")
    around = datetime(2011, 12, 29, tzinfo=ZoneInfo("Pacific/Apia"))
    assert hours_inside(friday, around, 72) == 0
    assert hours_inside(windows({"days": ["Thu"]}, zone="Pacific/Apia"), around, 72) == 24


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (windows({"from": "18:00", "until": "06:00"}), "time_windows: from has to lie before until"),
        (windows({"from": "18:00", "until": "18:00"}), "time_windows: from has to lie before until"),
        (windows({"until": "12:00"}, {"days": ["Wed"], "from": "11:59"}), "time_windows: two windows overlap on Wed"),
        (windows({"from": "24:01"}), "time_windows: '24:01' is not a time of day"),
        (windows({"from": "9:00"}), "time_windows: '9:00' is not a time of day"),
        (windows({"days": ["Foo"]}), "time_windows: days are Mon"),
        (windows(zone="Europe/Berlin"), "time_windows: one or more windows are needed"),
        (windows({}, zone="Mars/Olympus"), "time_windows: there is no time zone 'Mars/Olympus'"),
        (windows({}, zone="../etc"), "time_windows: there is no time zone"),
        ({"currency": ["EURO"]}, "currency: 'EURO' is not the ISO 4217 code"),
        ({"country": ["de"]}, "country: countries are two capital letters"),
        ({"basket_cents": -1}, "basket_cents: a whole number above 0"),
        ({"lapsed_days": True}, "lapsed_days: a whole number above 0"),
        ({"category_bought": [-1]}, "category_bought: category ids are whole numbers"),
        ({"first_order": False}, "first_order: only true is possible"),
        ({"all": []}, "all: a list of one or more"),
        ({"magic": 1}, "condition: there is no 'magic'"),
        ({"channel": ["a"], "intent": ["b"]}, "condition: every part is an object with one key"),
        ([], "condition: every part is an object with one key"),
        (
            {"all": [{"first_order": True}, {"not": {"lapsed_days": 0}}]},
            "all.1.not.lapsed_days: a whole number",
        ),
        ({"any": [{"first_order": True}, {"magic": 1}]}, "any.1: there is no 'magic'"),
        ({"all": [{"any": []}]}, "all.0.any: a list of one or more"),
        ({"segment": ["a" * 129]}, "segment: at most 1000 texts"),
        ({"any": [{"first_order": True}] * 100}, "condition: at most 8 levels and 100 parts"),
    ],
)
def test_what_is_no_condition_is_refused_in_one_line(condition: object, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        condition_from_json(condition)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_a_tree_has_a_depth() -> None:
    deep: dict[str, object] = {"first_order": True}
    for _ in range(7):
        deep = {"not": deep}
    assert refusal(condition_from_json(deep), Facts(order_count=1)) is None
    with pytest.raises(ValueError, match="at most 8 levels"):
        condition_from_json({"not": deep})


def test_categories_may_be_written_by_their_names() -> None:
    names = ("TEA", "MILK")
    written = {"any": [{"category_bought": ["MILK"]}, {"not": {"category_in_basket": ["MILK", "TEA"]}}]}
    read = condition_from_json(written, category_id=lambda name: names.index(str(name)))
    assert condition_to_json(read) == {"any": [{"category_bought": [1]}, {"not": {"category_in_basket": [0, 1]}}]}
    named = condition_to_json(read, category_name=names.__getitem__)
    assert condition_from_json(named, category_id=names.index) == read
    assert names_in(read) == {"category_bought", "category_in_basket"}
    with pytest.raises(ValueError, match=r"^any\.0\.category_bought: "):
        condition_from_json({"any": [{"category_bought": ["JAM"]}]}, category_id=lambda name: names.index(str(name)))


def test_windows_are_stored_as_they_were_read() -> None:
    read = condition_from_json(windows({"days": ["Sat", "Mon"], "from": "09:30"}, {"days": ["Sun"], "until": "12:00"}))
    assert condition_to_json(read) == windows(
        {"days": ["Mon", "Sat"], "from": "09:30", "until": "24:00"},
        {"days": ["Sun"], "from": "00:00", "until": "12:00"},
    )
