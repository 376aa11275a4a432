"""Opens a text file that a shop exported, whatever its encoding, and reads its rows one by one.

A file is refused as a whole only if nothing of it can be read: a web page, a spreadsheet, an empty file, bytes of no
known encoding. What is wrong with a row is a finding.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity, ShopFileError

DELIMITERS = ",;\t|"
_SAMPLE_BYTES = 256 * 1024
_CHUNK_BYTES = 1 << 20
_MOST_CELL_CHARACTERS = 10_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSED = ["cp1252", "cp1250", "cp1251", "shift_jis", "gb18030", "big5"]
_FOREIGN = (
    (b"PK\x03\x04", "is a spreadsheet or an archive: export it as CSV"),
    (b"%PDF", "is a PDF: export it as CSV"),
    (b"\x1f\x8b", "is compressed: unpack it first"),
)


@dataclass(frozen=True)
class OpenedText:
    """A text file, ready to be read."""

    path: Path
    encoding: str
    notes: tuple[RowFinding, ...]
    """What was detected rather than told."""


@dataclass(frozen=True)
class Row:
    """One record of a table, by column; a cell that is missing is empty."""

    number: int
    """As a spreadsheet counts: the header is row 1."""
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """The cell without blanks around it; empty if the table has no such column."""
        return self.cells.get(column, "").strip()


def open_text(path: Path, encoding: str | None) -> OpenedText:
    """Find out a file's encoding. Raises ShopFileError for a file that is no text."""
    try:
        with path.open("rb") as file:
            sample = file.read(_SAMPLE_BYTES)
    except OSError as error:
        raise ShopFileError(f"{path}: {error.strerror or error}") from error
    if not sample.strip():
        raise ShopFileError(f"{path}: the file is empty")
    for head, reason in _FOREIGN:
        if sample.startswith(head):
            raise ShopFileError(f"{path}: this {reason}")
    _refuse_web_page(path, sample)
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise ShopFileError(f"{path}: there is no encoding {encoding!r}; try utf-8 or cp1252") from error
        return OpenedText(path, encoding, ())
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return OpenedText(path, name, ())
    wide = _without_mark(sample)
    if wide is None and _is_utf8(path):
        return OpenedText(path, "utf-8", ())
    guessed = wide or _guess(sample)
    if guessed is None:
        raise ShopFileError(f"{path}: the encoding is not known; name it with --encoding, for example cp1252")
    reason = f"read as {guessed}, which was detected; --encoding says otherwise"
    return OpenedText(path, guessed, (RowFinding(0, "", "encoding", guessed, Severity.NOTE, reason),))


def read_rows(text: OpenedText, *, delimiter: str | None = None) -> Iterator[Row | RowFinding]:
    """Rows of a table with a header, in the file's order. Raises ShopFileError for a table without a header.

    Quoted cells may hold delimiters, quotes and newlines. A row with more cells than the header, or one in which the
    file ends, is a finding.
    """
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    try:
        with text.path.open(encoding=text.encoding, newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter or _delimiter_of(first), strict=True)
            header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
            if not any(header):
                raise ShopFileError(f"{text.path}: the first row has no names of columns")
            yield from _records(reader, header, _twice(header))
    except UnicodeDecodeError as error:
        raise ShopFileError(
            f"{text.path}: byte {error.start} is not {text.encoding}; name the encoding with --encoding"
        ) from error


def columns_of(text: OpenedText, *, delimiter: str | None = None) -> list[str]:
    """Names of the columns, in the file's order. Raises ShopFileError as `read_rows` does."""
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    try:
        with text.path.open(encoding=text.encoding, newline="") as file:
            first = file.readline()
            file.seek(0)
            header = next(csv.reader(file, delimiter=delimiter or _delimiter_of(first)), [])
    except UnicodeDecodeError as error:
        raise ShopFileError(f"{text.path}: the header is not {text.encoding}") from error
    return [name.strip().lstrip("\ufeff") for name in header]


def require_columns(text: OpenedText, needed: Sequence[str], *, kind: str) -> list[str]:
    """The file's columns; raises ShopFileError if one that the kind needs is missing."""
    columns = columns_of(text)
    if missing := [name for name in needed if name not in columns]:
        raise ShopFileError(
            f"{text.path}: this is no {kind} file: it has no column {', '.join(map(repr, missing))}; "
            f"its columns begin with {', '.join(map(repr, columns[:4]))}"
        )
    return columns


def _records(reader: Iterator[list[str]], header: list[str], repeated: set[str]) -> Iterator[Row | RowFinding]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            ends_inside = "unexpected end of data" in str(error)
            reason = "the file ends inside a quoted cell: it was cut" if ends_inside else f"cannot be read: {error}"
            yield RowFinding(number, "", "", "", Severity.REFUSED, reason)
            if ends_inside:
                return
            continue
        if cells is None:
            return
        if not any(cells):
            continue
        if len(cells) > len(header):
            reason = f"the row has {len(cells)} cells, the header {len(header)}"
            yield RowFinding(number, "", "", "", Severity.REFUSED, reason)
            continue
        yield Row(
            number, {name: cell for name, cell in zip(header, cells, strict=False) if name not in repeated or cell}
        )


def _twice(header: Sequence[str]) -> set[str]:
    return {name for name in header if header.count(name) > 1}


def _delimiter_of(header: str) -> str:
    outside = "".join(part for index, part in enumerate(header.split('"')) if index % 2 == 0)
    return max(DELIMITERS, key=outside.count)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        # The last character of a file that was cut is no sign of another encoding.
        return error.reason == "unexpected end of data"
    return True


def _without_mark(sample: bytes) -> str | None:
    """UTF-16 that does not say so: every second byte of European text is zero."""
    if sample.count(0) <= len(sample) // 4:
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def _guess(sample: bytes) -> str | None:
    best = from_bytes(sample, cp_isolation=_GUESSED).best()
    return None if best is None or 0 in sample else str(best.encoding)


def _refuse_web_page(path: Path, sample: bytes) -> None:
    start = sample[:2000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise ShopFileError(
            f"{path}: this is a web page, not an export; open the address in a browser to see what it says"
        )
