"""Refuse the words that docs/glossary.md refuses, as parts of identifiers, as whole names and as labels.

    python -m tools.checks.check_words

Reads the tables of the glossary, then every tracked source file. Prints one line a finding and exits 1 if there is any.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = Path("docs/glossary.md")
_PYTHON, _TYPESCRIPT = (".py",), (".ts", ".tsx")
_LABELLED = (*_PYTHON, *_TYPESCRIPT, ".md", ".yml", ".html")
_SELF = {"tools/checks/check_words.py", "tests/unit/tools/test_check_words.py", str(GLOSSARY), "CHANGELOG.md"}
_TS_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_TS_TEXT = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


@dataclass(frozen=True)
class RefusedPart:
    """Words that may not follow each other in an identifier, and where."""

    words: tuple[str, ...]
    instead: str
    folders: tuple[str, ...]
    """Empty: everywhere."""
    stored_in: tuple[str, ...]

    def applies_to(self, path: str) -> bool:
        """Whether the row speaks of this file."""
        inside = not self.folders or path.startswith(self.folders)
        return inside and not path.startswith(self.stored_in or ("\0",))


@dataclass(frozen=True)
class Glossary:
    """What the page refuses."""

    parts: tuple[RefusedPart, ...]
    names: dict[str, str]
    labels: dict[str, str]


def read_glossary(text: str) -> Glossary:
    """The three tables of refused words. Raises KeyError for a page without them."""
    tables = {
        title: [[cell.strip() for cell in row.strip("|").split("|")] for row in rows] for title, rows in _tables(text)
    }
    parts = [
        RefusedPart(tuple(words.split()), instead, _listed(where), _listed(stored))
        for left, instead, where, stored in tables["Identifiers that are refused"]
        for words in re.findall(r"`([^`]+)`", left)
    ]
    names = {left.strip("`"): right for left, right in tables["Names that are refused as they stand"]}
    labels = dict(tables["Labels that are refused"])
    return Glossary(tuple(parts), names, labels)


def findings(path: str, text: str, glossary: Glossary) -> Iterator[str]:
    """One line for each refused word of a file: place, word, what to say instead."""
    parts = [part for part in glossary.parts if part.applies_to(path)]
    named = [(0, Path(path).stem), *identifiers(path, text)]
    seen: set[tuple[int, str]] = set()
    for line, name in named:
        if (line, name) in seen:
            continue
        seen.add((line, name))
        if line and name in glossary.names:
            yield f"{path}:{line}: `{name}`: say {glossary.names[name]}"
        words = words_in(name)
        for part in parts:
            if _follow_each_other(part.words, words):
                yield f"{path}:{line or 1}: `{name}` has `{' '.join(part.words)}`: say {part.instead}"
    for label, instead in glossary.labels.items():
        for match in re.finditer(re.escape(label), text):
            yield f'{path}:{text.count(chr(10), 0, match.start()) + 1}: "{label}": say "{instead}"'


def identifiers(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Names in a file's code with their lines; nothing of comments and texts."""
    if path.endswith(_PYTHON):
        before = ""
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                # What stands behind a dot may be somebody else's, such as SQLAlchemy's `rows.one()`.
                yield token.start[0], f".{token.string}" if before == "." else token.string
            before = token.string
    elif path.endswith(_TYPESCRIPT):
        code = _TS_TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
        for number, line in enumerate(code.splitlines(), start=1):
            for match in _TS_NAME.finditer(line):
                yield number, match.group()


def words_in(name: str) -> list[str]:
    """`PolicyDesk`, `policy_desk` and `policy-desk` are `policy`, `desk`."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _follow_each_other(words: tuple[str, ...], inside: list[str]) -> bool:
    return any(tuple(inside[at : at + len(words)]) == words for at in range(len(inside) - len(words) + 1))


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(",") if word.strip())


def _tables(text: str) -> Iterator[tuple[str, list[str]]]:
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        rows = [line for line in body.splitlines() if line.startswith("|")]
        yield title.strip(), rows[2:]


def main(arguments: Iterable[str] | None = None) -> int:
    """Check the files that are named, or all that git tracks; 0 if no refused word stands in them."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.checks.check_words",
        description="Refuse the words that docs/glossary.md refuses.",
        epilog="example: python -m tools.checks.check_words gateway/app.py",
    )
    parser.add_argument("files", nargs="*", help="left out: every tracked file")
    files = parser.parse_args(None if arguments is None else list(arguments)).files
    if not files:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        files = [file for file in listed.splitlines() if (ROOT / file).exists()]
    glossary = read_glossary((ROOT / GLOSSARY).read_text(encoding="utf-8"))
    count = 0
    for file in files:
        if file.endswith(_LABELLED) and file not in _SELF:
            for finding in findings(file, (ROOT / file).read_text(encoding="utf-8"), glossary):
                count += 1
                print(finding)
    if count:
        print(f"check_words: {count} refused words; docs/glossary.md says what to call things", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
