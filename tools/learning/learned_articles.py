"""Help articles with the questions that people accepted for them, as the folder of a shop's own articles.

The bot's training reads such a folder in place of PROMOBOT_HELP_DIR: it holds the shop's own articles and, under their
ids, those of every shop that learned something (docs/help.md).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

QUESTIONS = "help/questions.yml"
"""Questions by the article's id, within the folder of what was learned."""
_ID = re.compile(r"^id:\s*(\S+)\s*$", re.MULTILINE)
_SECTION = re.compile(r"(?=^##\s)", re.MULTILINE)


def write_articles(common: Path, own: Path, learned: Path, out: Path) -> bool:
    """Write the folder anew; False, and nothing is written, where no question was learned.

    Questions of an article that is gone are left out.
    """
    file = learned / QUESTIONS
    questions: dict[str, list[str]] = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.exists() else {}
    if not questions:
        return False
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    articles = {_id_of(path): path for folder in (common, own) for path in sorted(folder.glob("*.md"))}
    for article_id, path in articles.items():
        if path.parent == own or article_id in questions:
            text = with_questions(path.read_text(encoding="utf-8"), questions.get(article_id, ()))
            (out / path.name).write_text(text, encoding="utf-8")
    return True


def with_questions(article: str, questions: Sequence[str]) -> str:
    """The article with each question in a comment of the section that shares the most words with it."""
    head, *sections = _SECTION.split(article)
    words = [_words(section) for section in sections]
    for question in questions:
        if sections:
            best = max(range(len(sections)), key=lambda index: len(words[index] & _words(question)))
            heading, _, body = sections[best].partition("\n")
            words_alone = " ".join(question.replace("|", " ").replace("--", " ").split())
            sections[best] = f"{heading}\n\n<!-- asked: {words_alone} -->\n{body}"
    return "".join([head, *sections])


def _id_of(path: Path) -> str:
    found = _ID.search(path.read_text(encoding="utf-8"))
    return found.group(1) if found else path.stem


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2}
