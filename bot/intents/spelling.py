"""Typing errors put right before the encoder reads a text: "whre is my oredr" reads "where is my order".

Only a word that nobody knows is changed: neither the encoder's vocabulary has it, nor the bot's sentences, nor the
catalogue, nor is it a form or a compound of such words. Numbers, codes, addresses and names stay as they were typed.
Pure text, no Rasa.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Collection, Dict, Iterable, List, Mapping, Optional

from rapidfuzz import process
from rapidfuzz.distance import OSA

LEAST_LETTERS = 4
"""Shorter words are a letter away from too many others."""
LEAST_LETTERS_OF_TWO_ERRORS = 7
LEAST_COUNT = 2
"""A word that the bot's sentences have once may be a typing error itself, if a word of FREQUENT ones is near."""
FREQUENT = 10
MUCH_MORE = 5
"""So many times as often as a word that nobody else knows stands the word that it is an error of."""
LEAST_STEM = 4
"""Letters before an ending; less is found in too many typing errors."""
COMMON = 6000
"""The encoder's vocabulary is sorted by frequency, its single letters and marks aside: from here on words are rare."""

WORD = re.compile(r"(?<![\w@#./\\&+*_-])[A-Za-z]+(?![\w@#/\\&+*_'\u2019-]|\.\w)")
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "r", "ly", "able", "ies", "ied")


class Spelling:
    """Corrects words towards `targets`, a count by word in lower case; `known` words are left alone as well.

    `rare` words, which may be typing errors of the bot's own sentences, give way to a frequent word alone.
    """

    def __init__(self, targets: Mapping[str, int], known: Collection[str], rare: Collection[str] = ()) -> None:
        self.targets = dict(targets)
        self._known = {*known, *targets}
        self._rare = frozenset(word for word in rare if not self.is_known(word))  # their forms are errors as well
        self._words = sorted(self.targets)
        self._correction = lru_cache(maxsize=4096)(self._find)

    def state(self) -> Dict[str, object]:
        """What `Spelling(**state)` needs; known words that follow from others are left out."""
        known: List[str] = sorted(self._known - {*self.targets})
        return {"targets": self.targets, "known": known, "rare": sorted(self._rare)}

    def corrected(self, text: str) -> str:
        """The text with its typing errors put right; every other character stays."""
        shouted = text.isupper()
        return WORD.sub(lambda match: self._replacement(match, shouted=shouted), text)

    def _replacement(self, match: re.Match[str], *, shouted: bool) -> str:
        word = match.group()
        if len(word) < LEAST_LETTERS or (not shouted and _is_name(word, before=match.string[: match.start()])):
            return word
        correction = self._correction(word.lower())
        if correction is None:
            return word
        return correction.capitalize() if word[0].isupper() and not shouted else correction

    def is_known(self, word: str) -> bool:
        """Whether the word, in lower case, needs no correction."""
        if word in self._known:
            return True
        for ending in _ENDINGS:
            stem = word[: -len(ending)]
            if word.endswith(ending) and len(stem) >= (LEAST_STEM - 1 if ending == "s" else LEAST_STEM):
                stems = [stem + "y"] if ending.startswith("ie") else [stem, stem + "e"]
                if stem[-1] == stem[-2]:
                    stems.append(stem[:-1])
                if any(word in self._known for word in stems):
                    return True
        return any(word[:middle] in self._known and word[middle:] in self._known for middle in range(4, len(word) - 3))

    def _find(self, word: str) -> Optional[str]:
        if self.is_known(word):
            return None
        most = 2 if len(word) >= LEAST_LETTERS_OF_TWO_ERRORS else 1
        near = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=most, limit=None)
        candidates = [
            (errors, -self.targets[target] * (3 if target[0] == word[0] else 1), target)
            for target, errors, _ in near
            if target != word
            and (word not in self._rare or self.targets[target] >= FREQUENT)
            and len(target) >= LEAST_LETTERS - 1
            and (errors == 1 or target[0] == word[0])
        ]
        return min(candidates)[2] if candidates else None


def _is_name(word: str, *, before: str) -> bool:
    """A capital inside a sentence, or several in a word, say that it is somebody's or something's name."""
    if word[1:] != word[1:].lower():
        return True
    return word[0].isupper() and bool(before.strip()) and before.rstrip()[-1] not in ".!?:\n"


def counted(texts: Iterable[str]) -> Counter[str]:
    """How often each word, in lower case, stands in the texts."""
    return Counter(word.lower() for text in texts for word in WORD.findall(text))


def spelling_of(texts: Iterable[str], names: Iterable[str], vocabulary: Mapping[str, int]) -> Spelling:
    """Words may be corrected to those of the bot's sentences and of the catalogue, and to common English ones.

    `vocabulary` gives each word's index in the encoder's list.
    """
    counts = counted(texts)
    targets = {word: count for word, count in counts.items() if count >= LEAST_COUNT or word in vocabulary}
    frequent = [word for word, count in targets.items() if count >= FREQUENT and word in vocabulary]
    for word in [word for word in targets if word not in vocabulary]:
        # The bot's sentences repeat common errors ("delivry"), which are still errors.
        near = process.extract(word, frequent, scorer=OSA.distance, score_cutoff=1, limit=None)
        if any(targets[other] >= MUCH_MORE * targets[word] and other[0] == word[0] for other, _, _ in near):
            del targets[word]
    for word in counted(names):
        targets[word] = max(LEAST_COUNT, targets.get(word, 0))
    for word, index in vocabulary.items():
        if index < COMMON and len(word) >= LEAST_LETTERS and word.isascii() and word.isalpha():
            targets.setdefault(word, 0)
    return Spelling(targets, vocabulary, [word for word in counts if word not in targets])
