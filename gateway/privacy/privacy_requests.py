"""Does the gateway's part of requests about privacy, which the engine records and keeps until this is done.

Doing a part twice changes nothing, so that a request is done however often gateway or engine stop in between. Each one
is written into the audit log, under the request's id: no name of the person is left there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from common.clock import utc_now
from common.errors import ServiceError
from gateway.chat.channels import Channels
from gateway.conversations.audit import audit_log
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.erase import erasure
from gateway.privacy.conversation_export import export_conversations

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 10.0


class HasPrivacyRequests(Protocol):
    """Where requests come from: `clients.engine_client.EngineClient`."""

    async def privacy_requests(self) -> list[dict[str, Any]]:
        """Requests of which the gateway has not done its part."""
        ...

    async def finish_privacy_request(self, request_id: str, *, conversations: dict[str, Any] | None) -> None:
        """Report that the gateway's part is done."""
        ...


class PrivacyRequests:
    """One task that asks for requests every few seconds."""

    def __init__(self, *, engine: HasPrivacyRequests, log: ConversationLog, channels: Channels) -> None:
        self._engine = engine
        self._log = log
        self._channels = channels
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="privacy requests")

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self.do_all()
            except ServiceError as error:
                logger.warning("Requests about privacy cannot be read: %s", error.message)
            except Exception:
                # The loop must outlive a request that cannot be done.
                logger.exception("A request about privacy failed; it is tried again.")
            await asyncio.sleep(LOOK_EVERY_S)

    async def do_all(self) -> None:
        """Do what waits. Raises ServiceError if engine or log do not answer."""
        for request in await self._engine.privacy_requests():
            done, conversations = await self._do(request)
            if done:
                await self._engine.finish_privacy_request(request["request_id"], conversations=conversations)

    async def _do(self, request: dict[str, Any]) -> tuple[bool, dict[str, Any] | None]:
        """Do one; whether it is done, and what was found for an export."""
        ids: list[str] = request["customer_ids"]
        match request["kind"]:
            case "export":
                found = await self._log.read(partial(export_conversations, customer_ids=ids))
                await self._log.write(partial(audit_log.record, entry=_entry(request, conversations=len(found))))
                return True, found
            case "redact":
                return await self._erase(request, ids), None
            case "merge":
                entry = _entry(request)
                await self._log.write(partial(erasure.move_conversations, gone=ids[0], into=ids[-1], entry=entry))
            case _:
                await self._log.write(partial(audit_log.record, entry=_entry(request)))
        return True, None

    async def _erase(self, request: dict[str, Any], customer_ids: Sequence[str]) -> bool:
        """Delete a person's conversations; False while the bot works on an answer, which would be written after all."""
        found = await self._log.read(partial(erasure.conversations_of_customers, customer_ids=customer_ids))
        going_on = [channel for conversation_id in found if (channel := self._channels.find(conversation_id))]
        if any(channel.waiting or channel.reserved for channel in going_on):
            return False
        for conversation_id in found:
            self._channels.dismiss(conversation_id)
        entry = _entry(request, conversations=len(found))
        await self._log.write(partial(erasure.erase_conversations, conversation_ids=found, entry=entry))
        return True


def _entry(request: dict[str, Any], **details: int) -> AuditEntry:
    return AuditEntry(
        name=request["requested_by"][:64],
        action=f"privacy_{request['kind']}",
        subject=request["request_id"],
        at=utc_now(),
        details={"engine": request["counts"], **details},
    )
