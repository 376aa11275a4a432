"""Training examples and test stories as Rasa reads them.

Rasa's markup has no way to write a square bracket that is no markup, so brackets that a shopper wrote become round ones
and no text can turn into an entity. Control characters and line breaks become spaces, so every example is one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

HEAD = 'version: "3.1"\n'
_BRACKETS = str.maketrans("[]", "()")


def annotated(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """The text on one line, its entities marked: `[coffee](category)`. Positions are those of `text`."""
    plain = "".join(character if character.isprintable() else " " for character in text).translate(_BRACKETS)
    marked, end = [], 0
    for entity in sorted(entities, key=lambda entity: int(entity["start"])):
        words = plain[entity["start"] : entity["end"]]
        value = entity.get("value")
        if value in (None, words):
            mark = f"({entity['entity']})"
        else:
            mark = json.dumps({"entity": entity["entity"], "value": value})
        marked += [plain[end : entity["start"]], f"[{words}]{mark}"]
        end = entity["end"]
    return "".join([*marked, plain[end:]]).strip()


def training_data(corrections: Iterable[Mapping[str, Any]]) -> str:
    """An NLU file of corrected messages and added examples, by intent, each text once."""
    by_intent: dict[str, dict[str, None]] = {}
    for correction in corrections:
        example = annotated(correction["text"], correction["entities"])
        if example:
            by_intent.setdefault(correction["intent"], {})[example] = None
    lines = [HEAD, "nlu:" if by_intent else "nlu: []"]
    for intent, examples in sorted(by_intent.items()):
        lines += [f"  - intent: {intent}", "    examples: |"]
        lines += [f"      - {example}" for example in examples]
    return "\n".join(lines) + "\n"


def test_story(
    conversation_id: str, messages: Iterable[Mapping[str, Any]], corrections: Iterable[Mapping[str, Any]]
) -> str:
    """A conversation as a test story for `rasa test`: what should be understood and done at each turn.

    A corrected message has its corrected meaning. A pressed button is its intent alone: no text was understood.
    """
    meant = {correction["message_id"]: correction for correction in corrections}
    lines = [HEAD, "stories:", f"  - story: conversation {conversation_id}", "    steps:"]
    for message in messages:
        intent = ((message["parse"] or {}).get("intent") or {}).get("name")
        if message["from"] != "shopper" or not intent:
            continue
        right = meant.get(message["message_id"])
        if message["pressed"]:
            lines.append(f"      - intent: {intent}")
        else:
            entities = right["entities"] if right else _understood(message["text"], message["parse"])
            lines += ["      - user: |", f"          {annotated(message['text'], entities)}"]
            lines.append(f"        intent: {right['intent'] if right else intent}")
        actions = message["actions"] or ()
        lines += [f"      - action: {action}" for action in actions if action != "action_listen"]
    return "\n".join(lines) + "\n"


def _understood(text: str, parse: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entities that the bot found where it says where: those that rules add have no place."""
    found: list[dict[str, Any]] = []
    for entity in sorted(parse.get("entities") or (), key=lambda entity: entity.get("start") or 0):
        start, end = entity.get("start"), entity.get("end")
        after = found[-1]["end"] if found else 0
        if isinstance(start, int) and isinstance(end, int) and after <= start < end <= len(text):
            found.append({"start": start, "end": end, "entity": entity["entity"], "value": entity.get("value")})
    return found
