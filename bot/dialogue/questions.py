"""The questions of the bot that wait for an answer, read from the events of a conversation.

A yes or no belongs to the last question, so each open one is kept with its moment.
"""

from dataclasses import dataclass, replace
from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

PERSON_QUESTIONS = {"utter_offer_person", "utter_suggest_person"}
"""Responses that ask whether a person should take over."""
REPEATS_THE_OFFER = {
    "action_explain_offer",
    "action_recall_offer",
    "utter_offer_stays",
    "utter_offer_is_final",
    "utter_no_other_offer",
}
NOT_STEPS = {ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, "action_extract_slots", "action_default_fallback"}


@dataclass(frozen=True)
class Question:
    """A question of the bot that is still open."""

    kind: str
    """`offer`, `confirm` (a change), `number`, `proof`, `order` (one of those shown), `detail` (of a change), `person`
    or `meaning`."""
    task: Optional[str] = None
    """What the answer is for: `track` or a change such as `cancel`; None with an offer or a person."""
    age: int = 1
    """1 where it stands in the bot's last turn."""

    proactive: bool = False
    """An offer that came along with the answer to something else."""

    @property
    def is_task(self) -> bool:
        """Whether it is about an order."""
        return self.kind in ("confirm", "number", "proof", "order", "detail")


@dataclass(frozen=True)
class Talk:
    """The state of a conversation at the customer's latest message."""

    slots: Dict[str, Any]
    """As they were before that message."""
    questions: Tuple[Question, ...]
    """Those still open, the newest first."""
    done: Tuple[str, ...]
    """The steps taken since that message."""
    recent: Tuple[str, ...] = ()
    """The steps of the two turns before, the newest first."""
    last: Tuple[str, ...] = ()
    """The steps of the turn before."""

    @property
    def topic(self) -> Optional[str]:
        """What it is about, as flows name it."""
        topic: Optional[str] = self.slots.get("topic")
        return topic

    def without_tasks(self) -> "Talk":
        """The talk where the questions about orders are no longer open."""
        return replace(self, questions=tuple(question for question in self.questions if not question.is_task))

    @property
    def latest(self) -> Optional[Question]:
        """The question of the bot's last turn; the later one where there were two."""
        return next((question for question in self.questions if question.age == 1), None)

    def open(self, kind: str) -> Optional[Question]:
        """The open question of a kind, however old."""
        return next((question for question in self.questions if question.kind == kind), None)


WANTED_OFFERS = {"action_propose_offer", "utter_haggle", *REPEATS_THE_OFFER}
"""Steps of a turn that is about an offer and nothing else."""

_OpenSince = Dict[str, Tuple[int, int, Optional[str]]]
"""Turn, index within the events, and task, by the kind of the question."""


def read_talk(events: Iterable[Event]) -> Talk:
    """Go through the events once."""
    all_events = list(events)
    turn = 0
    open_since: _OpenSince = {}
    slots: Dict[str, Any] = {}
    before: Tuple[Dict[str, Any], _OpenSince] = ({}, {})
    done: List[str] = []
    earlier: List[List[str]] = []
    proactive: Set[int] = set()
    for index, event in enumerate(all_events):
        if isinstance(event, UserUttered):
            turn += 1
            before = (dict(slots), dict(open_since))
            earlier.append(done)
            if not WANTED_OFFERS.issuperset(done):
                proactive.add(turn - 1)
            done = []
            open_since.pop("person", None)
        elif isinstance(event, SlotSet):
            slots[event.key] = event.value
            _note_slot(open_since, event, (turn, index))
        elif isinstance(event, ActionExecuted):
            if event.action_name and event.action_name not in NOT_STEPS:
                done.append(event.action_name)
                _note_action(open_since, event.action_name, (turn, index), offer_open=bool(slots.get("offer_open")))
        elif isinstance(event, BotUttered) and (event.data.get("custom") or {}).get("kind") == "offer":
            open_since["offer"] = (turn, index, None)
    slots_before, open_before = before
    newest_first = sorted(open_before.items(), key=lambda item: item[1][:2], reverse=True)
    return Talk(
        slots=slots_before,
        questions=tuple(
            Question(kind, task, age=turn - at, proactive=kind == "offer" and at in proactive)
            for kind, (at, _, task) in newest_first
        ),
        done=tuple(done),
        last=tuple(earlier[-1]) if earlier else (),
        recent=tuple(step for steps in reversed(earlier[-2:]) for step in reversed(steps)),
    )


def _note_slot(open_since: _OpenSince, event: SlotSet, at: Tuple[int, int]) -> None:
    name, value = event.key, event.value
    if name == "pending_task":
        open_since.pop("number", None)
        open_since.pop("proof", None)
        open_since.pop("detail", None)
        if value:
            kind, task = ("proof", "track") if value == "verify" else ("number", value)
            open_since[kind] = (*at, task)
    elif name == "pending_detail":
        open_since.pop("detail", None)
        if value:
            open_since["detail"] = (*at, value)
    elif name == "confirming":
        open_since.pop("confirm", None)
        if value:
            open_since["confirm"] = (*at, value)
    elif name == "offer_open":
        open_since.pop("offer", None)
        if value:
            open_since["offer"] = (*at, None)
    elif name == "meanings":
        open_since.pop("meaning", None)
        if value:
            open_since["meaning"] = (*at, None)


def _note_action(open_since: _OpenSince, name: str, at: Tuple[int, int], *, offer_open: bool) -> None:
    if name in PERSON_QUESTIONS:
        open_since["person"] = (*at, None)
    elif name in REPEATS_THE_OFFER and offer_open:
        open_since["offer"] = (*at, None)
