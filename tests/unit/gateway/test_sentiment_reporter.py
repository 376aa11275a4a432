"""What the sentiment reporter takes for a turn."""

from __future__ import annotations

from gateway.chat.sentiment_reporter import SentimentReporter


def test_what_is_no_parse_is_not_heard():
    reporter = SentimentReporter(engine=None)
    for parse in (None, {}, {"intent": None}, {"intent": {"name": None}}, {"intent": "complaint"}):
        reporter.on_parse(parse)
    assert reporter._turns == []
