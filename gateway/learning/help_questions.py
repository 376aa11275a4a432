"""The questions that help articles answer, read from the articles' own files (docs/help.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_FIELD = re.compile(r"^(id|title):\s*(.+?)\s*$", re.MULTILINE)
_HEADING = re.compile(r"^##\s+(.+?)\s*$", re.MULTILINE)
_ASKED = re.compile(r"<!--\s*asked:(.*?)-->", re.DOTALL)


def read_articles(folders: Iterable[Path]) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Title and questions of each article, by id; an article of a later folder stands for an earlier one's.

    Files that are no articles are left out: training says what is wrong with them.
    """
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.md")):
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            fields = dict(_FIELD.findall(text.partition("\n##")[0]))
            if "id" not in fields or "title" not in fields:
                continue
            said = [" ".join(part.split()) for comment in _ASKED.findall(text) for part in comment.split("|")]
            questions = (fields["title"], *_HEADING.findall(text), *(question for question in said if question))
            found[fields["id"]] = (fields["title"], questions)
    return found
