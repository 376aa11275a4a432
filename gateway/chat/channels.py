"""Conversations that go on now: who listens, and which messages wait for the bot.

A channel lives as long as a socket is in it or a turn is left to play; then it is forgotten, since the log has
everything. One task per channel plays its turns one after the other and ends when none is left.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from common.errors import TooMany
from gateway.chat.clean_text import mask_addresses
from gateway.chat.frames import ContextSent, Frame, Handover, forgotten, to_text
from gateway.conversations.records import Conversation
from gateway.metrics import Metrics

logger = logging.getLogger(__name__)


class Listener(Protocol):
    """A tab that is sent frames; `outbox.Outbox` is one."""

    def put(self, text: str, *, seq: int | None = None) -> None:
        """Send a frame; `seq` is a message's."""
        ...


@dataclass(frozen=True)
class Turn:
    """A message in the log that waits for the bot."""

    message_id: str
    client_message_id: str
    text: str
    payload: str | None
    """What the bot is sent instead of the text: the payload of the pressed button, whose title the text is, or what was
    written where the text is masked. None for any other free text."""
    sent_at: datetime
    """When the message went into the log: the day from which its "tomorrow" counts."""
    received_at: float
    """Seconds of the monotonic clock, of this run of the gateway."""
    recovered: bool = False
    """True if the last run of the gateway left it behind."""
    proactive: bool = False
    """True if the shopper wrote nothing: a proactive trigger, to which the bot may say nothing."""

    @property
    def masked(self) -> bool:
        """Whether the log keeps the text masked."""
        return self.payload is not None and self.payload != self.text and mask_addresses(self.payload) == self.text

    @property
    def pressed(self) -> bool:
        """Whether a button was pressed."""
        return self.payload is not None and not self.masked


@dataclass
class ConversationChannel:
    """One conversation that is going on."""

    conversation: Conversation
    """As the latest turn left it; turns replace it."""
    outboxes: set[Listener] = field(default_factory=set)
    waiting: deque[Turn] = field(default_factory=deque)
    """The first of them is being played."""
    reserved: int = 0
    """Messages that are being written to the log and count in the queue."""
    player: asyncio.Task[None] | None = None
    basket_cents: int | None = None
    """What the page last said of the shopper's basket."""
    page: ContextSent | None = None
    """What the page last said of where the shopper shops."""
    currency: str | None = None
    """Of the shopper's token, which the shop signed; it counts before the page's."""
    deleted: bool = False
    """The shopper has had everything deleted; nothing can be written any more."""
    handover: Handover = field(default_factory=Handover)
    """The state that was sent last."""

    def context(self) -> dict[str, Any]:
        """What a decision may know of where the shopper shops; unknown fields are left out."""
        of_page = {} if self.page is None else self.page.model_dump(exclude={"type"}, exclude_none=True)
        return of_page | ({} if self.currency is None else {"currency": self.currency})

    def send(self, frame: Frame, *, seq: int | None = None, but: Listener | None = None) -> None:
        """Send a frame to every tab, or to all the others."""
        text = to_text(frame)
        for outbox in self.outboxes:
            if outbox is not but:
                outbox.put(text, seq=seq)


class Channels:
    """All open channels. `play` handles one turn and never raises for what may happen to a turn."""

    def __init__(
        self, play: Callable[[ConversationChannel, Turn], Awaitable[None]], *, queue_limit: int, metrics: Metrics
    ) -> None:
        self._play = play
        self._queue_limit = queue_limit
        self._metrics = metrics
        self._channels: dict[str, ConversationChannel] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def join(self, conversation: Conversation, outbox: Listener) -> ConversationChannel:
        """Enter a conversation; if it is going on, its own state is newer than the one that was read."""
        channel = self._channels.setdefault(conversation.conversation_id, ConversationChannel(conversation))
        channel.outboxes.add(outbox)
        return channel

    def leave(self, channel: ConversationChannel, outbox: Listener) -> None:
        """Stop listening. Turns that wait are played all the same."""
        channel.outboxes.discard(outbox)
        self._forget_if_idle(channel)

    def reserve(self, channel: ConversationChannel) -> None:
        """Keep a place in the queue for a message on its way into the log. Raises TooMany (`too_many_messages`)."""
        if len(channel.waiting) + channel.reserved >= self._queue_limit:
            raise TooMany("too_many_messages", "Please wait for the answers to your last messages.")
        channel.reserved += 1

    def release(self, channel: ConversationChannel) -> None:
        """Give back a reserved place."""
        channel.reserved -= 1

    def enqueue(self, channel: ConversationChannel, turn: Turn) -> None:
        """Play the turn after those that wait."""
        channel.waiting.append(turn)
        self._metrics.queued_turns.inc()
        if channel.player is None:
            channel.player = asyncio.create_task(
                self._play_all(channel), name=f"turns of {channel.conversation.conversation_id}"
            )

    def going_on(self) -> list[ConversationChannel]:
        """All open channels."""
        return list(self._channels.values())

    def find(self, conversation_id: str) -> ConversationChannel | None:
        """The channel of a conversation that is going on."""
        return self._channels.get(conversation_id)

    def dismiss(self, conversation_id: str) -> None:
        """Send every tab of a conversation that it is deleted, and drop the channel."""
        channel = self._channels.pop(conversation_id, None)
        if channel is not None:
            channel.deleted = True
            channel.send(forgotten())

    def recover(self, conversation: Conversation, turn: Turn) -> None:
        """Play a turn that the last run left behind, whether or not anybody listens."""
        self.enqueue(self._channels.setdefault(conversation.conversation_id, ConversationChannel(conversation)), turn)

    async def close(self) -> None:
        """Stop playing. What is unanswered stays so in the log and is played at the next start."""
        players = [channel.player for channel in self._channels.values() if channel.player is not None]
        for player in players:
            player.cancel()
        await asyncio.gather(*players, return_exceptions=True)
        self._channels.clear()

    async def _play_all(self, channel: ConversationChannel) -> None:
        try:
            while channel.waiting:
                turn = channel.waiting[0]
                try:
                    await self._play(channel, turn)
                except Exception:
                    logger.exception("Turn %s of %s failed.", turn.message_id, channel.conversation.conversation_id)
                finally:
                    channel.waiting.popleft()
                    self._metrics.queued_turns.dec()
        finally:
            channel.player = None
            self._forget_if_idle(channel)

    def _forget_if_idle(self, channel: ConversationChannel) -> None:
        if not (channel.outboxes or channel.waiting or channel.reserved or channel.player):
            self._channels.pop(channel.conversation.conversation_id, None)
