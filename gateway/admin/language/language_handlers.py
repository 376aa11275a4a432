"""The language page: what the bot was unsure of, corrections, what it confuses, new phrases, training examples."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from aiohttp import web

from common.clock import utc_now
from common.errors import NotFound
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import Done, reply_of
from gateway.admin.audit_record import record
from gateway.admin.language.language_schemas import (
    Clusters,
    Confusions,
    ExampleBody,
    ExampleQuery,
    Examples,
    Inbox,
    InboxQuery,
    Intents,
    MeaningBody,
    TrainingDataQuery,
)
from gateway.admin.language.training_files import last_evaluation
from gateway.conversations.annotate import corrections
from gateway.conversations.read import transcripts
from gateway.learning import phrase_clusters, rasa_yaml

INBOX_CONVERSATIONS = 100
CLUSTER_CONVERSATIONS = 700


async def correct_message(request: web.Request, caller: Caller, body: MeaningBody) -> Done:
    """Say what a shopper's message really means. Raises NotFound (`unknown_message`)."""
    conversation_id, message_id = request.match_info["conversation_id"], request.match_info["message_id"]
    log = request.app[keys.LOG]
    read = await log.read(partial(corrections.find_text, conversation_id=conversation_id, message_id=message_id))
    if read is None:
        raise NotFound("unknown_message", "There is no such message of a shopper.", field="message_id")
    await log.write(
        partial(
            corrections.correct,
            conversation_id=conversation_id,
            message_id=message_id,
            read=read,
            meaning=body.meaning(read.text),
            entry=caller.entry("correct", conversation_id, message_id=message_id, intent=body.intent),
        )
    )
    return Done()


async def add_example(request: web.Request, caller: Caller, body: ExampleBody) -> Done:
    """Add a training example."""
    entry = caller.entry("add_example", body.intent)
    await request.app[keys.LOG].write(
        partial(corrections.add_example, text=body.text, meaning=body.meaning(body.text), entry=entry)
    )
    return Done()


async def remove_correction(request: web.Request, caller: Caller) -> Done:
    """Remove a correction, or an example that was added. Raises NotFound (`unknown_correction`)."""
    text = request.match_info["correction_id"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    entry = caller.entry("remove_correction", text)
    if not await request.app[keys.LOG].write(partial(corrections.remove, correction_id=number, entry=entry)):
        raise NotFound("unknown_correction", "There is no such correction.", field="correction_id")
    return Done()


async def show_inbox(request: web.Request, _caller: Caller, query: InboxQuery) -> Inbox:
    """Texts that the bot was unsure of, the newest first."""
    found = await _unsure_texts(request, below=query.below, conversations=INBOX_CONVERSATIONS)
    return reply_of(Inbox, {"messages": found[:INBOX_CONVERSATIONS]})


async def show_clusters(request: web.Request, _caller: Caller, query: InboxQuery) -> Clusters:
    """Groups of unsure texts that say about the same."""
    found = await _unsure_texts(request, below=query.below, conversations=CLUSTER_CONVERSATIONS)
    texts = [message["text"] for message in found]
    groups = await asyncio.to_thread(phrase_clusters.clusters, texts)
    return reply_of(
        Clusters,
        {
            "texts": min(len(texts), phrase_clusters.LIMIT),
            "clusters": [[found[index] for index in group] for group in groups],
        },
    )


async def _unsure_texts(request: web.Request, *, below: float, conversations: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await request.app[keys.LOG].read(
        partial(corrections.unsure_texts, below=below, conversations=conversations)
    )
    return found


async def show_confusions(request: web.Request, _caller: Caller) -> Confusions:
    """What was taken for what: by the corrections, and in the last `rasa test` if its report lies on disk."""
    settings = request.app[keys.SETTINGS]
    found = await request.app[keys.LOG].read(corrections.confusions)
    return reply_of(Confusions, {"corrections": found, "evaluation": last_evaluation(settings.rasa_results_dir)})


async def list_intents(request: web.Request, _caller: Caller) -> Intents:
    """Every intent with the number of its examples: in the files, and added here."""
    added = await request.app[keys.LOG].read(corrections.counts)
    trained = request.app[keys.TRAINING].examples()
    rows = [
        {"intent": name, "trained": len(trained.get(name, ())), "added": added.get(name, 0)}
        for name in sorted({*trained, *added})
    ]
    return reply_of(Intents, {"intents": rows})


async def list_examples(request: web.Request, _caller: Caller, query: ExampleQuery) -> Examples:
    """The examples of an intent: of the files, and those that were added here."""
    added = await request.app[keys.LOG].read(partial(corrections.newest, intent=query.intent))
    trained = request.app[keys.TRAINING].examples().get(query.intent, [])
    return reply_of(Examples, {"intent": query.intent, "trained": trained, "added": added})


async def export_training_data(request: web.Request, caller: Caller, query: TrainingDataQuery) -> web.Response:
    """Corrections and added examples as a file for data/nlu."""
    if query.conversation is None:
        found = await request.app[keys.LOG].read(corrections.newest)
    else:
        read = partial(corrections.of_conversation, conversation_id=query.conversation)
        found = await request.app[keys.LOG].read(read)
    name = f"corrections-{utc_now():%Y%m%d-%H%M%S}.yml"
    return await _file(request, caller, name, rasa_yaml.training_data(found))


async def export_story(request: web.Request, caller: Caller) -> web.Response:
    """A conversation as a test story. Raises NotFound (`unknown_conversation`)."""
    conversation_id = request.match_info["conversation_id"]
    log = request.app[keys.LOG]
    messages = await log.read(partial(transcripts.conversation_messages, conversation_id=conversation_id))
    if not messages:
        raise NotFound("unknown_conversation", "There is no such conversation.", field="conversation_id")
    meant = await log.read(partial(corrections.of_conversation, conversation_id=conversation_id))
    story = rasa_yaml.test_story(conversation_id, messages, meant)
    return await _file(request, caller, f"test_{conversation_id}.yml", story)


async def _file(request: web.Request, caller: Caller, name: str, content: str) -> web.Response:
    await record(request, caller.entry("export", name))
    return web.Response(
        text=content,
        content_type="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
