"""Learns from conversations: groups unanswered messages every night, trains what was accepted, rolls it out or not.

A training is due when other examples stand in the log than the bot was trained or tried with, and none was added for a
quiet while. The new model serves when no check falls (`training_command`); else the old one does, and the training says
why. Undoing a training lets the model before serve again and takes its examples out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Row

from common.clock import utc_now
from common.errors import Conflict, NotFound, ServiceError
from gateway.admin.language.training_files import TrainingFiles
from gateway.conversations.annotate import corrections
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.learn import suggestions, trainings
from gateway.learning.grouping import group_unanswered
from gateway.learning.help_questions import read_articles
from gateway.learning.learned_examples import LearnedExamples, keep_only, learned_examples
from gateway.learning.training_command import TrainingFailedError, run_training

logger = logging.getLogger(__name__)

AUTHOR = "nightly"
"""Who does what the gateway does by itself, in the audit log."""


class ServesModels(Protocol):
    """The bot: `clients.bot_client.BotClient`."""

    async def serving_model(self) -> str:
        """The archive of the model that serves."""
        ...

    async def serve_model(self, archive: str) -> None:
        """Let it serve another."""
        ...


class BotLearning:
    """Two tasks: the nightly grouping, and trainings."""

    def __init__(
        self,
        *,
        bot: ServesModels,
        log: ConversationLog,
        training: TrainingFiles,
        help_folders: tuple[Path, ...],
        folder: Path,
        command: str,
        hour: int | None,
        days: int,
        quiet_s: float,
        refresh_s: float,
    ) -> None:
        self._bot = bot
        self._log = log
        self._training = training
        self._help_folders = help_folders
        self._folder = folder
        self._command = command
        self._hour = hour
        self._days = days
        self._quiet_s = quiet_s
        self._refresh_s = refresh_s
        self._running = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin."""
        await self._log.write(partial(trainings.end_left_running, at=utc_now()))
        self._spawn(self._group_nightly(), "nightly grouping")
        if self._command:
            self._spawn(self._train_when_due(), "trainings")

    async def close(self) -> None:
        """Stop; a training that runs ends with it."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @property
    def can_train(self) -> bool:
        """Whether there is a command that trains."""
        return bool(self._command)

    def known_meanings(self) -> dict[str, str]:
        """What a suggestion may be accepted as, with its title: the intents of the training data, and help/ARTICLE.

        Raises Unavailable for training data that cannot be read.
        """
        titles = self._training.titles()
        found = {intent: titles.get(intent, "") for intent in self._training.examples()}
        return found | {f"help/{article_id}": title for article_id, (title, _) in self._articles().items()}

    async def group(self, entry: AuditEntry) -> int:
        """Group what was not answered anew; how many suggestions are open. Raises Unavailable."""
        return await group_unanswered(self._log, self._training, self._help_folders, days=self._days, entry=entry)

    async def begin_training(self, entry_of: Callable[..., AuditEntry]) -> None:
        """Train in the background with the examples of now.

        Raises Conflict (`no_training_command`, `training_running`, `nothing_to_train`).
        """
        if not self._command:
            raise Conflict("no_training_command", "No training command is set (PROMOBOT_TRAINING_COMMAND).")
        examples = await self._examples()
        newest = await self._log.read(partial(trainings.newest, state="live"))
        if examples.count == 0 and newest is None:
            raise Conflict("nothing_to_train", "No example was accepted yet.")
        self._reserve()
        self._spawn(self._train(examples, entry_of), "training")

    async def undo_training(self, training_id: int, entry: AuditEntry) -> list[int]:
        """Let the model before it serve again and take its examples out; the suggestions that are open again.

        Raises NotFound (`unknown_training`), Conflict (`training_running`, `not_live`), or Unavailable where the bot
        cannot load that model; then nothing changes.
        """
        row = await self._log.read(partial(trainings.newest, before=training_id + 1))
        if row is None or row.training_id != training_id:
            raise NotFound("unknown_training", "There is no such training.", field="training_id")
        live = await self._log.read(partial(trainings.newest, state="live"))
        if live is None or live.training_id != training_id:
            raise Conflict("not_live", "Only the training that serves can be undone.")
        self._reserve()
        try:
            await self._bot.serve_model(str(row.previous_model))
            earlier = await self._log.read(partial(trainings.newest, state="live", before=training_id))
            after = None if earlier is None else earlier.started_at

            def undo(connection: Any) -> list[int]:
                trainings.mark_undone(connection, training_id=training_id, entry=entry)
                taken = suggestions.accepted_between(connection, after, row.started_at)
                for suggestion_id in taken:
                    suggestions.reopen(connection, suggestion_id=suggestion_id, entry=_part_of(entry, suggestion_id))
                return taken

            reopened = await self._log.write(undo)
            await asyncio.to_thread(keep_only, self._folder, await self._examples())
            await asyncio.to_thread(_remove, row.model)
            return reopened
        finally:
            self._running = False

    async def look(self) -> None:
        """Keep files and bot in step with the log, and train if that is due. Raises ServiceError."""
        examples = await self._examples()
        await asyncio.to_thread(keep_only, self._folder, examples)
        newest = await self._log.read(trainings.newest)
        live = await self._log.read(partial(trainings.newest, state="live"))
        if self._running:
            return
        await self._serve_again(live)
        tried = {row.examples_hash for row in (newest, live) if row is not None}
        nothing = examples.count == 0 and live is None
        last = await self._log.read(corrections.latest_change)
        quiet = last is None or utc_now() - last >= timedelta(seconds=self._quiet_s)
        if examples.hash in tried or nothing or not quiet:
            return
        self._reserve()
        await self._train(examples, _entry)

    async def _serve_again(self, live: Row[Any] | None) -> None:
        """A bot that started with an older model gets the learned one; one that was trained since stays."""
        if live is None or not live.model:
            return
        serving = await self._bot.serving_model()
        if serving != live.model and await asyncio.to_thread(_is_newer, live.model, than=serving):
            await self._bot.serve_model(live.model)

    async def _train(self, examples: LearnedExamples, entry_of: Callable[..., AuditEntry]) -> None:
        try:
            training_id = await self._log.write(
                partial(
                    trainings.begin,
                    examples_hash=examples.hash,
                    example_count=examples.count,
                    entry=entry_of("training", "begin", examples=examples.count),
                )
            )
            try:
                ending = await self._trained(training_id, examples)
            except (TrainingFailedError, ServiceError, OSError) as error:
                ending = {"state": "failed", "message": str(error)}
            except BaseException:
                ending = {"state": "failed", "message": "It was ended before its time."}
                entry = entry_of("training", str(training_id), state="failed")
                await self._log.write(partial(trainings.end, training_id=training_id, entry=entry, **ending))
                raise
            entry = entry_of("training", str(training_id), state=ending["state"], message=ending["message"][:200])
            await self._log.write(partial(trainings.end, training_id=training_id, entry=entry, **ending))
        finally:
            self._running = False

    async def _trained(self, training_id: int, examples: LearnedExamples) -> dict[str, Any]:
        """Train, check, roll out or refuse; how it ended, for `trainings.end`."""
        candidate = self._folder / "candidate"
        await asyncio.to_thread(examples.write, candidate)
        before = await self._bot.serving_model()
        out = self._folder / "models" / str(training_id)
        trained = await run_training(self._command, examples=candidate, model=before, out=out)
        checks = [check.model_dump() for check in trained.checks]
        if refusal := trained.refusal:
            await asyncio.to_thread(_remove, trained.model)
            return {"state": "refused", "message": refusal, "checks": checks}
        await self._bot.serve_model(trained.model)
        await asyncio.to_thread(examples.write, self._folder)
        await asyncio.to_thread(_keep_models, self._folder / "models", trained.model, before)
        return {
            "state": "live", "message": "", "checks": checks, "model": trained.model, "previous_model": before,
        }  # fmt: skip

    async def _examples(self) -> LearnedExamples:
        rows = await self._log.read(corrections.newest)
        return learned_examples(rows, intents=self._training.examples().keys(), articles=self._articles().keys())

    def _articles(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        return dict(read_articles(self._help_folders))

    def _reserve(self) -> None:
        if self._running:
            raise Conflict("training_running", "A training runs already; one runs at a time.")
        self._running = True

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _group_nightly(self) -> None:
        if self._hour is None:
            return
        while True:
            await asyncio.sleep(seconds_until(self._hour, utc_now()))
            await _logged(self.group(_entry("suggest", "nightly")), "Unanswered messages were not grouped")

    async def _train_when_due(self) -> None:
        while True:
            await _logged(self.look(), "Learned examples cannot be looked after")
            await asyncio.sleep(self._refresh_s)


def seconds_until(hour: int, now: datetime) -> float:
    """To the next full hour of that name, UTC; a whole day where it has just begun."""
    at = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return ((at if at > now else at + timedelta(days=1)) - now).total_seconds()


def _is_newer(archive: str, *, than: str) -> bool:
    """Whether the archive is there, and newer than the other one, which may be gone."""
    file, other = Path(archive), Path(than)
    return file.is_file() and (not other.is_file() or other.stat().st_mtime < file.stat().st_mtime)


def _keep_models(folder: Path, *kept: str) -> None:
    """Remove the archives of earlier trainings: what they learned may have been erased since."""
    for archive in folder.glob("*/*.tar.gz"):
        if str(archive) not in kept:
            archive.unlink(missing_ok=True)


def _remove(archive: str) -> None:
    Path(archive).unlink(missing_ok=True)


async def _logged(work: Coroutine[Any, Any, Any], what: str) -> None:
    """Loops outlive what fails in them."""
    try:
        await work
    except ServiceError as error:
        logger.warning("%s: %s", what, error.message)
    except Exception:
        logger.exception("%s.", what)


def _entry(action: str, subject: str, **details: object) -> AuditEntry:
    return AuditEntry(name=AUTHOR, action=action, subject=subject, at=utc_now(), details=details)


def _part_of(entry: AuditEntry, suggestion_id: int) -> AuditEntry:
    return AuditEntry(name=entry.name, action="suggestion_reopen", subject=str(suggestion_id), at=entry.at)
