"""Help articles from disk, cut into passages. Knows neither Rasa nor torch.

HelpArticleError    an article or the folder cannot be used; one line that says which file and what to correct

An article is Markdown with front matter:

    ---
    id: returns
    title: Returning goods
    topic: returns
    updated: 2026-11-22
    ---

    ## How long you have

    <!-- asked: what is the deadline for returns | how many days to return an item -->

    You can return unused goods within 30 days after delivery and get back what you paid.

`intents.yml` beside the articles names those that say what the reply of an intent says, a line as
`price_match: [price-match]`: the guessed intents then speak for these articles.

A passage is one paragraph under a `##` heading. The comment is optional: customers' words for what the section answers,
for the search alone; no customer sees it.
"""

import datetime
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import yaml

INTENTS = "intents.yml"
FIELDS = ("id", "title", "topic", "updated")
_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)
_HEADING = re.compile(r"^##\s+(.+?)\s*$", re.MULTILINE)
_QUESTIONS = re.compile(r"<!--\s*asked:(.*?)-->", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class HelpArticleError(Exception):
    """The message is one line that names the file."""


@dataclass(frozen=True)
class Passage:
    """One paragraph, as it may be quoted."""

    article_id: str
    title: str
    heading: str
    text: str
    questions: Tuple[str, ...]
    """Customers' questions that it answers, from the section's comment."""


def read_passages(folder: Path, shop_folder: Optional[Path] = None) -> List[Passage]:
    """The passages of every `*.md` in the folder, by file name and place; those of the shop's own folder after them.

    An article of the shop's own stands in place of the one in `folder` that has its id. Raises HelpArticleError.
    """
    articles: Dict[str, List[Passage]] = {}
    for each in _folders(folder, shop_folder):
        files: Dict[str, Path] = {}
        for file in _articles(each):
            fields, body = _parts(file)
            article_id = str(fields["id"])
            if article_id in files:
                raise HelpArticleError(f"{file}: the id '{article_id}' is already that of {files[article_id]}")
            files[article_id] = file
            found = _passages(article_id, str(fields["title"]), body)
            if not found:
                raise HelpArticleError(f"{file}: no passage; write at least one paragraph under a '## ' heading")
            articles[article_id] = found
    return [passage for found in articles.values() for passage in found]


def read_intents(folder: Path, shop_folder: Optional[Path] = None) -> Dict[str, List[str]]:
    """For each intent the articles that say what its reply says, those of the shop's own folder added. Neither folder
    has to have such a file. Raises HelpArticleError."""
    known = {passage.article_id for passage in read_passages(folder, shop_folder)}
    intents: Dict[str, List[str]] = {}
    for file in (each / INTENTS for each in _folders(folder, shop_folder)):
        if not file.exists():
            continue
        try:
            written = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise HelpArticleError(f"{file}: {' '.join(str(error).split())}") from error
        if not isinstance(written, dict) or not all(isinstance(articles, list) for articles in written.values()):
            raise HelpArticleError(f"{file}: write an intent a line, as 'price_match: [price-match]'")
        for intent, articles in written.items():
            if unknown := [str(article) for article in articles if article not in known]:
                raise HelpArticleError(f"{file}: '{intent}' names {', '.join(unknown)}, which is no article")
            intents.setdefault(str(intent), []).extend(articles)
    return intents


def articles_hash(folder: Path, shop_folder: Optional[Path] = None) -> str:
    """A hash of the names and bytes of all articles and of `intents.yml`. Raises HelpArticleError."""
    digest = hashlib.sha256()
    for each in _folders(folder, shop_folder):
        for file in (*_articles(each), *each.glob(INTENTS)):
            content = file.read_bytes()
            digest.update(f"{file.name}\n{len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:16]


def _folders(folder: Path, shop_folder: Optional[Path]) -> List[Path]:
    return [folder] if shop_folder is None else [folder, shop_folder]


def _articles(folder: Path) -> List[Path]:
    files = sorted(folder.glob("*.md"))
    if not files:
        raise HelpArticleError(
            f"{folder}: no help articles (*.md) there; set the folder under HelpRetriever's `folder`, "
            "the shop's own under `shop_folder` or PROMOBOT_HELP_DIR"
        )
    return files


def _parts(file: Path) -> Tuple[Dict[str, object], str]:
    try:
        match = _FRONT_MATTER.fullmatch(file.read_text(encoding="utf-8"))
        fields = yaml.safe_load(match.group(1)) if match else None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise HelpArticleError(f"{file}: {' '.join(str(error).split())}") from error
    if match is None or not isinstance(fields, dict):
        raise HelpArticleError(f"{file}: no front matter; begin with '---', {', '.join(FIELDS)} and '---'")
    for name in FIELDS:
        if not fields.get(name):
            raise HelpArticleError(f"{file}: the front matter has no '{name}'")
    if not isinstance(fields["updated"], datetime.date):
        raise HelpArticleError(f"{file}: 'updated' must be a day such as 2026-11-22, not {fields['updated']!r}")
    return fields, match.group(2)


def _passages(article_id: str, title: str, body: str) -> List[Passage]:
    pieces = _HEADING.split(body)  # what stands before the first heading, then heading, section, heading, section ...
    passages = []
    for heading, section in zip(pieces[1::2], pieces[2::2], strict=True):
        questions = tuple(
            " ".join(question.split())
            for comment in _QUESTIONS.findall(section)
            for question in comment.split("|")
            if question.strip()
        )
        for paragraph in re.split(r"\n\s*\n", _COMMENT.sub("", section)):
            if text := " ".join(paragraph.split()):
                passages.append(Passage(article_id, title, heading, text, questions))
    return passages
