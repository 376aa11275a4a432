"""One turn: forward a logged message to the bot, log everything that comes back, show it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from common.clock import utc_now
from common.errors import ServiceError, Unavailable
from gateway.chat import frames
from gateway.chat.bot_messages import decision_of, shown_message
from gateway.chat.channels import ConversationChannel, Turn
from gateway.chat.clean_text import mask_addresses
from gateway.chat.sentiment_reporter import SentimentReporter
from gateway.clients.bot_client import (
    BotButton,
    BotClient,
    BotMessage,
    BotReply,
    BotTurn,
)
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.index.index_updates import HAND_OVER_ACTION, LEAVE_QUEUE_ACTION
from gateway.conversations.records import Answer
from gateway.conversations.write import message_writes
from gateway.metrics import Metrics

logger = logging.getLogger(__name__)

APOLOGY = "Sorry, I cannot answer right now. Please try again in a moment."
BOT_UNAVAILABLE = "The bot did not answer this message."


class Turns:
    """Plays turns; `play` is what `Channels` calls."""

    def __init__(
        self,
        *,
        bot: BotClient,
        log: ConversationLog,
        metrics: Metrics,
        sentiments: SentimentReporter,
        bot_start_patience_s: float,
    ) -> None:
        self._bot = bot
        self._log = log
        self._metrics = metrics
        self._sentiments = sentiments
        self._bot_start_patience_s = bot_start_patience_s

    async def play(self, channel: ConversationChannel, turn: Turn) -> None:
        """Answer one message; if the bot fails, with an apology and an error frame. turn_end is always sent.

        While an admin answers instead of the bot, the turn ends without an answer: theirs comes when they write it.
        """
        if channel.conversation.taken_by is not None:
            if not turn.proactive:
                await self._leave_to_admin(channel, turn)
            return
        if turn.proactive:
            await self._play_proactive(channel, turn)
            return
        channel.send(frames.typing(True))
        refusal: ServiceError | None = None
        try:
            try:
                reply = await self._ask(channel, turn)
                answer = self._answer(channel, turn, reply)
                self._sentiments.on_parse(reply.parse)
            except Unavailable as error:
                logger.warning("Turn %s: %s", turn.message_id, error.message)
                answer = self._apology(channel, turn)
                refusal = Unavailable("bot_unavailable", BOT_UNAVAILABLE)
            logged = await self._log.write(partial(message_writes.record_answer, answer=answer))
            # Only what the turn changed: an admin may have taken over meanwhile.
            channel.conversation = replace(
                channel.conversation,
                turn_count=answer.conversation.turn_count,
                carried_slots=answer.conversation.carried_slots,
            )
            for message in logged:
                channel.send(frames.message(message), seq=message.seq)
            if HAND_OVER_ACTION in (answer.actions or ()):
                channel.handover = frames.Handover("waiting")  # `handover_queue` sends the position
            elif LEAVE_QUEUE_ACTION in (answer.actions or ()):
                channel.handover = frames.Handover()
                channel.send(frames.handover(channel.handover))
            self._metrics.turns.labels(answer.state).inc()
        except Exception:
            # The message stays unanswered in the log: it is played again at the next start.
            refusal = Unavailable("bot_unavailable", BOT_UNAVAILABLE)
            self._metrics.turns.labels("lost").inc()
            raise
        finally:
            self._metrics.turn_seconds.observe(time.monotonic() - turn.received_at)
            channel.send(frames.typing(False))
            if refusal is not None:
                channel.send(frames.error(refusal, client_message_id=turn.client_message_id))
            channel.send(frames.turn_end(turn.client_message_id))

    async def _play_proactive(self, channel: ConversationChannel, turn: Turn) -> None:
        """Send what the bot says to a proactive trigger, if anything; a bot that fails says nothing."""
        try:
            answer = self._answer(channel, turn, await self._ask(channel, turn))
        except Unavailable as error:
            logger.warning("Proactive turn %s: %s", turn.message_id, error.message)
            return
        answer = replace(answer, conversation=replace(answer.conversation, turn_count=channel.conversation.turn_count))
        logged = await self._log.write(partial(message_writes.record_answer, answer=answer))
        channel.conversation = replace(channel.conversation, carried_slots=answer.conversation.carried_slots)
        for message in logged:
            channel.send(frames.message(message), seq=message.seq)
        self._metrics.turns.labels("unasked" if logged else "silent").inc()

    async def _leave_to_admin(self, channel: ConversationChannel, turn: Turn) -> None:
        conversation = replace(channel.conversation, turn_count=channel.conversation.turn_count + 1)
        left = Answer(
            conversation=conversation,
            message_id=turn.message_id,
            state="answered",
            messages=[],
            turn_ms=_milliseconds_since(turn.received_at),
            ended_at=utc_now(),
            masked=turn.masked,
        )
        try:
            await self._log.write(partial(message_writes.record_answer, answer=left))
            channel.conversation = replace(channel.conversation, turn_count=conversation.turn_count)
            self._metrics.turns.labels("left_to_admin").inc()
        finally:
            channel.send(frames.turn_end(turn.client_message_id))

    async def _ask(self, channel: ConversationChannel, turn: Turn) -> BotReply:
        if turn.recovered:
            await self._bot.wait_until_ready(patience_s=self._bot_start_patience_s)
        conversation = channel.conversation
        return await self._bot.turn(
            BotTurn(
                conversation_id=conversation.conversation_id,
                message_id=turn.message_id,
                text=turn.text if turn.payload is None else turn.payload,
                customer_id=conversation.customer_id,
                sent_at=turn.sent_at,
                turn_count=conversation.turn_count + 1,
                basket_cents=channel.basket_cents,
                context=channel.context(),
                proactive=turn.proactive,
                waiting_for_person=channel.handover.state == "waiting",
                carried_slots=conversation.carried_slots,
            )
        )

    def _answer(self, channel: ConversationChannel, turn: Turn, reply: BotReply) -> Answer:
        logged = [shown for message in reply.messages if (shown := shown_message(message)) is not None]
        return Answer(
            conversation=replace(
                channel.conversation,
                turn_count=channel.conversation.turn_count + 1,
                carried_slots={name: value for name, value in reply.slots.items() if value is not None},
            ),
            message_id=turn.message_id,
            state="answered",
            messages=logged,
            turn_ms=_milliseconds_since(turn.received_at),
            ended_at=utc_now(),
            pressed=turn.pressed,
            masked=turn.masked,
            parse=_masked(reply.parse) if turn.masked and reply.parse else reply.parse,
            actions=reply.actions,
            decision_id=next(
                (found for message in reply.messages if (found := decision_of(message)) is not None), None
            ),
        )

    def _apology(self, channel: ConversationChannel, turn: Turn) -> Answer:
        """The answer if the bot fails. A button that was pressed comes again, since its token is used up."""
        again = [BotButton(title=turn.text, payload=turn.payload)] if turn.pressed and turn.payload else []
        sorry = shown_message(BotMessage(text=APOLOGY, buttons=again))
        return Answer(
            conversation=replace(channel.conversation, turn_count=channel.conversation.turn_count + 1),
            message_id=turn.message_id,
            state="failed",
            messages=[] if sorry is None else [sorry],
            turn_ms=_milliseconds_since(turn.received_at),
            ended_at=utc_now(),
            masked=turn.masked,
        )


def _masked(parse: Mapping[str, Any]) -> dict[str, Any]:
    """What the bot understood, with the addresses that it found masked."""
    entities = [
        entity | {"value": mask_addresses(entity["value"])} if isinstance(entity.get("value"), str) else entity
        for entity in parse.get("entities") or []
    ]
    return {**parse, "entities": entities}


def _milliseconds_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
