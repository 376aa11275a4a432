"""Sends shoppers who wait for a person their position in the queue, and that an admin has joined.

Admins take over in the console, perhaps at another gateway, so the queue is polled from the log; while nobody here
waits or is answered by an admin, it is not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial

from common.clock import utc_now
from common.errors import Unavailable
from gateway.chat import frames
from gateway.chat.channels import Channels, ConversationChannel
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.write import handover_rows

logger = logging.getLogger(__name__)


class HandoverQueue:
    """One task that compares the queue with what each channel was sent last."""

    def __init__(self, *, log: ConversationLog, channels: Channels, refresh_s: float) -> None:
        self._log = log
        self._channels = channels
        self._refresh_s = refresh_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to poll."""
        self._task = asyncio.create_task(self._run(), name="handover queue")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def state_of(self, channel: ConversationChannel) -> frames.Handover:
        """The state of a channel's shopper now."""
        return _state(channel, await self._log.read(partial(handover_rows.waiting_conversations, now=utc_now())))

    async def refresh(self) -> None:
        """Send every channel what has changed for it."""
        concerned = [channel for channel in self._channels.going_on() if _concerned(channel)]
        if not concerned:
            return
        queue: list[str] = await self._log.read(partial(handover_rows.waiting_conversations, now=utc_now()))
        for channel in concerned:
            state = _state(channel, queue)
            if state != channel.handover:
                channel.handover = state
                channel.send(frames.handover(state))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._refresh_s)
            try:
                await self.refresh()
            except Unavailable as error:
                logger.warning("The handover queue cannot be read: %s", error.message)


def _concerned(channel: ConversationChannel) -> bool:
    return channel.handover.state != "none" or channel.conversation.taken_by is not None


def _state(channel: ConversationChannel, queue: list[str]) -> frames.Handover:
    if channel.conversation.taken_by is not None:
        return frames.Handover("joined")
    if channel.conversation.conversation_id in queue:
        return frames.Handover("waiting", queue.index(channel.conversation.conversation_id) + 1)
    return frames.Handover()
