"""GET /admin/api/conversations and what hangs on one: the transcript, decisions, tags, flags, notes, the CSV."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import Annotated, Any

from aiohttp import web
from pydantic import AwareDatetime, BeforeValidator, Field
from sqlalchemy import Connection

from common.bodies import Body, Query, path_segment, read_body, read_query
from common.errors import InvalidRequest, NotFound
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.conversations.annotate import corrections
from gateway.conversations.audit import admin_accounts, audit_log
from gateway.conversations.read import transcripts
from gateway.conversations.search import conversation_search
from gateway.conversations.search.conversation_search import FACET_KINDS, Filters

PAGE_LIMIT = 200
PAGE_DEFAULT = 50
TRANSCRIPT_LIMIT = 1000
TRANSCRIPT_DEFAULT = 100
"""Messages that one answer brings; the others are asked for as somebody scrolls up."""
EXPORT_LIMIT = 100_000
"""Conversations in one CSV."""

# Exactly digits: Python would also read 1_0, " 7" and other alphabets' numerals.
PageSize = Annotated[int, Field(ge=1, le=PAGE_LIMIT)]
Facet = Annotated[str, Field(max_length=128)]
Tag = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f,/][^\x00-\x1f\x7f,/]{0,39}$")]


def _plain_digits(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ValueError("has to be a number")
    return value


class FilterQuery(Query):
    """Filters as they stand in the address of the page, too."""

    q: Annotated[str, Field(max_length=200)] = ""
    started_from: AwareDatetime | None = None
    started_until: AwareDatetime | None = None
    customer: Annotated[str, Field(max_length=64)] | None = None
    channel: Annotated[str, Field(max_length=16)] | None = None
    confidence_below: Annotated[float, Field(ge=0, le=1)] | None = None
    fallback: bool | None = None
    handed_over: bool | None = None
    flagged: bool | None = None
    taken: bool | None = None
    intent: Facet | None = None
    sentiment: Facet | None = None
    offer: Facet | None = None
    outcome: Facet | None = None
    tag: Facet | None = None
    rating: Facet | None = None
    assigned: Facet | None = None
    policy: Facet | None = None
    """A version of the policy that decided in the conversation; `policy_line` is any version of a line."""
    policy_line: Facet | None = None

    def filters(self) -> Filters:
        """As the log takes them."""
        chosen = {kind: getattr(self, kind) for kind in FACET_KINDS}
        return Filters(
            search=self.q,
            customer_id=self.customer,
            facets={kind: value for kind, value in chosen.items() if value is not None},
            **{
                name: getattr(self, name)
                for name in ("started_from", "started_until", "channel", "confidence_below", "fallback", "handed_over",
                             "flagged", "taken")
            },
        )  # fmt: skip


class PageQuery(FilterQuery):
    """Which page of them: `before` is the `next_before` of the page before."""

    before: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[PageSize, BeforeValidator(_plain_digits)] = PAGE_DEFAULT


class TranscriptQuery(Query):
    """Which messages: the newest, those before one, or those from one on."""

    before_seq: Annotated[int, Field(ge=1), BeforeValidator(_plain_digits)] | None = None
    from_seq: Annotated[int, Field(ge=1), BeforeValidator(_plain_digits)] | None = None
    limit: Annotated[int, Field(ge=1, le=TRANSCRIPT_LIMIT), BeforeValidator(_plain_digits)] = TRANSCRIPT_DEFAULT


class FlagBody(Body):
    """Flagged or not."""

    flagged: bool


class AssigneeBody(Body):
    """Who looks after it; null is nobody."""

    name: Annotated[str, Field(min_length=1, max_length=64)] | None


class NoteBody(Body):
    """A note."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]


async def list_conversations(request: web.Request, _caller: Caller) -> web.Response:
    """A page of conversations, the latest started first; `next_before` asks for the next page."""
    query = read_query(request, PageQuery)
    before = None if query.before is None else await number_of(request, query.before, field="before")
    # One more than asked for tells whether there is a next page.
    found = await request.app[keys.LOG].read(
        partial(conversation_search.page, filters=query.filters(), before=before, limit=query.limit + 1)
    )
    page = found[: query.limit]
    return web.json_response(
        {"conversations": page, "next_before": page[-1]["conversation_id"] if len(found) > query.limit else None}
    )


async def show_conversation(request: web.Request, _caller: Caller) -> web.Response:
    """Messages with parse, actions, decision and outcome; the conversation's digest, notes and corrections."""
    conversation_id = request.match_info["conversation_id"]
    query = read_query(request, TranscriptQuery)
    if query.before_seq is not None and query.from_seq is not None:
        raise InvalidRequest("invalid_request", "before_seq and from_seq exclude each other.", field="from_seq")

    def read(connection: Connection) -> dict[str, Any] | None:
        digest = conversation_search.find_digest(connection, conversation_id)
        if digest is None:
            return None
        more_after = False
        if query.from_seq is not None:
            said, more_after = transcripts.messages_from(
                connection, conversation_id, from_seq=query.from_seq, limit=query.limit
            )
        else:
            said = transcripts.messages_before(
                connection, conversation_id, before_seq=query.before_seq, limit=query.limit
            )
        return {
            "conversation_id": conversation_id,
            "customer_id": digest["customer_id"],
            "digest": digest,
            "notes": audit_log.notes_of(connection, conversation_id),
            "corrections": corrections.of_conversation(connection, conversation_id),
            "messages": said,
            # Sequence numbers begin with 1 and have no gaps.
            "more_before": bool(said) and said[0]["seq"] > 1,
            "more_after": more_after,
        }

    found = await request.app[keys.LOG].read(read)
    if found is None:
        raise unknown_conversation("conversation_id")
    return web.json_response(found)


