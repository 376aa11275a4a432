"""The language in which the bot answers: that of the message, where it has replies in it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.language.languages import load_languages
from bot.language.reader import LANGUAGE
from common.i18n.translations import ENGLISH, i18n_folder, reply_languages

LANGUAGE_SLOT = "language"
"""Unset for English."""
NOTED_SLOT = "noted_language"
"""The language of which was said that the bot does not answer in it."""


def spoken_language(tracker: DialogueStateTracker) -> str:
    """The code of the language in which the bot answers."""
    return str(tracker.slots[LANGUAGE_SLOT].value or ENGLISH) if LANGUAGE_SLOT in tracker.slots else ENGLISH


def follow_language(tracker: DialogueStateTracker, domain: Domain) -> List[Event]:
    """What the latest message changes: the language of the answers, or a sentence that there are none in its own.

    A message that is of no language (a number, a button, "ok") changes nothing; at the beginning the shop's own counts.
    """
    message = tracker.latest_message
    if message is None or not {LANGUAGE_SLOT, NOTED_SLOT} <= set(tracker.slots):
        return []
    read: Any = message.parse_data.get(LANGUAGE)  # the key is ours: Rasa's type has no room for it
    before = tracker.get_slot(LANGUAGE_SLOT)
    shops = _shops_language(message.metadata)
    code = read or before or shops
    if code not in reply_languages():
        noted = code == tracker.get_slot(NOTED_SLOT)
        note = None if noted else _notes().get(code)
        return [BotUttered(note), SlotSet(NOTED_SLOT, code)] if note else []
    after = None if code == ENGLISH == shops else code
    return [] if after == before else [SlotSet(LANGUAGE_SLOT, after)]


def _shops_language(metadata: Optional[Mapping[str, Any]]) -> str:
    code = str((metadata or {}).get("locale") or ENGLISH).replace("_", "-").split("-")[0].lower()
    return code if code in reply_languages() else ENGLISH


@lru_cache(maxsize=1)
def _notes() -> Dict[str, str]:
    return {language.code: language.note for language in load_languages(i18n_folder()) if language.note}
