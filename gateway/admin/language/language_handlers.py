"""The language page: what the bot was unsure of, corrections, what it confuses, new phrases, training examples."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from common.bodies import Body, Query, read_body, read_query
from common.clock import utc_now
from common.errors import InvalidRequest, NotFound
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.admin.language import phrase_clusters, rasa_yaml
from gateway.admin.language.training_files import last_evaluation
from gateway.conversations.annotate import corrections
from gateway.conversations.annotate.corrections import Meaning
from gateway.conversations.audit import audit_log
from gateway.conversations.read import transcripts

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_/-]{0,63}$")]
INBOX_CONVERSATIONS = 100
CLUSTER_CONVERSATIONS = 700


class EntityBody(Body):
    """Some words of the text, and the value they stand for where that is another."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    entity: Name
    value: Annotated[str, Field(max_length=200)] | None = None


class MeaningBody(Body):
    """What a text means."""

    intent: Name
    entities: Annotated[list[EntityBody], Field(max_length=20, default_factory=list)]

    def meaning(self, text: str) -> Meaning:
        """As the log takes it. Raises InvalidRequest for entities that do not lie in the text, or over each other."""
        place = 0
        ordered = sorted(self.entities, key=lambda one: one.start)
        for one in ordered:
            if not place <= one.start < one.end <= len(text):
                raise InvalidRequest(
                    "invalid_request", "Entities have to lie in the text, one after the other.", field="entities"
                )
            place = one.end
        return Meaning(self.intent, [one.model_dump(exclude_none=True) for one in ordered])


class ExampleBody(MeaningBody):
    """A new training example."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class InboxQuery(Query):
    """Up to which confidence the bot was unsure."""

    below: Annotated[float, Field(gt=0, le=1)] = 0.6


class ExampleQuery(Query):
    """Of which intent."""

    intent: Name


class ExportQuery(Query):
    """Corrections of one conversation, or all."""

    conversation: Annotated[str, Field(max_length=64)] | None = None


async def correct_message(request: web.Request, caller: Caller) -> web.Response:
    """PUT what a shopper's message really means."""
    body = await read_body(request, MeaningBody)
    conversation_id, message_id = request.match_info["conversation_id"], request.match_info["message_id"]

    log = request.app[keys.LOG]
    read = await log.read(partial(corrections.find_text, conversation_id=conversation_id, message_id=message_id))
    if read is None:
        raise NotFound("unknown_message", "There is no such message of a shopper.", field="message_id")
    meaning = body.meaning(read.text)
    deed = caller.deed("correct", conversation_id, message_id=message_id, intent=body.intent)
    await log.write(
        partial(
            corrections.correct,
            conversation_id=conversation_id,
            message_id=message_id,
            read=read,
            meaning=meaning,
            deed=deed,
        )
    )
    return web.json_response({})


async def add_example(request: web.Request, caller: Caller) -> web.Response:
    """POST a training example."""
    body = await read_body(request, ExampleBody)
    deed = caller.deed("add_example", body.intent)
    await request.app[keys.LOG].write(
        partial(corrections.add_example, text=body.text, meaning=body.meaning(body.text), deed=deed)
    )
    return web.json_response({}, status=201)


async def remove(request: web.Request, caller: Caller) -> web.Response:
    """DELETE a correction or an example that was added."""
    text = request.match_info["correction_id"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    deed = caller.deed("remove_correction", text)
    if not await request.app[keys.LOG].write(partial(corrections.remove, correction_id=number, deed=deed)):
        raise NotFound("unknown_correction", "There is no such correction.", field="correction_id")
    return web.json_response({})


async def inbox(request: web.Request, _caller: Caller) -> web.Response:
    """Texts that the bot was unsure of, the newest first."""
    below = read_query(request, InboxQuery).below
    found = await request.app[keys.LOG].read(
        partial(corrections.unsure_texts, below=below, conversations=INBOX_CONVERSATIONS)
    )
    return web.json_response({"messages": found[:INBOX_CONVERSATIONS]})


async def clusters(request: web.Request, _caller: Caller) -> web.Response:
    """Groups of unsure texts that say about the same."""
    below = read_query(request, InboxQuery).below
    found = await request.app[keys.LOG].read(
        partial(corrections.unsure_texts, below=below, conversations=CLUSTER_CONVERSATIONS)
    )
    texts = [one["text"] for one in found]
    groups = await asyncio.to_thread(phrase_clusters.clusters, texts)
    return web.json_response(
        {
            "texts": min(len(texts), phrase_clusters.LIMIT),
            "clusters": [[found[place] for place in group] for group in groups],
        }
    )


async def confusions(request: web.Request, _caller: Caller) -> web.Response:
    """What was taken for what: by the corrections, and in the last `rasa test` if its report lies on disk."""
    settings = request.app[keys.SETTINGS]
    found = await request.app[keys.LOG].read(corrections.confusions)
    return web.json_response({"corrections": found, "evaluation": last_evaluation(settings.rasa_results_dir)})


async def intents(request: web.Request, _caller: Caller) -> web.Response:
    """Every intent with the examples it is trained on, and those that were added here."""
    added = await request.app[keys.LOG].read(corrections.counts)
    trained = request.app[keys.TRAINING].examples()
    rows = [
        {"intent": name, "trained": len(trained.get(name, ())), "added": added.get(name, 0)}
        for name in sorted({*trained, *added})
    ]
    return web.json_response({"intents": rows})


async def examples(request: web.Request, _caller: Caller) -> web.Response:
    """The examples of an intent: of the files, and those that were added here."""
    intent = read_query(request, ExampleQuery).intent
    added = await request.app[keys.LOG].read(partial(corrections.listed, intent=intent))
    trained = request.app[keys.TRAINING].examples().get(intent, [])
    return web.json_response({"intent": intent, "trained": trained, "added": added})


async def export_training_data(request: web.Request, caller: Caller) -> web.Response:
    """Corrections and added examples as a file for data/nlu."""
    only = read_query(request, ExportQuery).conversation
    read = corrections.listed if only is None else partial(corrections.of_conversation, conversation_id=only)
    found: list[dict[str, Any]] = await request.app[keys.LOG].read(read)
    return await _file(request, caller, f"corrections-{utc_now():%Y%m%d-%H%M%S}.yml", rasa_yaml.training_data(found))


async def export_story(request: web.Request, caller: Caller) -> web.Response:
    """The conversation as a test story. Raises NotFound (`unknown_conversation`)."""
    conversation_id = request.match_info["conversation_id"]
    log = request.app[keys.LOG]
    messages = await log.read(partial(transcripts.conversation_messages, conversation_id=conversation_id))
    if not messages:
        raise NotFound("unknown_conversation", "There is no such conversation.", field="conversation_id")
    meant = await log.read(partial(corrections.of_conversation, conversation_id=conversation_id))
    story = rasa_yaml.test_story(conversation_id, messages, meant)
    return await _file(request, caller, f"test_{conversation_id}.yml", story)


async def _file(request: web.Request, caller: Caller, name: str, content: str) -> web.Response:
    await request.app[keys.LOG].write(partial(audit_log.record, deed=caller.deed("export", name)))
    return web.Response(
        text=content,
        content_type="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
