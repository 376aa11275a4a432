"""The words for what a shop sells: names of categories and of single products, found in spite of typing errors.

A name is a sequence of words. Words are compared in lower case and without plural endings. An unknown word of at least
five letters is read as the word of the catalogue at an edit distance of one (two from nine letters on).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Tuple

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.entities.spans import Found, found

Words = Tuple[str, ...]

SHORTEST_WITH_TYPO = 5
SHORTEST_WITH_TWO_TYPOS = 9
LONGEST_NAME = 6
"""Words of a name; a longer one would never be typed in full."""
_WORD = re.compile(r"[^\W_]+")


class ProductFileError(ValueError):
    """A file of names cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True)
class Name:
    """One name: `category` is the shop's own name of the category, `name` the word for people."""

    entity: str
    name: str
    category: str


class ProductWords:
    """Names by their words in singular; `known_words` are never read as typing errors."""

    def __init__(self, names: Mapping[Words, Name], *, known_words: Iterable[str]) -> None:
        self.names = names
        self._words = {word for words in names for word in words}
        self._known = self._words | set(known_words)
        self._longest = min(LONGEST_NAME, max(map(len, names), default=0))
        self._by_letter: Dict[str, List[str]] = {}
        for word in sorted(word for word in self._words if len(word) >= SHORTEST_WITH_TYPO):
            self._by_letter.setdefault(word[0], []).append(word)

    def find(self, text: str) -> List[Found]:
        """Every name in the text, the longest first, without overlap."""
        spans = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        words = [self._correct(text[start:end].lower()) for start, end in spans]
        hits: List[Found] = []
        i = 0
        while i < len(words):
            for length in range(min(self._longest, len(words) - i), 0, -1):
                name = self.names.get(tuple(words[i : i + length]))
                if name is not None:
                    start, end = spans[i][0], spans[i + length - 1][1]
                    hits.append(found(name.entity, start, end, name.name, category=name.category))
                    i += length - 1
                    break
            i += 1
        return hits

    def _correct(self, typed: str) -> str:
        """The nearest word of the catalogue, or the word as typed, both in singular."""
        word = singular(typed)
        if word in self._known or typed in self._known or len(typed) < SHORTEST_WITH_TYPO or not word.isalpha():
            return word
        typos = 2 if len(word) >= SHORTEST_WITH_TWO_TYPOS else 1
        # The first letter is rarely wrong; demanding it halves the false matches.
        candidates = self._by_letter.get(word[0], ())
        nearest = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=typos)
        return nearest[0] if nearest else word


def singular(word: str) -> str:
    """An English noun without its plural ending. Both forms must give the same result, which need not be a word."""
    if len(word) <= 3 or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    for ending, instead in (("ies", "y"), ("oes", "o"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("sses", "ss")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word[:-1]


def tokenize(text: str) -> Words:
    """The words of a name, in lower case and singular."""
    return tuple(singular(match.group().lower()) for match in _WORD.finditer(text))


def read_names(*, categories: Path, products: Path) -> Dict[Words, Name]:
    """Read both files. A product's word wins over a category of the same name. Raises ProductFileError."""
    category_names = _mapping(categories)
    names = {tokenize(name): Name("category", name, category) for category, name in category_names.items()}
    seen: Dict[Words, str] = {}
    for category, listed in _mapping(products).items():
        if category not in category_names:
            raise ProductFileError(f"{products}: {category}: there is no such category in {categories}")
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise ProductFileError(f"{products}: {category}: a list of words is needed")
        for word in listed:
            words = tokenize(word)
            if seen.setdefault(words, category) != category:
                raise ProductFileError(f"{products}: {word} stands for {seen[words]} and for {category}")
            names[words] = Name("product", word, category)
    names.pop((), None)
    return names


def _mapping(path: Path) -> Dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProductFileError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ProductFileError(f"{path}: a mapping of categories is needed")
    return content


def common_words(texts: Iterable[str], *, times: int = 2) -> List[str]:
    """The words of at least `times` of the texts: a word that occurs once may be a typing error itself."""
    counts: Dict[str, int] = {}
    for text in texts:
        for word in {match.group().lower() for match in _WORD.finditer(text)}:
            counts[word] = counts.get(word, 0) + 1
    return sorted(word for word, count in counts.items() if count >= times)
