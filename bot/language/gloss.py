"""A message of another language word by word in English: the rules of the dialogue and the entities read that.

"我想取消昨天的订单" becomes "i want to cancel yesterday order". That is no translation, and no intent is guessed from
it; but "yesterday", "cancel", "the second one", "3 boxes milk" and "never mind" are found in it by what finds them in
English, so that a language is a file of words. Pure text, no Rasa.

    numerals: {一: 1, 两: 2, 十: 10, 百: 100}     optional, with `counted`: what stands behind such a number
    counted: "[个盒天]"
    apart: 第另                                    letters behind which it counts nothing: 第二个, 另一个
    patterns: {'(\\d+)天前': '\\1 days ago'}        regular expressions, in their order, before the words
    words: {订单: order}                           the longest first
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Pattern, Tuple

from common.i18n.translations import TranslationError

KEYS = {"numerals", "counted", "apart", "patterns", "words"}
_MARKS = str.maketrans({"。": ". ", "、": ", ", "「": '"', "」": '"', "《": '"', "》": '"', "¿": " ", "¡": " "})
_SPACES = re.compile(r"[ \t]+")
_BEFORE_MARK = re.compile(r" +(?=[.,;:!?])")
TENS = 10
"""From here on a numeral multiplies the digit before it: 二十三 is 2 x 10 + 3."""


def plain(text: str) -> str:
    """The text in small letters without accents, letter by letter: every one of them stays where it was."""
    return text.lower() if text.isascii() else "".join(map(_plain_letter, text))


def _plain_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 and not unicodedata.combining(base) else letter


def usual_marks(text: str) -> str:
    """Full-width letters, digits and marks as the usual ones; accents and capitals stay."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_MARKS))


@dataclass(frozen=True)
class Gloss:
    """The words of one language."""

    words: Mapping[str, str]
    """By what is written, plain."""
    finds: Optional[Pattern[str]]
    """Any of the words; None where there are none."""
    patterns: Tuple[Tuple[Pattern[str], str], ...]
    numerals: Mapping[str, int]
    counts: Optional[Pattern[str]]
    """A number in numerals before something that is counted."""

    def english(self, text: str) -> str:
        """The text with every word that is known in English; what is not stays as it is."""
        if self.counts is not None:
            text = self.counts.sub(lambda match: str(self.number(match.group())), text)
        for pattern, english in self.patterns:
            text = pattern.sub(rf" {english} ", text)
        return _BEFORE_MARK.sub("", _SPACES.sub(" ", self._by_word(text))).strip()

    def _by_word(self, text: str) -> str:
        if self.finds is None:
            return text
        parts, end = [], 0
        for match in self.finds.finditer(plain(text)):
            parts += [text[end : match.start()], f" {self.words[match.group()]} "]
            end = match.end()
        return "".join([*parts, text[end:]])

    def number(self, numerals: str) -> int:
        """The value of a number in numerals: 十二 is 12, 三百 is 300."""
        total, digit = 0, 0
        for numeral in numerals:
            value = self.numerals[numeral]
            if value < TENS:
                digit = value
            else:
                total, digit = total + max(digit, 1) * value, 0
        return total + digit


def gloss_of(written: Mapping[str, Any], path: Path) -> Gloss:
    """The words of a file. Raises TranslationError."""
    if unknown := sorted(set(written) - KEYS):
        raise TranslationError(f"{path}: unknown key {unknown[0]}")
    words = {plain(str(word)): str(english) for word, english in (written.get("words") or {}).items()}
    numerals: Dict[str, int] = dict(written.get("numerals") or {})
    digits = "".join(map(re.escape, numerals))
    counted, apart = written.get("counted"), written.get("apart") or "\\0"
    try:
        patterns = tuple(
            (re.compile(str(pattern), re.IGNORECASE), str(english))
            for pattern, english in (written.get("patterns") or {}).items()
        )
        counts = re.compile(f"(?<![{apart}])[{digits}]+(?={counted})") if numerals and counted else None
    except re.error as error:
        raise TranslationError(f"{path}: {error.pattern!r} is no regular expression: {error}") from error
    return Gloss(words, _any_of(words), patterns, numerals, counts)


def _any_of(words: Mapping[str, str]) -> Optional[Pattern[str]]:
    """The longest word counts. One of Latin letters has to stand alone; Chinese writes no blanks."""
    if not words:
        return None
    longest_first: List[str] = sorted(words, key=len, reverse=True)
    either = "|".join(
        rf"(?<![^\W_]){re.escape(word)}(?![^\W_])" if word[0].isascii() else re.escape(word) for word in longest_first
    )
    return re.compile(either)
