"""One connection of a shopper: what each of its frames does."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from functools import partial

from common.clock import utc_now
from common.errors import Forbidden, InvalidRequest, NotFound
from gateway.chat import frames
from gateway.chat.bot_messages import new_message_id
from gateway.chat.channels import Channels, ConversationChannel, Turn
from gateway.chat.clean_text import clean_text, mask_addresses
from gateway.chat.exposure_reporter import ExposureReporter
from gateway.chat.handover_queue import HandoverQueue
from gateway.chat.outbox import Outbox
from gateway.chat.post_chat import ForgetsCustomers, PostChat
from gateway.conversations.conversation_log import ConversationLog
from gateway.conversations.erase import erasure
from gateway.conversations.read import transcripts
from gateway.conversations.records import ButtonRefusal, Conversation, Message, Receipt, ShopperMessage
from gateway.conversations.write import feedback, message_writes, shopper_writes, trigger_rules
from gateway.identity import Identity, Shopper

PROACTIVE_PAYLOAD = "/ask_for_offers"
"""Sent to the bot for a proactive trigger, when the shopper has written nothing."""
REFUSALS = {
    ButtonRefusal.USED: "This button was used already.",
    ButtonRefusal.UNKNOWN: "There is no such button in this conversation.",
}


class ChatSession:
    """Handles frames one after the other. Raises ServiceError for a frame that is refused."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        identity: Identity,
        engine: ForgetsCustomers,
        log: ConversationLog,
        channels: Channels,
        exposures: ExposureReporter,
        handover_queue: HandoverQueue,
        history_limit: int,
        message_length_limit: int,
        proactive_caps: trigger_rules.ProactiveCaps,
    ) -> None:
        self._outbox = outbox
        self._identity = identity
        self._log = log
        self._channels = channels
        self._exposures = exposures
        self._history_limit = history_limit
        self._message_length_limit = message_length_limit
        self._proactive_caps = proactive_caps
        self._handover_queue = handover_queue
        self._post_chat = PostChat(engine=engine, log=log, outbox=outbox, history_limit=history_limit)
        self._channel: ConversationChannel | None = None

    @property
    def welcomed(self) -> bool:
        """True once hello has succeeded."""
        return self._channel is not None

    def leave(self) -> None:
        """The connection is gone."""
        if self._channel is not None:
            self._channels.leave(self._channel, self._outbox)
            self._channel = None

    async def handle(self, frame: frames.ClientFrame) -> None:
        """Do what the frame asks."""
        match frame:
            case frames.Ping():
                self._outbox.put(frames.to_text(frames.pong()))
            case frames.Hello():
                await self._hello(frame)
            case frames.TextSent():
                await self._text_sent(self._require_channel(), frame)
            case frames.ButtonPressed():
                await self._button_pressed(self._require_channel(), frame)
            case frames.OfferExposed():
                await self._offer_exposed(self._require_channel(), frame)
            case frames.Forget():
                await self._forget(self._require_channel())
            case frames.BasketSent():
                self._require_channel().basket_cents = frame.cents
            case frames.ContextSent():
                self._require_channel().page = frame
            case frames.ProactiveTrigger():
                await self._proactive_trigger(self._require_channel(), frame)
            case _:
                await self._post_chat.handle(self._require_channel(), frame)

    def _require_channel(self) -> ConversationChannel:
        if self._channel is None:
            raise InvalidRequest("hello_first", "The first frame has to be hello.", field="type")
        if self._channel.deleted:
            raise NotFound("unknown_conversation", "This conversation has been deleted.")
        return self._channel

    async def _hello(self, frame: frames.Hello) -> None:
        if self._channel is not None:
            raise InvalidRequest("already_welcome", "This connection has said hello before.", field="type")
        shopper = await self._identity.read_token(frame.token)
        if frame.conversation_id is None:
            conversation = await self._open_conversation(shopper)
        else:
            conversation = await self._find_conversation(shopper, frame.conversation_id, frame.earlier_token)
        # Listen first, then read: what is said in between is held and comes after the welcome.
        self._outbox.hold()
        channel = self._channels.join(conversation, self._outbox)
        try:
            history: list[Message] = await self._log.read(
                partial(
                    transcripts.history,
                    conversation_id=conversation.conversation_id,
                    after_seq=frame.after_seq,
                    limit=self._history_limit,
                )
            )
            stars = await self._log.read(partial(feedback.rating_of, conversation_id=conversation.conversation_id))
            channel.handover = await self._handover_queue.state_of(channel)
        except BaseException:
            self._channels.leave(channel, self._outbox)
            self._outbox.drop_held()
            raise
        self._channel = channel
        channel.currency = shopper.currency
        last_seq = history[-1].seq if history else frame.after_seq
        welcome = frames.welcome(channel.conversation, history, now=utc_now(), stars=stars, handover=channel.handover)
        self._outbox.open(frames.to_text(welcome), last_seq=last_seq)

    async def _open_conversation(self, shopper: Shopper) -> Conversation:
        conversation = Conversation(
            conversation_id=f"c-{secrets.token_hex(12)}",
            subject=shopper.subject,
            customer_id=shopper.customer_id,
            started_at=utc_now(),
        )
        await self._log.write(partial(shopper_writes.add_conversation, conversation=conversation))
        return conversation

    async def _find_conversation(
        self, shopper: Shopper, conversation_id: str, earlier_token: str | None
    ) -> Conversation:
        if earlier_token is not None and shopper.customer_id is not None:
            await self._claim(shopper, shopper.customer_id, conversation_id, earlier_token)
        conversation = await self._log.read(partial(transcripts.find_conversation, conversation_id=conversation_id))
        if conversation is None:
            raise NotFound("unknown_conversation", "There is no such conversation.", field="conversation_id")
        if not secrets.compare_digest(conversation.subject.encode(), shopper.subject.encode()):
            raise Forbidden(
                "not_your_conversation", "This conversation belongs to somebody else.", field="conversation_id"
            )
        return conversation

    async def _claim(self, shopper: Shopper, customer_id: str, conversation_id: str, earlier_token: str) -> None:
        """Move an anonymous conversation into the customer's account: both tokens prove that it is the same person."""
        earlier = await self._identity.read_token(earlier_token)
        if earlier.customer_id is not None:
            return
        claimed = await self._log.write(
            partial(
                erasure.claim_conversation,
                conversation_id=conversation_id,
                earlier_subject=earlier.subject,
                subject=shopper.subject,
                customer_id=customer_id,
            )
        )
        channel = self._channels.find(conversation_id)
        if claimed and channel is not None:
            channel.conversation = replace(channel.conversation, subject=shopper.subject, customer_id=customer_id)

    async def _text_sent(self, channel: ConversationChannel, frame: frames.TextSent) -> None:
        text = clean_text(frame.text, length_limit=self._message_length_limit)
        message = self._shopper_message(channel, client_message_id=frame.client_message_id, text=text)
        shown = mask_addresses(text) if _proves(channel) else text
        if shown != text:
            message = replace(message, text=shown, unmasked=text)
        self._channels.reserve(channel)
        try:
            receipt = await self._log.write(partial(shopper_writes.receive_text, message=message))
        finally:
            self._channels.release(channel)
        self._accept(channel, frame.client_message_id, receipt)

    async def _button_pressed(self, channel: ConversationChannel, frame: frames.ButtonPressed) -> None:
        message = self._shopper_message(channel, client_message_id=frame.client_message_id, text="")
        self._channels.reserve(channel)
        try:
            receipt = await self._log.write(
                partial(shopper_writes.receive_press, message=message, token=frame.button_token)
            )
        finally:
            self._channels.release(channel)
        if isinstance(receipt, ButtonRefusal):
            raise InvalidRequest(receipt.value, REFUSALS[receipt], field="button_token")
        self._accept(channel, frame.client_message_id, receipt)

    def _shopper_message(self, channel: ConversationChannel, *, client_message_id: str, text: str) -> ShopperMessage:
        return ShopperMessage(
            message_id=new_message_id(),
            conversation_id=channel.conversation.conversation_id,
            client_message_id=client_message_id,
            text=text,
            created_at=utc_now(),
        )

    def _accept(self, channel: ConversationChannel, client_message_id: str, receipt: Receipt) -> None:
        """Acknowledge a message that is in the log, show it to the other tabs, let the bot answer. Nothing waits here,
        so the order of the log is the order of the turns."""
        self._outbox.put(frames.to_text(frames.ack(client_message_id, receipt)))
        if receipt.repeated:
            return
        shown = Message(
            message_id=receipt.message_id,
            seq=receipt.seq,
            sender="shopper",
            text=receipt.text,
            created_at=receipt.created_at,
        )
        channel.send(frames.message(shown), seq=receipt.seq, but=self._outbox)
        self._channels.enqueue(
            channel,
            Turn(
                message_id=receipt.message_id,
                client_message_id=client_message_id,
                text=receipt.text,
                payload=receipt.payload,
                sent_at=receipt.created_at,
                received_at=time.monotonic(),
            ),
        )

    async def _forget(self, channel: ConversationChannel) -> None:
        for conversation_id in await self._post_chat.forget(channel):
            self._channels.dismiss(conversation_id)

    async def _proactive_trigger(self, channel: ConversationChannel, frame: frames.ProactiveTrigger) -> None:
        """Let the bot speak first, unless it is busy, a person answers, or the caps forbid it: then nothing happens."""
        conversation = channel.conversation
        if channel.waiting or channel.reserved or channel.handover.state != "none":
            return
        fired = await self._log.write(
            partial(
                trigger_rules.fire,
                subject=conversation.subject,
                trigger_id=frame.trigger_id,
                conversation_id=conversation.conversation_id,
                at=utc_now(),
                caps=self._proactive_caps,
            )
        )
        if fired:
            turn = Turn(
                message_id=new_message_id(),
                client_message_id="",
                text=PROACTIVE_PAYLOAD,
                payload=PROACTIVE_PAYLOAD,
                sent_at=utc_now(),
                received_at=time.monotonic(),
                proactive=True,
            )
            self._channels.enqueue(channel, turn)

    async def _offer_exposed(self, channel: ConversationChannel, frame: frames.OfferExposed) -> None:
        exposure = await self._log.write(
            partial(
                message_writes.record_exposure,
                conversation_id=channel.conversation.conversation_id,
                message_id=frame.message_id,
                exposed_at=utc_now(),
            )
        )
        if exposure is not None:
            self._exposures.report(exposure)


def _proves(channel: ConversationChannel) -> bool:
    """Whether an e-mail address is a proof: somebody who is not signed in gives it to the bot. A person may need it."""
    conversation = channel.conversation
    return conversation.customer_id is None and conversation.taken_by is None and channel.handover.state == "none"