async def show_decision(request: web.Request, _caller: Caller) -> web.Response:
    """The whole decision behind an offer, from the engine."""
    return web.json_response(await request.app[keys.ENGINE].decision(path_segment(request, "decision_id")))


async def explain_decision(request: web.Request, _caller: Caller) -> web.Response:
    """What spoke for the chosen offer and against it, in words and by feature, from the engine."""
    return web.json_response(await request.app[keys.ENGINE].explanation(path_segment(request, "decision_id")))


async def list_facets(request: web.Request, _caller: Caller) -> web.Response:
    """The values one may filter by."""
    return web.json_response(await request.app[keys.LOG].read(conversation_search.facet_values))


async def pulse(request: web.Request, _caller: Caller) -> web.Response:
    """When anything was last said."""
    return web.json_response({"last_message_at": await request.app[keys.LOG].read(conversation_search.pulse)})


async def add_tag(request: web.Request, caller: Caller) -> web.Response:
    """PUT a tag."""
    return await _tag(request, caller, "add_tag")


async def remove_tag(request: web.Request, caller: Caller) -> web.Response:
    """DELETE a tag."""
    return await _tag(request, caller, "remove_tag")


class _TagBody(Body):
    tag: Tag


async def _tag(request: web.Request, caller: Caller, action: str) -> web.Response:
    conversation_id, tag = request.match_info["conversation_id"], request.match_info["tag"]
    try:
        _TagBody(tag=tag)
    except ValueError as error:
        raise InvalidRequest(
            "invalid_tag", "A tag is up to 40 characters without comma or slash.", field="tag"
        ) from error
    number = await number_of(request, conversation_id, field="conversation_id")
    write = audit_log.add_tag if action == "add_tag" else audit_log.remove_tag
    deed = caller.deed(action, conversation_id, tag=tag)
    await request.app[keys.LOG].write(partial(write, number=number, tag=tag, deed=deed))
    return web.json_response({})


async def set_flag(request: web.Request, caller: Caller) -> web.Response:
    """PUT the flag."""
    body = await read_body(request, FlagBody)
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    deed = caller.deed("flag" if body.flagged else "unflag", conversation_id)
    await request.app[keys.LOG].write(partial(audit_log.set_flag, number=number, flagged=body.flagged, deed=deed))
    return web.json_response({})


async def assign(request: web.Request, caller: Caller) -> web.Response:
    """PUT who looks after it. Raises NotFound (`unknown_admin`)."""
    body = await read_body(request, AssigneeBody)
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    log = request.app[keys.LOG]
    if body.name is not None and await log.read(partial(admin_accounts.find_admin, name=body.name)) is None:
        raise NotFound("unknown_admin", f"There is nobody named {body.name}.", field="name")
    deed = caller.deed("assign", conversation_id, to=body.name)
    await log.write(partial(audit_log.assign, number=number, to=body.name, deed=deed))
    return web.json_response({})


async def list_colleagues(request: web.Request, _caller: Caller) -> web.Response:
    """The names of those to whom a conversation may be given."""
    found = await request.app[keys.LOG].read(admin_accounts.list_admins)
    return web.json_response({"names": [one.name for one in found if one.disabled_at is None]})


async def add_note(request: web.Request, caller: Caller) -> web.Response:
    """POST a note."""
    body = await read_body(request, NoteBody)
    conversation_id = request.match_info["conversation_id"]
    await number_of(request, conversation_id, field="conversation_id")
    deed = caller.deed("note", conversation_id)
    await request.app[keys.LOG].write(
        partial(audit_log.add_note, conversation_id=conversation_id, text=body.text, deed=deed)
    )
    return web.json_response({}, status=201)


COLUMNS = (
    "conversation_id", "customer_id", "channel", "started_at", "last_message_at", "message_count", "preview",
    "confidence", "fallback_count", "handed_over", "flagged", "taken_by",
)  # fmt: skip


async def export(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The filtered conversations as CSV, page after page, so that neither memory nor the log is held for long."""
    filters = read_query(request, FilterQuery).filters()
    log = request.app[keys.LOG]
    deed = caller.deed("export", "conversations", **dict(request.query))
    await log.write(partial(audit_log.record, deed=deed))
    name = f"conversations-{deed.at:%Y%m%d-%H%M%S}.csv"
    response = web.StreamResponse(
        headers={"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": f'attachment; filename="{name}"'}
    )
    await response.prepare(request)
    await response.write(_lines([[*COLUMNS, *FACET_KINDS]]))
    before, written = None, 0
    while written < EXPORT_LIMIT:
        page = await log.read(partial(conversation_search.page, filters=filters, before=before, limit=PAGE_LIMIT))
        if not page:
            break
        rows = [
            [*(one[name] for name in COLUMNS), *("; ".join(one["facets"][kind]) for kind in FACET_KINDS)]
            for one in page
        ]
        await response.write(_lines(rows))
        written += len(page)
        before = await log.read(partial(conversation_search.number_of, conversation_id=page[-1]["conversation_id"]))
    await response.write_eof()
    return response


def _lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """A spreadsheet must not run what a shopper wrote: text that it would take for a formula gets a quote before it."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return "" if value is None else value


async def number_of(request: web.Request, conversation_id: str, *, field: str) -> int:
    """The conversation's number. Raises NotFound (`unknown_conversation`)."""
    number: int | None = await request.app[keys.LOG].read(
        partial(conversation_search.number_of, conversation_id=conversation_id)
    )
    if number is None:
        raise unknown_conversation(field)
    return number


def unknown_conversation(field: str) -> NotFound:
    """There is none."""
    return NotFound("unknown_conversation", "There is no such conversation.", field=field)
