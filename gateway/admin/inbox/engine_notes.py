"""Tags conversations with what the engine knows: the policy that decided in them, and redeemed codes.

The engine decides during the chat, and codes are used at a checkout days later. Notes are read from where the last run
stopped; reading a note twice changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection, select

from common.errors import ServiceError
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.index.index_updates import note_tags
from gateway.conversations.read import conversation_counts
from gateway.conversations.schema.admin_tables import conversation_index

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 10.0
DECISIONS, REDEMPTIONS = "decisions", "redemptions"
BEGINNING = "1970-01-03T00:00:00Z"


class HasNotes(Protocol):
    """Where notes come from: `clients.engine_client.EngineClient`."""

    async def decision_notes(self, *, after: str) -> dict[str, Any]:
        """A page of decisions after one of them."""
        ...

    async def redemption_notes(self, *, since: str) -> dict[str, Any]:
        """A page of redemptions from a time on."""
        ...


class EngineNotes:
    """One task that reads notes every few seconds."""

    def __init__(self, *, engine: HasNotes, log: ConversationLog) -> None:
        self._engine = engine
        self._log = log
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="engine notes")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self.take_in()
            except ServiceError as error:
                logger.warning("The engine's notes cannot be read: %s", error.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def take_in(self) -> None:
        """Read all new notes. Raises ServiceError if engine or log do not answer."""
        more = True
        while more:
            after = await self._log.read(partial(conversation_counts.find_cursor, name=DECISIONS))
            notes = await self._engine.decision_notes(after=after)
            found = [
                (note["conversation_id"], (("policy", str(note["policy_version"])), ("policy_line", str(note["line"]))))
                for note in notes["decisions"]
            ]
            last = notes["decisions"][-1]["decision_id"] if notes["decisions"] else None
            await self._keep(DECISIONS, last, found)
            more = notes["more"]
        more = True
        while more:
            since = await self._log.read(partial(conversation_counts.find_cursor, name=REDEMPTIONS)) or BEGINNING
            notes = await self._engine.redemption_notes(since=since)
            redeemed = [(note["conversation_id"], (("outcome", "redeemed"),)) for note in notes["redemptions"]]
            last = notes["redemptions"][-1]["redeemed_at"] if notes["redemptions"] else None
            await self._keep(REDEMPTIONS, None if last == since else last, redeemed)
            more = notes["more"] and last != since

    async def _keep(
        self, name: str, last: str | None, found: Sequence[tuple[str, tuple[tuple[str, str], ...]]]
    ) -> None:
        if last is None:
            return

        def write(connection: Connection) -> None:
            ids = {conversation_id for conversation_id, _ in found}
            rows: Any = connection.execute(
                select(conversation_index.c.conversation_id, conversation_index.c.number).where(
                    conversation_index.c.conversation_id.in_(ids)
                )
            )
            numbers = {row.conversation_id: row.number for row in rows}
            for conversation_id, its_tags in found:
                if conversation_id in numbers:
                    note_tags(connection, numbers[conversation_id], its_tags)
            conversation_counts.move_cursor(connection, name=name, value=last)

        await self._log.write(write)
