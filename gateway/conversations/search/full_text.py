"""Full-text search over messages: how text becomes words, and where a message stands in the index.

SQLite has FTS5, PostgreSQL a column of words; both get the same words, so both find the same. Chinese has no spaces:
each of its characters is a word, and characters that stand together in a search are a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

SEQ_BITS = 20
"""Lowest bits of a position in the index: a message's seq. The rest is the conversation's number, so that the index
holds conversations in the order of the list, and the messages of each together."""
SEQ_LIMIT = 1 << SEQ_BITS
MAX_SEARCH_WORDS = 12

_ideographs = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_word = re.compile(rf"[{_ideographs}]|[^\W_{_ideographs}]+")

# FTS5 keeps no copy of the text, so it has to be told the words that it shall forget.
_remove = {
    "sqlite": text("INSERT INTO message_search(message_search, rowid, words) VALUES ('delete', :place, :words)"),
    "postgresql": text("DELETE FROM message_search WHERE place = :place"),
}
_add = {
    "sqlite": text("INSERT INTO message_search(rowid, words) VALUES (:place, :words)"),
    "postgresql": text("INSERT INTO message_search(place, words) VALUES (:place, to_tsvector('simple', :words))"),
}


def tokenize(written: str) -> list[str]:
    """The words of a text, normalised: NFKC and case-folded."""
    return _word.findall(unicodedata.normalize("NFKC", written).casefold())


def position_of(number: int, seq: int) -> int:
    """The position of a message in the index."""
    return number << SEQ_BITS | min(seq, SEQ_LIMIT - 1)


def index_messages(connection: Connection, messages: Iterable[tuple[int, int, str]]) -> None:
    """Make messages (number of their conversation, seq, text) findable."""
    if rows := _rows(messages):
        connection.execute(_add[connection.dialect.name], rows)


def unindex_messages(connection: Connection, messages: Iterable[tuple[int, int, str]]) -> None:
    """Take messages (number of their conversation, seq, text) out of the index again."""
    if rows := _rows(messages):
        connection.execute(_remove[connection.dialect.name], rows)


def purge_removed(connection: Connection) -> None:
    """Let no word of removed messages stand in the index's files: FTS5 strikes words out and drops them when it merges.

    Writes the whole index anew, which takes a second for some hundred thousand messages.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO message_search(message_search) VALUES ('optimize')"))


def _rows(messages: Iterable[tuple[int, int, str]]) -> list[dict[str, Any]]:
    return [
        {"place": position_of(number, seq), "words": " ".join(words)}
        for number, seq, written in messages
        if (words := tokenize(written)) and seq < SEQ_LIMIT
    ]


def match_expression(search: str, dialect: str) -> str | None:
    """What to ask the index for: every word of the search, in any order, its last one perhaps not finished.

    None if there is no word in it.
    """
    phrases = [words for chunk in search.split() if (words := tokenize(chunk))][:MAX_SEARCH_WORDS]
    if not phrases:
        return None
    if dialect == "postgresql":
        return " & ".join(" <-> ".join(words) for words in phrases) + (":*" if _unfinished(phrases[-1]) else "")
    quoted = ['"' + " ".join(words) + '"' for words in phrases]
    return " ".join(quoted) + ("*" if _unfinished(phrases[-1]) else "")


def _unfinished(phrase: list[str]) -> bool:
    """Whether the last word may continue: two letters begin too many words, and an ideograph is complete."""
    return len(phrase) == 1 and len(phrase[0]) >= 3
