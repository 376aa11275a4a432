"""The languages that customers write, each a folder of data/i18n; English needs none.

language.yml    how it is recognised, and the sentence that says so where the bot does not answer in it
phrases.yml     what its words mean in English (bot/language/gloss.py)
intents.yml     sentences by intent, beside the English ones (bot/intents/multilingual_intents.py)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, FrozenSet, List, Mapping, Optional, Pattern, Tuple

from bot.language.gloss import Gloss, gloss_of
from common.i18n.translations import TranslationError, read_mapping, reply_languages

KEYS = {"name", "letters", "words", "note", "joints", "before", "behind"}
MOST_CLAUSES = 6
"""Of a longer message the last ones are read."""
_END = r"(?<=[!?。！？…])\s*|(?<=[.])\s+|\n+|[;；]\s*"  # noqa: RUF001  # full-width marks end sentences


_SAYS_SOMETHING = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Language:
    """A language that customers write."""

    code: str
    name: str
    """In the language itself."""
    letters: Optional[Pattern[str]]
    """Letters that no other language here has; None for one that is recognised by its words."""
    words: FrozenSet[str]
    """In lower case and without accents: those that tell it from English."""
    gloss: Gloss
    note: Optional[str]
    """Said once where the bot does not answer in it."""
    ends: Pattern[str]
    """Where one clause ends and the next begins: marks, and words that join two requests."""
    frames: Tuple[Pattern[str], ...]
    """What stands around a request and says nothing about it."""

    def clauses(self, text: str) -> List[str]:
        """What the message says, clause by clause, without frames; the whole text where it says nothing else."""
        parts = [self._bare(part) for part in self.ends.split(text)]
        return [part for part in parts if _SAYS_SOMETHING.search(part)][-MOST_CLAUSES:] or [text]

    def _bare(self, clause: str) -> str:
        for frame in self.frames:
            rest = frame.sub("", clause).strip()
            if len(_SAYS_SOMETHING.findall(rest)) > 1:  # thanks alone are what was said
                clause = rest
        return clause.strip()


def load_languages(folder: Path) -> Tuple[Language, ...]:
    """All languages of the folder, by code. Raises TranslationError for a file that cannot be used."""
    return tuple(_language(path.parent) for path in sorted(folder.glob("*/language.yml")))


def load_intents(folder: Path) -> Dict[str, List[str]]:
    """The sentences of all languages by intent. Raises TranslationError."""
    sentences: Dict[str, List[str]] = {}
    for path in sorted(folder.glob("*/intents.yml")):
        for intent, written in read_mapping(path).items():
            if not isinstance(written, list) or not all(isinstance(sentence, str) for sentence in written):
                raise TranslationError(f"{path}: {intent}: a list of sentences is needed")
            sentences.setdefault(intent, []).extend(written)
    return sentences


def _language(folder: Path) -> Language:
    path = folder / "language.yml"
    written = read_mapping(path)
    if unknown := sorted(set(written) - KEYS):
        raise TranslationError(f"{path}: unknown key {unknown[0]}")
    if bool(written.get("letters")) == bool(written.get("words")):
        raise TranslationError(f"{path}: a language is recognised by its letters or by its words")
    phrases = folder / "phrases.yml"
    note = written.get("note")
    if note is None and folder.name not in reply_languages():
        raise TranslationError(f"{path}: note is missing, and the bot has no replies in this language")
    return Language(
        code=folder.name,
        name=str(written.get("name") or folder.name),
        letters=_letters(written, path),
        words=frozenset(str(written.get("words") or "").split()),
        gloss=gloss_of(read_mapping(phrases) if phrases.is_file() else {}, phrases),
        note=note,
        ends=_pattern("|".join(filter(None, [_END, _joints(written)])), path),
        frames=_frames(written, path),
    )


def _joints(written: Mapping[str, object]) -> str:
    return rf"[,，、\s]*(?:{written['joints']})[,，\s]*" if written.get("joints") else ""  # noqa: RUF001


def _frames(written: Mapping[str, object], path: Path) -> Tuple[Pattern[str], ...]:
    before, behind = written.get("before"), written.get("behind")
    return (
        *([_pattern(rf"^\W*(?:(?:{before})[\s,，!！~.。:：]*)+", path)] if before else []),  # noqa: RUF001
        *([_pattern(rf"(?:[\s,，!！~.。]*(?:{behind}))+\W*$", path)] if behind else []),  # noqa: RUF001
    )


def _pattern(written: str, path: Path) -> Pattern[str]:
    try:
        return re.compile(written, re.IGNORECASE)
    except re.error as error:
        raise TranslationError(f"{path}: {error.pattern!r} is no regular expression: {error}") from error


def _letters(written: Mapping[str, object], path: Path) -> Optional[Pattern[str]]:
    return _pattern(f"[{written['letters']}]", path) if written.get("letters") else None
