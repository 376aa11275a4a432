"""Flows: the steps that the bot takes for an intent, written down in data/flows."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Pattern, Sequence, Tuple, Union

import yaml

from bot.dialogue.follow_ups import QUESTIONS

KEYS = {"title", "changes", "trouble", "topic", "steps"}


FOLLOW_UPS_FILE = "follow_ups.yml"
"""Of the folder of flows: what bare questions ask for, by topic."""
FollowUps = Mapping[str, Mapping[str, str]]
"""Intents by topic and question."""
NO_FOLLOW_UPS: FollowUps = {}


class FlowError(Exception):
    """A flow cannot be used; the message is one line that names it."""


@dataclass(frozen=True)
class Branch:
    """Steps that depend on a slot, looked at when it is their turn."""

    slots: Mapping[str, Any]
    then: Tuple["Step", ...]
    otherwise: Tuple["Step", ...] = ()


Step = Union[str, Branch]
"""The name of an action or a response, or a branch."""


@dataclass(frozen=True)
class Flow:
    """What is done for one intent."""

    intent: str
    steps: Tuple[Step, ...]
    title: Optional[str] = None
    """On a button; a flow without one is never suggested."""
    changes: Optional[Pattern[str]] = None
    """Finds the words of the change that the flow makes: where they are negated the flow is not wanted."""
    trouble: bool = False
    """The customer has something to settle: no unasked offer for the rest of the conversation."""
    topic: Optional[str] = None
    """What the talk is about from then on: the flow's own, else that of its file."""

    @property
    def names(self) -> List[str]:
        """All actions and responses that it may run."""
        return list(_names(self.steps))


def load_flows(folder: Path) -> Dict[str, Flow]:
    """The flows of all files, by intent. Raises FlowError."""
    flows: Dict[str, Flow] = {}
    for path in sorted(path for path in folder.glob("*.yml") if path.name != FOLLOW_UPS_FILE):
        for intent, written in flows_of(path.read_text(encoding="utf-8"), path.name).items():
            if intent in flows:
                raise FlowError(f"{path.name}: the flow {intent} stands twice")
            flows[intent] = written
    if not flows:
        raise FlowError(f"{folder}: there are no flows")
    return flows


def flows_of(text: str, name: str) -> Dict[str, Flow]:
    """The flows of one file. Raises FlowError."""
    document = _document(text, name)
    written = document.get("flows")
    if not isinstance(written, dict):
        raise FlowError(f"{name}: flows is missing")
    flows = {str(intent): _flow(str(intent), body, name) for intent, body in written.items()}
    return {intent: replace(flow, topic=flow.topic or document.get("topic")) for intent, flow in flows.items()}


def follow_ups_of(text: str, name: str) -> FollowUps:
    """What bare questions ask for. Raises FlowError."""
    written = _document(text, name).get("follow_ups")
    if not isinstance(written, dict) or not all(isinstance(asks, dict) for asks in written.values()):
        raise FlowError(f"{name}: follow_ups have to be a mapping of topics to questions")
    for topic, asks in written.items():
        if unknown := sorted(set(asks) - set(QUESTIONS)):
            raise FlowError(f"{name}: {topic} has an unknown question {unknown[0]}; there are {', '.join(QUESTIONS)}")
    return {
        str(topic): {str(question): str(intent) for question, intent in asks.items()} for topic, asks in written.items()
    }


def _document(text: str, name: str) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FlowError(f"{name}: {str(error).splitlines()[0]}") from error
    return document if isinstance(document, dict) else {}


def check_flows(
    flows: Mapping[str, Flow],
    *,
    intents: Iterable[str],
    actions: Collection[str],
    follow_ups: FollowUps = NO_FOLLOW_UPS,
) -> None:
    """Raise FlowError unless every intent has a flow, every step exists and every follow-up leads to a flow."""
    for intent in sorted(intents):
        if intent not in flows:
            raise FlowError(f"the intent {intent} has no flow in data/flows")
    for flow in flows.values():
        for name in flow.names:
            if name not in actions:
                raise FlowError(f"the flow {flow.intent} runs {name}, which the domain does not know")
    topics = {flow.topic for flow in flows.values()}
    for topic, questions in follow_ups.items():
        if topic not in topics:
            raise FlowError(f"{FOLLOW_UPS_FILE}: no flow has the topic {topic}")
        for question, intent in questions.items():
            if intent not in flows:
                raise FlowError(f"{FOLLOW_UPS_FILE}: {topic}, {question}: the intent {intent} has no flow")


def progress(
    steps: Sequence[Step], done: Sequence[str], slots: Mapping[str, Any]
) -> Tuple[Optional[str], Sequence[str]]:
    """The step after those that are done, and those of the done ones that are not among these steps.

    There is no next step at the end, and where something else was done in between.
    """
    for step in steps:
        if isinstance(step, Branch):
            found, done = progress(_chosen(step, done, slots), done, slots)
            if found is not None:
                return found, done
        elif not done:
            return step, done
        elif done[0] == step:
            done = done[1:]
        else:
            return None, done
    return None, done


def without(steps: Sequence[Step], name: str) -> Tuple[Step, ...]:
    """The steps but for those of this name."""
    return tuple(
        Branch(step.slots, without(step.then, name), without(step.otherwise, name))
        if isinstance(step, Branch)
        else step
        for step in steps
        if step != name
    )


def _chosen(branch: Branch, done: Sequence[str], slots: Mapping[str, Any]) -> Sequence[Step]:
    """The side that was begun, whatever the slots hold meanwhile; else the one that they choose."""
    if done:
        return next((side for side in (branch.then, branch.otherwise) if done[0] in _names(side)), ())
    return branch.then if all(slots.get(name) == value for name, value in branch.slots.items()) else branch.otherwise


def _names(steps: Sequence[Step]) -> Iterable[str]:
    for step in steps:
        if isinstance(step, Branch):
            yield from _names(step.then)
            yield from _names(step.otherwise)
        else:
            yield step


def _flow(intent: str, body: Any, name: str) -> Flow:
    if not isinstance(body, dict) or not body.get("steps"):
        raise FlowError(f"{name}: the flow {intent} has no steps")
    if unknown := sorted(set(body) - KEYS):
        raise FlowError(f"{name}: the flow {intent} has an unknown key {unknown[0]}")
    changes = body.get("changes")
    try:
        pattern = None if changes is None else re.compile(rf"\b(?:{changes})\b", re.IGNORECASE)
    except re.error as error:
        raise FlowError(f"{name}: changes of the flow {intent} is no regular expression: {error}") from error
    return Flow(
        intent=intent,
        steps=_steps(body["steps"], f"{name}: the flow {intent}"),
        title=body.get("title"),
        changes=pattern,
        trouble=body.get("trouble") is True,
        topic=body.get("topic"),
    )


def _steps(written: Any, where: str) -> Tuple[Step, ...]:
    if not isinstance(written, list):
        raise FlowError(f"{where}: steps have to be a list")
    return tuple(_step(step, where) for step in written)


def _step(written: Any, where: str) -> Step:
    if isinstance(written, str):
        return written
    if not isinstance(written, dict) or not {"if", "then"} <= set(written) <= {"if", "then", "else"}:
        raise FlowError(f"{where}: a step is a name, or has if, then and perhaps else")
    return Branch(written["if"], _steps(written["then"], where), _steps(written.get("else", []), where))
