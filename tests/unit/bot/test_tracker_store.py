from collections.abc import Sequence
from typing import Any

import pytest
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, AllSlotsReset, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.tracker_store import RecentTurnsTrackerStore, recent_events

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet]
slots:
  order_number: {type: text, mappings: [{type: custom}]}
  offer_open: {type: bool, initial_value: false, mappings: [{type: custom}]}
responses:
  utter_greet: [{text: hello}]
""")


def turn(number: int, *slots: SlotSet) -> list[Event]:
    return [
        UserUttered(f"hello {number}", {"name": "greet"}),
        ActionExecuted("utter_greet"),
        *slots,
        ActionExecuted("action_listen"),
    ]


def conversation(sender_id: str, events: Sequence[Event]) -> DialogueStateTracker:
    start = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events(sender_id, [*start, *events], slots=DOMAIN.slots, domain=DOMAIN)


def texts(tracker: DialogueStateTracker) -> list[str | None]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_a_short_conversation_is_kept_whole() -> None:
    events = list(conversation("c", [*turn(1), *turn(2)]).events)
    assert recent_events(events, turns=2) == events


async def test_of_a_long_conversation_the_last_turns_and_all_slots_are_kept() -> None:
    store = RecentTurnsTrackerStore(DOMAIN, turns=2)
    first = turn(1, SlotSet("order_number", "7"), SlotSet("offer_open", True), SlotSet("offer_open", False))
    await store.save(conversation("c", [*first, *turn(2), *turn(3), *turn(4, SlotSet("offer_open", True))]))
    kept = await store.retrieve("c")
    assert kept is not None
    assert texts(kept) == ["hello 3", "hello 4"]
    assert kept.current_slot_values()["order_number"] == "7"
    assert kept.current_slot_values()["offer_open"] is True
    assert kept.latest_action_name == "action_listen"


async def test_saving_again_and_again_does_not_grow() -> None:
    store = RecentTurnsTrackerStore(DOMAIN, turns=2)
    tracker = conversation("c", turn(0, SlotSet("order_number", "7")))
    sizes = []
    for number in range(1, 9):
        for event in turn(number, SlotSet("offer_open", number % 2 == 0)):
            tracker.update(event, DOMAIN)
        await store.save(tracker)
        tracker = await store.retrieve("c") or tracker
        sizes.append(len(tracker.events))
    assert len(set(sizes[2:])) == 1
    assert tracker.current_slot_values()["order_number"] == "7"


def test_slots_that_were_reset_stay_reset() -> None:
    events = [*turn(1, SlotSet("order_number", "7")), AllSlotsReset(), *turn(2), *turn(3)]
    assert not any(isinstance(event, SlotSet) for event in recent_events(events, turns=2))


async def test_the_conversation_silent_longest_is_forgotten() -> None:
    store = RecentTurnsTrackerStore(DOMAIN, conversations=2)
    for sender_id in ("a", "b", "a", "c"):
        await store.save(conversation(sender_id, turn(1)))
    assert set(await store.keys()) == {"a", "c"}


def test_rasa_builds_it_from_the_endpoints_file() -> None:
    config = EndpointConfig.from_dict({"type": "bot.tracker_store.RecentTurnsTrackerStore", "turns": 3})
    store = TrackerStore.create(config, domain=DOMAIN)
    assert isinstance(store, RecentTurnsTrackerStore)


@pytest.mark.parametrize("setting", [{"turns": 0}, {"turns": "six"}, {"conversations": -1}])
def test_a_bad_setting_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(RasaException, match=next(iter(setting))):
        RecentTurnsTrackerStore(DOMAIN, **setting)
