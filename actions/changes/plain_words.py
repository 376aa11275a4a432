"""Texts and names as they are compared: lower case, without marks, with one spelling of what is written in two ways."""

import re
from typing import List, Pattern

from rapidfuzz.distance import OSA

_SPELLINGS = (("grey", "gray"), ("colour", "color"), ("litre", "liter"), ("aluminium", "aluminum"), ("fibre", "fiber"))
_LEAST_LETTERS = 5
"""Shorter words are a letter away from too many others."""
_LEAST_LETTERS_OF_TWO_ERRORS = 8


def plain(text: str) -> str:
    """The text in lower case; apostrophes go, every other mark but those of sentences, percents and points of numbers
    is a blank."""
    text = re.sub(r"['\u2019`]", "", text.lower())
    text = re.sub(r"[^\w\s.,;:!?%]|_", " ", text)
    text = re.sub(r"(?<!\d)\.|\.(?!\d)", " . ", text)
    for written, instead in _SPELLINGS:
        text = text.replace(written, instead)
    return re.sub(r"\s+", " ", text).strip()


def words_of(text: str) -> List[str]:
    """The words of a plain text."""
    return re.findall(r"[\w%]+(?:\.\d+\w*)?", text)


def singular(word: str) -> str:
    """A word without its plural's ending."""
    for ending, instead in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ss", "ss")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def phrase(name: str) -> Pattern[str]:
    """Finds a name in a plain text: numbers with or without a blank before their unit, words in singular or plural."""
    words = [_word(word) for word in words_of(plain(name))]
    return re.compile(rf"(?<![\w.]){' ?'.join(words)}(?![\w%])")


def _word(word: str) -> str:
    with_unit = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]+)", word)
    if with_unit:
        return rf"{re.escape(with_unit[1])} ?{with_unit[2]}"
    if word.isalpha() and len(word) > 2:
        stem = singular(word)
        return rf"{stem[:-1]}(?:y|ies)" if stem.endswith("y") else rf"{stem}(?:s|es)?"
    return re.escape(word)


def is_near(written: str, word: str) -> bool:
    """Whether one may be the other with a typing error."""
    if min(len(written), len(word)) < _LEAST_LETTERS or written[0] != word[0]:
        return False
    return OSA.distance(written, word) <= (2 if len(word) >= _LEAST_LETTERS_OF_TWO_ERRORS else 1)


def corrected(text: str, known: List[str]) -> str:
    """A plain text in which words that are a typing error away from one of the known ones are that one."""
    vocabulary = set(known)

    def instead(match: "re.Match[str]") -> str:
        word = match.group()
        if word in vocabulary or singular(word) in vocabulary:
            return word
        return next((other for other in known if is_near(word, other)), word)

    return re.sub(r"[a-z]{5,}", instead, text)
