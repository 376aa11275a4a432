"""Sentences in a customer's language: `data/i18n` has a folder a language, and in it files of English: translation.

    # data/i18n/zh/orders.yml
    "Order {number} came to {total}.": "订单 {number} 共 {total}。"

Code writes a sentence in English, with its values by name; what no file translates stays English. Which languages are
complete is tested (tests/unit/common/test_translations.py).

TranslationError    a file cannot be used; one line that says which and why
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ENGLISH = "en"
FOLDER_VARIABLE = "PROMOBOT_I18N_DIR"
SENTENCES = "sentences"
"""Of a language's folder, the part with such files."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")
"""In a pattern that re.escape wrote."""


class TranslationError(ValueError):
    """A file of sentences cannot be used."""


def i18n_folder() -> Path:
    """Where the languages lie: PROMOBOT_I18N_DIR, else data/i18n of this checkout or package."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[2] / "data" / "i18n"


@lru_cache(maxsize=64)
def sentences_in(language: str) -> Mapping[str, str]:
    """Every translated sentence of a language by its English; none for English itself. Raises TranslationError."""
    found: dict[str, str] = {}
    if language == ENGLISH:
        return found
    for path in sorted((i18n_folder() / language / SENTENCES).glob("*.yml")):
        for english, translated in read_mapping(path).items():
            if not isinstance(translated, str) or not placeholders(translated) <= placeholders(english):
                raise TranslationError(f"{path}: {english!r} needs a text with no other values than its own")
            found[english] = translated
    return found


@lru_cache(maxsize=1)
def reply_languages() -> tuple[str, ...]:
    """The languages that the bot answers in: English, and each whose folder has sentences."""
    return (ENGLISH, *sorted(path.parent.name for path in i18n_folder().glob(f"*/{SENTENCES}")))


def translated(english: str, language: str, **values: Any) -> str:
    """The sentence in a language, its `{values}` filled in; in English where the language has none."""
    text = sentences_in(language).get(english, english)
    return text.format(**values) if values else text


def translated_text(text: str, language: str) -> str:
    """A text that a shop or the engine made, an offer's title for instance: as a whole, else each sentence of it.

    A sentence is known as it stands, or has the form of one in patterns.yml ("{percent} % off {thing}").
    """
    if language == ENGLISH or text in sentences_in(language):
        return sentences_in(language).get(text, text)
    parts = [_by_pattern(sentence, language) for sentence in _SENTENCE_END.split(text)]
    joint = "" if all(not part.isascii() for part in parts) else " "
    return joint.join(parts)


def _by_pattern(sentence: str, language: str) -> str:
    known = sentences_in(language)
    if sentence in known:
        return known[sentence]
    for pattern, text in _patterns_in(language):
        if match := pattern.fullmatch(sentence):
            named = {name: _named(value, known) for name, value in match.groupdict().items()}
            if None not in named.values():
                return text.format(**named)
    return sentence


def _named(value: str, known: Mapping[str, str]) -> str | None:
    """The value's translation; None for words that the language's files do not know."""
    found = known.get(value) or known.get(value[:1].lower() + value[1:])
    return value if found is None and not _LETTERS.search(value) else found


@lru_cache(maxsize=64)
def _patterns_in(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The forms of sentences, the longest first, and the translation of each."""
    path = i18n_folder() / language / "patterns.yml"
    written = read_mapping(path) if path.is_file() else {}
    for english, text in written.items():
        if not isinstance(text, str) or not placeholders(text) <= placeholders(english):
            raise TranslationError(f"{path}: {english!r} needs a text with no other values than its own")
    return tuple(
        (re.compile(_PLACEHOLDER.sub(r"(?P<\1>.+?)", re.escape(english))), written[english])
        for english in sorted(written, key=len, reverse=True)
    )


def read_mapping(path: Path) -> Mapping[str, Any]:
    """A YAML file that maps texts. Raises TranslationError."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TranslationError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise TranslationError(f"{path}: a mapping of texts is needed")
    return content


def placeholders(text: str) -> frozenset[str]:
    """The names of the values that a sentence takes."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
