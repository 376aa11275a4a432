"""What the sentiment reporter takes for a turn, and when it reports."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from common.errors import Unavailable
from gateway.chat.sentiment_reporter import MOST_TURNS, SentimentReporter

COMPLAINT = {"intent": {"name": "complaint"}, "sentiment": {"name": "angry"}}


class Engine:
    """Keeps the reports; the first `failures` of them fail."""

    def __init__(self, failures: int = 0) -> None:
        self.reports: asyncio.Queue[list[dict[str, str | None]]] = asyncio.Queue()
        self.failures = failures

    async def report_turns(self, turns: list[dict[str, str | None]]) -> None:
        self.reports.put_nowait(turns)
        if self.reports.qsize() <= self.failures:
            raise Unavailable("engine_unavailable", "down")


@pytest.mark.parametrize(
    "parse", [None, {}, {"intent": None}, {"intent": {"name": None}}, {"intent": "complaint"}, {"intent": {"name": ""}}]
)
async def test_what_has_no_intent_is_no_turn(parse: dict[str, Any] | None) -> None:
    reporter = SentimentReporter(engine=Engine())
    reporter.on_parse(parse)
    assert reporter.waiting == 0


async def test_turns_are_reported_together_in_the_engines_words() -> None:
    engine = Engine()
    reporter = SentimentReporter(engine=engine, every_s=0)
    reporter.start()
    reporter.on_parse(COMPLAINT)
    reporter.on_parse({"intent": {"name": "greet"}, "sentiment": {"name": "unheard of"}})
    assert await engine.reports.get() == [
        {"intent": "complaint", "sentiment": "negative"},
        {"intent": "greet", "sentiment": None},
    ]
    await reporter.close()
    assert (engine.reports.qsize(), reporter.waiting) == (0, 0)


async def test_a_report_that_fails_is_dropped_and_the_next_one_goes_out() -> None:
    engine = Engine(failures=1)
    reporter = SentimentReporter(engine=engine, every_s=0)
    reporter.start()
    for _ in range(2):
        reporter.on_parse(COMPLAINT)
        assert await engine.reports.get() == [{"intent": "complaint", "sentiment": "negative"}]
    await reporter.close()


async def test_turns_beyond_the_most_are_dropped() -> None:
    reporter = SentimentReporter(engine=Engine())
    for _ in range(MOST_TURNS + 1):
        reporter.on_parse(COMPLAINT)
    assert reporter.waiting == MOST_TURNS
