"""One turn of a conversation: from the customer's message to the bot's reply, or to an exception.

The steps are those of `MessageProcessor.handle_message` in Rasa 3.6.21. Three things differ on purpose:

- Rasa logs an action's exception and goes on ("the actions events are lost"); here it ends the turn.
- A failed turn is not saved, so the same message can be tried again from the state before it; and a message that was
  already handled gets the same reply again without running twice.
- Intents that buttons carry (`/accept_offer`) skip the language models, which would only be overruled.
"""
# ruff: noqa: N818  # the name says what happened

from typing import Any, Dict, List, Mapping, Optional

from jsonschema import Draft202012Validator
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction, action_for_name_or_text
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    DEFAULT_SLOT_NAMES,
)
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.language.spoken import follow_language, spoken_language
from bot.sentiment.empathy import apologise_if_angry
from bot.sentiment.examples import SENTIMENT
from common.i18n.translations import ENGLISH, translated

CHANNEL = "gateway"
RANKED_INTENTS = 5
SHOP_WORDS = "shop_words"
"""Key of a turn's metadata: the shop's facts as English words, by the name of the slot that holds each."""
SHOP_WORDS_IN = "shop_words_in"
"""Key of a turn's metadata: the same in other languages, by their code."""
OF_ONE_MESSAGE = {"request"}
"""Slots that say nothing once their message is answered; what the customer wrote is kept in the log alone."""
LOCK_POLL_S = 0.02
"""Rasa's own second between two looks at a lock would show; the gateway sends one turn at a time anyway."""


class TurnFailed(Exception):
    """The turn could not be finished; nothing of it was saved."""


class ReplyChannel(OutputChannel):
    """Where Rasa sends utterances during a turn. The reply is read from the tracker, so nothing happens here."""

    @classmethod
    def name(cls) -> str:
        """Responses of the domain may name this channel."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Do nothing: the utterance is on the tracker."""


class CustomAction(RemoteAction):
    """Rasa's own, without checking the schema itself with every answer: that takes some 16 ms of a core."""

    _answers = Draft202012Validator(RemoteAction.action_response_format_spec())

    def _validate_action_result(self, result: Dict[str, Any]) -> bool:
        self._answers.validate(result)
        return True


async def play_turn(agent: Agent, message: UserMessage, *, carried_slots: Mapping[str, Any]) -> Dict[str, Any]:
    """Handle one message and describe what came of it, as the contract of the channel says.

    `carried_slots` are set if this is the conversation's first message since Rasa knows of it. Raises whatever the
    turn raised.
    """
    processor = agent.processor
    if processor is None:
        raise TurnFailed("no model is loaded")
    async with agent.lock_store.lock(message.sender_id, wait_time_in_seconds=LOCK_POLL_S):
        tracker = await _handle(processor, message, carried_slots)
    return describe(tracker)


async def _handle(
    processor: MessageProcessor, message: UserMessage, carried_slots: Mapping[str, Any]
) -> DialogueStateTracker:
    tracker = await processor.get_tracker(message.sender_id)
    if tracker.latest_message and tracker.latest_message.message_id == message.message_id:
        return tracker
    await _start_session_if_due(processor, tracker, message)
    if not any(isinstance(event, UserUttered) for event in tracker.events):
        _set_slots(tracker, carried_slots, processor)
    parse: Any = _parse_of_button(message.text or "", processor) or await processor.parse_message(message, tracker)
    tracker.update(
        UserUttered(
            message.text,
            parse[INTENT],
            parse[ENTITIES],
            parse,
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        ),
        processor.domain,
    )
    for event in follow_language(tracker, processor.domain):
        tracker.update(event, processor.domain)
    _set_slots(tracker, _shop_words(message.metadata, spoken_language(tracker)), processor)
    tracker = await processor.run_action_extract_slots(message.output_channel, tracker)
    await apologise_if_angry(processor, tracker, message.output_channel)
    await _act_until_listening(processor, tracker, message.output_channel)
    await processor.save_tracker(tracker)
    return tracker


async def _start_session_if_due(
    processor: MessageProcessor, tracker: DialogueStateTracker, message: UserMessage
) -> None:
    if tracker.applied_events() and not processor._has_session_expired(tracker):
        return
    action = action_for_name_or_text(ACTION_SESSION_START_NAME, processor.domain, processor.action_endpoint)
    prediction = PolicyPrediction.for_action_name(processor.domain, ACTION_SESSION_START_NAME)
    await _run(processor, action, prediction, tracker, message.output_channel)


