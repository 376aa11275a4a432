"""Conversations that are going on now: who listens, and which messages wait for the bot.

A room lives as long as a socket is in it or a turn is left to play; then it is forgotten, the log has everything. One
task per room plays its turns one after the other and ends when none is left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from common.errors import TooMany
from gateway.chat.frames import Frame, Handover, forgotten, to_text
from gateway.chat.outbox import Outbox
from gateway.conversations.records import Conversation
from gateway.metrics import Metrics

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """A message in the log that waits for the bot."""

    message_id: str
    client_message_id: str
    text: str
    payload: str | None
    """The pressed button's, whose title the text then is; None for free text."""
    sent_at: datetime
    """When the message went into the log: the day from which its "tomorrow" counts."""
    received_at: float
    """Seconds of the monotonic clock, of this run of the gateway."""
    recovered: bool = False
    """True if the last run of the gateway left it behind."""
    unasked: bool = False
    """True if the shopper wrote nothing: a moment on the page, which may end in silence."""


@dataclass
class Room:
    """One conversation that is going on."""

    conversation: Conversation
    """As the latest turn left it; turns replace it."""
    outboxes: set[Outbox] = field(default_factory=set)
    waiting: deque[Turn] = field(default_factory=deque)
    """The first of them is being played."""
    reserved: int = 0
    """Places in the queue of messages that are being written to the log."""
    player: asyncio.Task[None] | None = None
    basket_cents: int | None = None
    """What the page last said of the shopper's basket."""
    deleted: bool = False
    """The shopper has had everything deleted; nothing can be written any more."""
    handover: Handover = field(default_factory=Handover)
    """What the shopper was told last."""

    def tell(self, frame: Frame, *, seq: int | None = None, but: Outbox | None = None) -> None:
        """Send a frame to every tab, or to all the others."""
        text = to_text(frame)
        for outbox in self.outboxes:
            if outbox is not but:
                outbox.put(text, seq=seq)


class Rooms:
    """All of them. `play` handles one turn and never raises for what may happen to a turn."""

    def __init__(self, play: Callable[[Room, Turn], Awaitable[None]], *, queue_limit: int, metrics: Metrics) -> None:
        self._play = play
        self._queue_limit = queue_limit
        self._metrics = metrics
        self._rooms: dict[str, Room] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def join(self, conversation: Conversation, outbox: Outbox) -> Room:
        """Enter a conversation; if it is going on, its own state is newer than the one that was read."""
        room = self._rooms.setdefault(conversation.conversation_id, Room(conversation))
        room.outboxes.add(outbox)
        return room

    def leave(self, room: Room, outbox: Outbox) -> None:
        """Stop listening. Turns that wait are played all the same."""
        room.outboxes.discard(outbox)
        self._forget_if_idle(room)

    def reserve(self, room: Room) -> None:
        """Keep a place in the queue for a message on its way into the log. Raises TooMany (`too_many_messages`)."""
        if len(room.waiting) + room.reserved >= self._queue_limit:
            raise TooMany("too_many_messages", "Please wait for the answers to your last messages.")
        room.reserved += 1

    def release(self, room: Room) -> None:
        """Give back a reserved place."""
        room.reserved -= 1

    def enqueue(self, room: Room, turn: Turn) -> None:
        """Play the turn after those that wait."""
        room.waiting.append(turn)
        self._metrics.queued_turns.inc()
        if room.player is None:
            room.player = asyncio.create_task(
                self._play_all(room), name=f"turns of {room.conversation.conversation_id}"
            )

    def going_on(self) -> list[Room]:
        """All of them, as they are now."""
        return list(self._rooms.values())

    def find(self, conversation_id: str) -> Room | None:
        """The room of a conversation that is going on."""
        return self._rooms.get(conversation_id)

    def dismiss(self, conversation_id: str) -> None:
        """Tell everybody in a conversation that it is deleted, and forget it."""
        room = self._rooms.pop(conversation_id, None)
        if room is not None:
            room.deleted = True
            room.tell(forgotten())

    def recover(self, conversation: Conversation, turn: Turn) -> None:
        """Play a turn that the last run left behind, whether or not anybody listens."""
        self.enqueue(self._rooms.setdefault(conversation.conversation_id, Room(conversation)), turn)

    async def close(self) -> None:
        """Stop playing. What is unanswered stays so in the log and is played at the next start."""
        players = [room.player for room in self._rooms.values() if room.player is not None]
        for player in players:
            player.cancel()
        await asyncio.gather(*players, return_exceptions=True)
        self._rooms.clear()

    async def _play_all(self, room: Room) -> None:
        try:
            while room.waiting:
                turn = room.waiting[0]
                try:
                    await self._play(room, turn)
                except Exception:
                    logger.exception("Turn %s of %s failed.", turn.message_id, room.conversation.conversation_id)
                finally:
                    room.waiting.popleft()
                    self._metrics.queued_turns.dec()
        finally:
            room.player = None
            self._forget_if_idle(room)

    def _forget_if_idle(self, room: Room) -> None:
        if not (room.outboxes or room.waiting or room.reserved or room.player):
            self._rooms.pop(room.conversation.conversation_id, None)
