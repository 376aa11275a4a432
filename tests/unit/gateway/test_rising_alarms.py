"""Alarms of the results page."""

from __future__ import annotations

from typing import Any

from gateway.admin.monitoring.results_handlers import rising_alarms


def test_an_alarm_needs_more_than_chance() -> None:
    def days(*counts: Any) -> Any:
        return [{"conversations": 50, "not_understood": count, "handed_over": 5} for count in counts]

    assert rising_alarms(days(*[5] * 14)) == []
    assert rising_alarms(days(*[5] * 7, *[7] * 7)) == []
    (alarm,) = rising_alarms(days(*[5] * 7, *[15] * 7))
    assert alarm["name"] == "fallbacks_rose"
    assert rising_alarms(days(40)) == []