def _parse_of_button(text: str, processor: MessageProcessor) -> Optional[Dict[str, Any]]:
    """The parse of `/intent{"entity": "value"}`; None for ordinary text. Raises TurnFailed for an unknown intent."""
    if not text.startswith(INTENT_MESSAGE_PREFIX):
        return None
    message = YAMLStoryReader.unpack_regex_message(Message({TEXT: text}), domain=processor.domain)
    if not message.get(INTENT):
        raise TurnFailed(f"{text} is not an intent of this bot")
    parse: Dict[str, Any] = {ENTITIES: [], **message.as_dict(only_output_properties=True)}
    return parse


def _shop_words(metadata: Optional[Mapping[str, Any]], language: str = ENGLISH) -> Mapping[str, Any]:
    """What the shop promises, as the gateway sends it with each turn: a fact may change while the bot runs."""
    words = (metadata or {}).get(SHOP_WORDS) or {}
    return {**words, **(((metadata or {}).get(SHOP_WORDS_IN) or {}).get(language) or {})}


def _set_slots(tracker: DialogueStateTracker, slots: Mapping[str, Any], processor: MessageProcessor) -> None:
    for name, value in slots.items():
        if name in tracker.slots and name not in DEFAULT_SLOT_NAMES and tracker.slots[name].value != value:
            tracker.update(SlotSet(name, value), processor.domain)


async def _act_until_listening(
    processor: MessageProcessor, tracker: DialogueStateTracker, output: OutputChannel
) -> None:
    """Run what the policies choose until they choose to listen. Raises ActionLimitReached where Rasa only warns."""
    listening = tracker.is_paused()
    while not listening:
        action, prediction = processor.predict_next_with_tracker_if_should(tracker)
        if prediction.is_end_to_end_prediction:
            tracker = await processor.run_action_extract_slots(output, tracker)
        await _run(processor, action, prediction, tracker, output)
        listening = not processor.should_predict_another_action(action.name()) or tracker.is_paused()


async def _run(
    processor: MessageProcessor,
    action: Action,
    prediction: PolicyPrediction,
    tracker: DialogueStateTracker,
    output: OutputChannel,
) -> None:
    domain = processor.domain
    if isinstance(action, RemoteAction):
        action = CustomAction(action.name(), action.action_endpoint)
    # The policy's events count only if the action is not rejected, so the action sees them on a copy.
    seen = tracker
    if prediction.events:
        seen = tracker.copy()
        seen.update_with_events(prediction.events, domain)
    try:
        events: List[Event] = await action.run(output, processor.nlg, seen, domain) or []
    except ActionExecutionRejection:
        tracker.update(ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence))
        return
    if not any(isinstance(event, ActionExecutionRejected) for event in events):
        tracker.update_with_events(prediction.events, domain)
        tracker.update(action.event_for_successful_execution(prediction))
    tracker.update_with_events(events, domain)
    await processor.execute_side_effects(events, tracker, output)


def describe(tracker: DialogueStateTracker) -> Dict[str, Any]:
    """The contract's reply for the tracker's last turn."""
    turn = _events_since_message(tracker)
    latest = tracker.latest_message
    parse: Any = latest.parse_data if latest else {}
    not_carried = {*DEFAULT_SLOT_NAMES, *OF_ONE_MESSAGE, *_shop_words(latest.metadata if latest else None)}
    language = spoken_language(tracker)
    return {
        "messages": [
            _message(event, language) for event in turn if isinstance(event, BotUttered) and not _is_empty(event)
        ],
        "parse": {
            "intent": _named(parse.get("intent") or {}),
            "intent_ranking": [_named(intent) for intent in parse.get("intent_ranking", [])[:RANKED_INTENTS]],
            "entities": [
                {"entity": entity["entity"], "value": entity["value"]} for entity in parse.get("entities") or []
            ],
            "sentiment": _named(parse[SENTIMENT]) if parse.get(SENTIMENT) else None,
        },
        "actions": [
            event.action_name
            for event in turn
            if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME
        ],
        "slots": {
            name: slot.value
            for name, slot in tracker.slots.items()
            if slot.value != slot.initial_value and name not in not_carried
        },
    }


def _events_since_message(tracker: DialogueStateTracker) -> List[Event]:
    events = list(tracker.events)
    last = max((i for i, event in enumerate(events) if isinstance(event, UserUttered)), default=-1)
    return events[last + 1 :]


def _is_empty(event: BotUttered) -> bool:
    return not event.text and not event.data.get("custom") and not event.data.get("buttons")


def _message(event: BotUttered, language: str) -> Dict[str, Any]:
    """An action may leave whole sentences and titles in English: they are translated here."""
    return {
        "text": translated(event.text, language) if event.text else None,
        "buttons": [
            {"title": translated(button["title"], language), "payload": button.get("payload") or button["title"]}
            for button in event.data.get("buttons") or []
        ],
        "custom": event.data.get("custom") or None,
    }


def _named(intent: Mapping[str, Any]) -> Dict[str, Any]:
    return {"name": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}
