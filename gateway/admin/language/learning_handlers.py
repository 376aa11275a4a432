"""Suggestions from unanswered messages, and trainings with those that were accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from common.errors import Conflict, InvalidRequest, NotFound
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import Done, reply_of
from gateway.admin.language.learning_schemas import (
    AcceptanceBody,
    OpenSuggestions,
    Suggestions,
    SuggestionsQuery,
    Trainings,
    Undone,
)
from gateway.conversations.learn import suggestions, trainings

LISTED = 100
TRAININGS = 10


async def list_suggestions(request: web.Request, _caller: Caller, query: SuggestionsQuery) -> Suggestions:
    """Groups of messages that were not answered, each with what it may mean."""
    meanings = request.app[keys.LEARNING].known_meanings()
    found = await request.app[keys.LOG].read(partial(suggestions.listed, state=query.state, limit=LISTED))
    rows = [
        row | {"proposed": _named(row["proposed"], meanings), "chosen": _named(row["chosen"], meanings)}
        for row in found
    ]
    listed = [_named(meaning, meanings) for meaning in sorted(meanings)]
    return reply_of(Suggestions, {"suggestions": rows, "meanings": listed})


async def group_now(request: web.Request, caller: Caller) -> OpenSuggestions:
    """Group the messages that were not answered anew, as every night."""
    count = await request.app[keys.LEARNING].group(caller.entry("suggest", "all"))
    return OpenSuggestions(open=count)


async def accept_suggestion(request: web.Request, caller: Caller, body: AcceptanceBody) -> Done:
    """Make a group's messages examples of an intent or a help article.

    Raises NotFound (`unknown_suggestion`), Conflict (`decided`), InvalidRequest for a meaning that the bot has not.
    """
    if body.meaning not in request.app[keys.LEARNING].known_meanings():
        raise InvalidRequest("unknown_meaning", "The bot has no such intent or help article.", field="meaning")
    await _decide(request, caller, "suggestion_accept", partial(suggestions.accept, chosen=body.meaning), body.meaning)
    return Done()


async def dismiss_suggestion(request: web.Request, caller: Caller) -> Done:
    """Set a group aside. Raises NotFound (`unknown_suggestion`), Conflict (`decided`)."""
    await _decide(request, caller, "suggestion_dismiss", suggestions.dismiss)
    return Done()


async def reopen_suggestion(request: web.Request, caller: Caller) -> Done:
    """Take a decision back, and its examples out. Raises NotFound (`unknown_suggestion`), Conflict (`undecided`)."""
    await _decide(request, caller, "suggestion_reopen", suggestions.reopen)
    return Done()


async def list_trainings(request: web.Request, _caller: Caller) -> Trainings:
    """The last trainings with accepted examples."""
    found = await request.app[keys.LOG].read(partial(trainings.listed, limit=TRAININGS))
    live = await request.app[keys.LOG].read(partial(trainings.newest, state="live"))
    serving = None if live is None else live.training_id
    rows = [row | {"can_undo": row["training_id"] == serving} for row in found]
    return reply_of(Trainings, {"can_train": request.app[keys.LEARNING].can_train, "trainings": rows})


async def start_training(request: web.Request, caller: Caller) -> Done:
    """Train now with what was accepted. Raises Conflict, see `BotLearning.begin_training`."""
    await request.app[keys.LEARNING].begin_training(caller.entry)
    return Done()


async def undo_training(request: web.Request, caller: Caller) -> Undone:
    """Let the model before serve again, and take the training's examples out.

    Raises NotFound (`unknown_training`), Conflict (`not_live`, `training_running`), Unavailable.
    """
    training_id = _number(request, "training_id")
    entry = caller.entry("training_undo", str(training_id))
    return Undone(reopened=await request.app[keys.LEARNING].undo_training(training_id, entry))


async def _decide(
    request: web.Request, caller: Caller, action: str, decide: Callable[..., bool], meaning: str | None = None
) -> None:
    suggestion_id = _number(request, "suggestion_id")
    details = {} if meaning is None else {"meaning": meaning}
    entry = caller.entry(action, str(suggestion_id), **details)
    if await request.app[keys.LOG].write(partial(decide, suggestion_id=suggestion_id, entry=entry)):
        return
    row = await request.app[keys.LOG].read(partial(suggestions.find, suggestion_id=suggestion_id))
    if row is None:
        raise NotFound("unknown_suggestion", "There is no such suggestion (any more).", field="suggestion_id")
    if row.state == "open":
        raise Conflict("undecided", "Nothing was decided about this suggestion.")
    raise Conflict("decided", f"{row.decided_by} has {row.state} this suggestion.")


def _number(request: web.Request, name: str) -> int:
    """The number in the path; 0, which nothing has, for anything else."""
    text = request.match_info[name]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _named(meaning: str | None, meanings: Mapping[str, str]) -> dict[str, Any] | None:
    return None if meaning is None else {"meaning": meaning, "title": meanings.get(meaning, "")}
