"""Pages, filters and full-text search over a filled log, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from gateway.conversations.conversation_log import ConversationLog, open_log
from gateway.conversations.index.index_updates import catch_up
from gateway.conversations.search import conversation_search
from gateway.conversations.search.conversation_search import Filters
from gateway.metrics import Metrics
from tools.testbed.filled_log import fill

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
async def filled(database_url: str) -> Any:
    """A log from before the console, which is caught up with when it is opened; its conversations, newest first."""
    async with open_log(database_url, Metrics()) as log:
        await log.write(partial(fill, message_count=1600, seed=5, until=NOW))
        while await log.write(catch_up):
            pass
        yield log


async def numbers(log: ConversationLog, filters: Filters, limit: int = 7) -> Any:
    """All the pages of a list, one after the other."""
    found, before = [], None
    while page := await log.read(partial(conversation_search.page, filters=filters, before=before, limit=limit)):
        assert len(page) <= limit
        found += page
        before = await log.read(partial(conversation_search.number_of, conversation_id=page[-1]["conversation_id"]))
    return found


async def test_pages_hold_every_conversation_once_the_newest_first(filled: ConversationLog) -> None:
    found = await numbers(filled, Filters())
    assert len(found) == len({row["conversation_id"] for row in found}) == 200
    assert [row["started_at"] for row in found] == sorted((row["started_at"] for row in found), reverse=True)


async def test_filters_and_search_find_what_looking_at_each_conversation_finds(filled: ConversationLog) -> None:
    everything = await numbers(filled, Filters(), limit=200)
    wanted = [
        row["conversation_id"]
        for row in everything
        if "complain" in row["facets"]["intent"] and row["handed_over"] and "accepted" not in row["facets"]["outcome"]
    ]
    found = await numbers(filled, Filters(handed_over=True, tags={"intent": "complain", "sentiment": "angry"}))
    assert [row["conversation_id"] for row in found if "accepted" not in row["facets"]["outcome"]] == wanted
    searched = await numbers(filled, Filters(search="FROZEN pizza broken", tags={"intent": "complain"}))
    assert searched
    assert all("frozen pizza arrives broken" in row["hit"] for row in searched)
    assert [row["started_at"] for row in searched] == sorted((row["started_at"] for row in searched), reverse=True)
    assert await numbers(filled, Filters(search="frozen unheardof")) == []


async def test_search_knows_unfinished_words_chinese_and_takes_nothing_for_syntax(filled: ConversationLog) -> None:
    refunds = {row["conversation_id"] for row in await numbers(filled, Filters(search="refund"))}
    assert {row["conversation_id"] for row in await numbers(filled, Filters(search="refu"))} >= refunds
    assert refunds
    assert all("成都" in row["hit"] for row in await numbers(filled, Filters(search="成都")))
    assert await numbers(filled, Filters(search="成都"))
    for syntax in ('"', "a AND", "NEAR(", "words:x", "x*y", "-x", "' OR 1=1", "!&|", "()", "\x00"):
        await numbers(filled, Filters(search=syntax))
