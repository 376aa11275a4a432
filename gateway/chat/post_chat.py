"""What a shopper may do beside chatting: rate, read older messages, take a transcript, delete everything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from common.clock import utc_now
from common.errors import Conflict, NotFound, ServiceError, Unavailable
from gateway.chat import frames
from gateway.chat.channels import ConversationChannel
from gateway.chat.outbox import Outbox
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.erase import erasure
from gateway.conversations.read import transcripts
from gateway.conversations.records import Message
from gateway.conversations.write import feedback

PostChatFrame = (
    frames.HistoryRequest
    | frames.ConsentGiven
    | frames.MessageRated
    | frames.ConversationRated
    | frames.TranscriptRequest
)
SPEAKERS = {"shopper": "You", "bot": "Assistant", "agent": "Shop team"}
WHOLE_CONVERSATION = 1_000_000


class ForgetsCustomers(Protocol):
    """What deletes a customer elsewhere: `clients.engine_client.EngineClient`."""

    async def forget_customer(self, customer_id: str, *, actor: str) -> object:
        """Have a customer forgotten. Raises ServiceError."""
        ...


class PostChat:
    """Handles these frames of one connection. Raises ServiceError for a frame that is refused."""

    def __init__(self, *, engine: ForgetsCustomers, log: ConversationLog, outbox: Outbox, history_limit: int) -> None:
        self._engine = engine
        self._log = log
        self._outbox = outbox
        self._history_limit = history_limit

    async def handle(self, channel: ConversationChannel, frame: PostChatFrame) -> None:
        """Do what the frame asks."""
        match frame:
            case frames.HistoryRequest():
                await self._older(channel, frame)
            case frames.ConsentGiven():
                await self._consent(channel, frame)
            case frames.MessageRated():
                await self._rate_message(channel, frame)
            case frames.ConversationRated():
                await self._rate_conversation(channel, frame)
            case frames.TranscriptRequest():
                await self._transcript(channel)

    async def _older(self, channel: ConversationChannel, frame: frames.HistoryRequest) -> None:
        """Send the messages before one."""
        found: list[Message] = await self._log.read(
            partial(
                transcripts.history,
                conversation_id=channel.conversation.conversation_id,
                before_seq=frame.before_seq,
                limit=self._history_limit,
            )
        )
        self._outbox.put(frames.to_text(frames.older(found)))

    async def _consent(self, channel: ConversationChannel, frame: frames.ConsentGiven) -> None:
        """Record the version of the notice that the shopper saw."""
        await self._log.write(
            partial(
                feedback.record_consent,
                conversation_id=channel.conversation.conversation_id,
                version=frame.version,
                locale=frame.locale,
                given_at=utc_now(),
            )
        )

    async def _rate_message(self, channel: ConversationChannel, frame: frames.MessageRated) -> None:
        """Store a message rating."""
        known = await self._log.write(
            partial(
                feedback.rate_message,
                conversation_id=channel.conversation.conversation_id,
                message_id=frame.message_id,
                message_rating=frame.message_rating,
            )
        )
        if not known:
            raise NotFound("unknown_message", "There is no such answer in this conversation.", field="message_id")

    async def _rate_conversation(self, channel: ConversationChannel, frame: frames.ConversationRated) -> None:
        """Store the closing rating."""
        await self._log.write(
            partial(
                feedback.rate_conversation,
                conversation_id=channel.conversation.conversation_id,
                stars=frame.stars,
                comment=frame.comment.strip(),
                rated_at=utc_now(),
            )
        )

    async def _transcript(self, channel: ConversationChannel) -> None:
        """Send the whole conversation as text."""
        said: list[Message] = await self._log.read(
            partial(transcripts.history, conversation_id=channel.conversation.conversation_id, limit=WHOLE_CONVERSATION)
        )
        self._outbox.put(frames.to_text(frames.transcript(_as_text(said))))

    async def forget(self, channel: ConversationChannel) -> list[str]:
        """Delete everything of the channel's shopper, in the engine too; the ids of the conversations.

        Raises Conflict (`answer_pending`) while the bot works on a message, which would be written after all, and
        Unavailable (`cannot_delete`) where the engine does not answer: then nothing is deleted.
        """
        _refuse_while_answering(channel)
        if channel.conversation.customer_id is not None:
            try:
                await self._engine.forget_customer(channel.conversation.customer_id, actor="shopper")
            except ServiceError as error:
                message = (
                    "Your data can't be deleted right now. Nothing is deleted yet; please try again in a few minutes."
                )
                raise Unavailable("cannot_delete", message) from error
            _refuse_while_answering(channel)
        deleted: list[str] = await self._log.write(
            partial(erasure.forget_shopper, subject=channel.conversation.subject, at=utc_now())
        )
        return deleted


def _refuse_while_answering(channel: ConversationChannel) -> None:
    if channel.waiting or channel.reserved:
        raise Conflict("answer_pending", "Please wait for the answer to your last message, then try again.")


def _as_text(said: Sequence[Message]) -> str:
    lines = []
    for message in said:
        code = (message.outcome or {}).get("code")
        parts = [message.text, (message.offer or {}).get("terms"), f"Code: {code}" if code else None]
        words = " ".join(part for part in parts if part)
        lines.append(f"[{message.created_at:%Y-%m-%d %H:%M} UTC] {SPEAKERS[message.sender]}: {words}")
    return "\n".join(lines) + "\n"
