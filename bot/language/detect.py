"""Which language a message is written in. English is what is left; a number or an emoji is of no language."""

from __future__ import annotations

import re
from collections import Counter
from typing import Dict, List, Optional, Sequence, Tuple

from bot.language.gloss import plain
from bot.language.languages import Language
from common.i18n.translations import ENGLISH

LETTERS_A_WORD = 1.5
"""Of a script without blanks: 订单 is one word of two letters."""
LEAST_SHARE = 0.3
"""Of a message's words, from which on a script of its own decides: who mixes both reads both."""
LEAST_WORDS = 0.5
"""Of the words that belong to some language, from which on those of one decide."""
UNKNOWN_WEIGHT = 0.25
"""Of a word that belongs to none: a name, a thing, a rarer word of either."""
SHORT = 2
"""Words of a message that one foreign word decides; in a longer one it may be a name."""
LEAST_ENGLISH = 3
"""Words without a foreign one that make a message English; fewer ("ok", "human please") are written in any language."""
_WORD = re.compile(r"[^\W\d_]+")


class Detector:
    """Knows the letters and words of every language."""

    def __init__(self, languages: Sequence[Language]) -> None:
        self._by_letters = [language for language in languages if language.letters is not None]
        self._by_code = {language.code: language for language in languages}
        self._languages_of: Dict[str, List[str]] = {}
        for language in languages:
            for word in language.words:
                self._languages_of.setdefault(word, []).append(language.code)

    def read(self, text: str) -> Tuple[Optional[str], Tuple[Language, ...]]:
        """The language of the text, None where nothing tells, and those of which it has words."""
        if not text.isascii():
            for language in self._by_letters:
                if letters := len((language.letters or _WORD).findall(text)):
                    own = letters / LETTERS_A_WORD
                    others = len([word for word in _WORD.findall(text) if word.isascii()])
                    share = own / (own + others)
                    return (language.code if share >= LEAST_SHARE else ENGLISH), (language,)
        words = _WORD.findall(plain(text))
        counts = Counter(code for word in words for code in self._languages_of.get(word, ()))
        english = counts.pop(ENGLISH, 0)
        if not counts:
            return (ENGLISH if len(words) >= LEAST_ENGLISH else None), ()
        best, count = counts.most_common(1)[0]
        unknown = max(0, len(words) - count - english)
        share = count / (count + english + UNKNOWN_WEIGHT * unknown)
        if share >= LEAST_WORDS and (count > 1 or len(words) <= SHORT):
            return best, (self._by_code[best],)
        found = tuple(self._by_code[code] for code in counts)
        return (ENGLISH if len(words) - count >= LEAST_ENGLISH else None), found
