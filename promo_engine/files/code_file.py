"""Files of codes that a shop brings: CSV with a column `code`, or one code on each line."""

from __future__ import annotations

import csv
from pathlib import Path

MAX_LENGTH = 32
MAX_CODES = 1_000_000


class CodeFileError(Exception):
    """The file cannot be used; the message is one line with the place."""


def read_code_file(path: Path) -> list[str]:
    """Return the codes in the file's order. Raises CodeFileError and OSError."""
    lines: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            column = 0
            for row in rows:
                if not lines and "code" in (names := [cell.strip().lower() for cell in row]):
                    column = names.index("code")
                elif any(cell.strip() for cell in row):
                    code = row[column].strip() if column < len(row) else ""
                    _check(code, lines, at=f"{path}, line {rows.line_num}")
                    lines[code] = rows.line_num
    except (UnicodeDecodeError, csv.Error) as error:
        raise CodeFileError(f"{path} is not CSV in UTF-8: {error}") from error
    if not lines:
        raise CodeFileError(f"{path} has no codes")
    return list(lines)


def _check(code: str, earlier: dict[str, int], *, at: str) -> None:
    if not code:
        raise CodeFileError(f"{at}: there is no code")
    if len(code) > MAX_LENGTH or not code.isprintable():
        raise CodeFileError(f"{at}: a code has at most {MAX_LENGTH} characters that can be printed")
    if code in earlier:
        raise CodeFileError(f"{at}: {code} stands in line {earlier[code]} already")
    if len(earlier) >= MAX_CODES:
        raise CodeFileError(f"{at}: at most {MAX_CODES} codes in one file")
