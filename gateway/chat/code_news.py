"""Lets the bot tell a shopper that the code they were told to wait for is there, or will never be.

The engine knows which codes a shop has still to make, and gives each piece of news once a minute until the bot has told
it. Nobody is interrupted: while a person answers or is waited for, and while the bot is busy, the news waits too. A
shopper who has left finds the message when they come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from functools import partial
from typing import Any, Protocol

from common.clock import utc_now
from common.errors import ServiceError
from gateway.chat.bot_messages import new_message_id
from gateway.chat.channels import Channels, Turn
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.read import transcripts
from gateway.conversations.write import handover_rows

logger = logging.getLogger(__name__)


class HasCodeNews(Protocol):
    """Where news comes from: `clients.engine_client.EngineClient`."""

    async def claim_code_news(self) -> list[dict[str, Any]]:
        """Whom to tell now."""
        ...

    async def drop_code_news(self, decision_id: str) -> None:
        """Tell nobody of this decision's code."""
        ...


class CodeNews:
    """One task that asks for news every few seconds."""

    def __init__(self, *, engine: HasCodeNews, log: ConversationLog, channels: Channels, refresh_s: float) -> None:
        self._engine = engine
        self._log = log
        self._channels = channels
        self._refresh_s = refresh_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="code news")

    async def close(self) -> None:
        """Stop; what is left comes again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def tell(self) -> None:
        """Tell what is new. Raises ServiceError if engine or log do not answer."""
        for news in await self._engine.claim_code_news():
            await self._tell(news["conversation_id"], news["decision_id"])

    async def _tell(self, conversation_id: str, decision_id: str) -> None:
        conversation = await self._log.read(partial(transcripts.find_conversation, conversation_id=conversation_id))
        if conversation is None:
            await self._engine.drop_code_news(decision_id)
            return
        queue = await self._log.read(partial(handover_rows.waiting_conversations, now=utc_now()))
        channel = self._channels.find(conversation_id)
        if conversation.taken_by is not None or conversation_id in queue:
            return
        if channel is not None and (channel.waiting or channel.reserved):
            return
        payload = "/code_settled" + json.dumps({"decision_id": decision_id})
        turn = Turn(
            message_id=new_message_id(),
            client_message_id="",
            text=payload,
            payload=payload,
            sent_at=utc_now(),
            received_at=time.monotonic(),
            proactive=True,
        )
        self._channels.recover(conversation, turn)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._refresh_s)
            try:
                await self.tell()
            except ServiceError as error:
                logger.warning("News of codes cannot be told, trying again: %s", error.message)
