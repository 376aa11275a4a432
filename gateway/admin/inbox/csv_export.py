"""The filtered conversations as CSV."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import Any

from aiohttp import web

from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.inbox.conversation_requests import PAGE_LIMIT, FilterQuery
from gateway.conversations.audit import audit_log
from gateway.conversations.search import conversation_search
from gateway.conversations.search.conversation_search import TAG_KINDS

EXPORT_LIMIT = 100_000
"""Conversations in one CSV."""
COLUMNS = (
    "conversation_id", "customer_id", "channel", "started_at", "last_message_at", "message_count", "preview",
    "confidence", "fallback_count", "handed_over", "flagged", "taken_by",
)  # fmt: skip


async def export_conversations(request: web.Request, caller: Caller, query: FilterQuery) -> web.StreamResponse:
    """The filtered conversations as CSV.

    Written page after page, so that neither memory nor the log is held for long.
    """
    filters = query.filters()
    log = request.app[keys.LOG]
    entry = caller.entry("export", "conversations", **dict(request.query))
    await log.write(partial(audit_log.record, entry=entry))
    name = f"conversations-{entry.at:%Y%m%d-%H%M%S}.csv"
    response = web.StreamResponse(
        headers={"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    )
    await response.prepare(request)
    await response.write(_lines([[*COLUMNS, *TAG_KINDS]]))
    before, written = None, 0
    while written < EXPORT_LIMIT:
        page = await log.read(partial(conversation_search.page, filters=filters, before=before, limit=PAGE_LIMIT))
        if not page:
            break
        await response.write(_lines([_row(summary) for summary in page]))
        written += len(page)
        before = await log.read(partial(conversation_search.number_of, conversation_id=page[-1]["conversation_id"]))
    await response.write_eof()
    return response


def _row(summary: dict[str, Any]) -> list[Any]:
    return [
        *(summary[name] for name in COLUMNS),
        *("; ".join(summary["facets"][kind]) for kind in TAG_KINDS),
    ]


def _lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """A spreadsheet must not run what a shopper wrote: text that it would take for a formula gets a quote before it."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return "" if value is None else value
