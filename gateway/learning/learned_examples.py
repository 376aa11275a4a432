"""The examples that people accepted or corrected, as files that the bot's training reads beside its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.learning.masking import masked
from gateway.learning.proposals import ARTICLE
from gateway.learning.rasa_yaml import training_data

SENTENCES = "nlu/learned.yml"
"""Examples of intents, within the folder."""
QUESTIONS = "help/questions.yml"
"""Questions of help articles, by the article's id, within the folder."""


@dataclass(frozen=True)
class LearnedExamples:
    """Both files' content."""

    sentences: str
    questions: str
    count: int

    @property
    def hash(self) -> str:
        """Another one for other examples."""
        return hashlib.sha256(f"{self.sentences}\0{self.questions}".encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Put both files into the folder, each whole or not at all."""
        for name, content in ((SENTENCES, self.sentences), (QUESTIONS, self.questions)):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() or file.read_text(encoding="utf-8") != content:
                draft = file.with_suffix(".part")
                draft.write_text(content, encoding="utf-8")
                draft.replace(file)


def learned_examples(
    corrections: Iterable[Mapping[str, Any]], *, intents: Collection[str], articles: Collection[str]
) -> LearnedExamples:
    """The examples of what the bot knows: an intent without training data has no answer, so it is left out.

    Texts have no numbers and addresses; entities are found by patterns and names, not learned.
    """
    sentences: set[tuple[str, str]] = set()
    questions: dict[str, set[str]] = {}
    for correction in corrections:
        intent, text = str(correction["intent"]), " ".join(masked(str(correction["text"])).split())
        if intent.startswith(ARTICLE) and intent.removeprefix(ARTICLE) in articles:
            questions.setdefault(intent.removeprefix(ARTICLE), set()).add(text)
        elif intent in intents:
            sentences.add((intent, text))
    rows = [{"intent": intent, "text": text, "entities": []} for intent, text in sorted(sentences)]
    listed = {article: sorted(its) for article, its in sorted(questions.items())}
    return LearnedExamples(
        sentences=training_data(rows),
        questions=yaml.safe_dump(listed, allow_unicode=True, sort_keys=True),
        count=len(sentences) + sum(map(len, listed.values())),
    )


def keep_only(folder: Path, current: LearnedExamples) -> None:
    """Take out of the folder's files what is no longer an example: it was taken back, or its conversation erased."""
    kept = LearnedExamples(
        sentences=training_data(_both(_sentences(_text(folder / SENTENCES)), _sentences(current.sentences))),
        questions=yaml.safe_dump(
            _both_questions(_text(folder / QUESTIONS), current.questions), allow_unicode=True, sort_keys=True
        ),
        count=0,
    )
    kept.write(folder)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _sentences(content: str) -> set[tuple[str, str]]:
    blocks = (yaml.safe_load(content) or {}).get("nlu") or []
    return {
        (block["intent"], line.removeprefix("- "))
        for block in blocks
        for line in block["examples"].splitlines()
        if line
    }


def _both(left: set[tuple[str, str]], right: set[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"intent": intent, "text": text, "entities": []} for intent, text in sorted(left & right)]


def _both_questions(left: str, right: str) -> dict[str, list[str]]:
    before, now = yaml.safe_load(left) or {}, yaml.safe_load(right) or {}
    both = {article: sorted({*its} & {*now.get(article, ())}) for article, its in before.items()}
    return {article: its for article, its in sorted(both.items()) if its}
