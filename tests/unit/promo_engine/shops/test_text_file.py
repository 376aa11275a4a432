"""Files in every encoding and with every delimiter give the same rows; what is no text is refused in one line."""

import codecs
from pathlib import Path

import pytest

from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity, ShopFileError
from promo_engine.shops.text.text_file import Row, open_text, read_rows, require_columns

TABLE = 'Name,Price,Note\nGrüner Tee « 100 g,"4,50","warm, ""mild""\r\nand good"\nKaffee,7.00,\n'
CELLS = [
    {"Name": "Grüner Tee « 100 g", "Price": "4,50", "Note": 'warm, "mild"\r\nand good'},
    {"Name": "Kaffee", "Price": "7.00", "Note": ""},
]


def rows_of(path: Path, encoding: str | None = None) -> list[Row | RowFinding]:
    return list(read_rows(open_text(path, encoding)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TABLE.encode(encoding))
    assert [row.cells for row in rows_of(path) if isinstance(row, Row)] == CELLS
    notes = open_text(path, None).notes
    assert bool(notes) == (encoding == "cp1252")
    assert all(note.severity is Severity.NOTE for note in notes)


def test_utf_16_without_a_mark_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("Name,Price\nTea,4.50\n".encode("utf-16-le"))
    assert [row.cells for row in rows_of(path) if isinstance(row, Row)] == [{"Name": "Tea", "Price": "4.50"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_delimiter_is_recognised(tmp_path: Path, delimiter: str, newline: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(newline.join([delimiter.join(["Name", '"a,b"', "Price"]), delimiter.join("xyz")]).encode())
    assert rows_of(path) == [Row(2, {"Name": "x", "a,b": "y", "Price": "z"})]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b"<!DOCTYPE html><title>502 Bad Gateway</title>", "this is a web page"),
        (codecs.BOM_UTF8 + b"\n <html lang=en>", "this is a web page"),
        (b"PK\x03\x04xl/workbook.xml", "this is a spreadsheet or an archive: export it as CSV"),
        (b"\x1f\x8b\x08\x00", "this is compressed"),
        (b"%PDF-1.7", "this is a PDF"),
        (b"\n\nName,Price\n", "the first row has no names of columns"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ShopFileError, match=reason) as refused:
        rows_of(path)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(path))


def test_a_missing_file_and_an_unknown_encoding_are_said(tmp_path: Path) -> None:
    with pytest.raises(ShopFileError, match="No such file"):
        open_text(tmp_path / "nothing.csv", None)
    path = tmp_path / "table.csv"
    path.write_text("Name\n")
    with pytest.raises(ShopFileError, match="there is no encoding 'klingon'"):
        open_text(path, "klingon")
    path.write_bytes("Name\nGrün\n".encode("cp1252"))
    with pytest.raises(ShopFileError, match=r"byte 7 is not utf-8; name the encoding"):
        rows_of(path, "utf-8")


def test_a_file_that_was_cut_keeps_the_rows_before(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('Name,Note\nTea,good\nCoffee,"strong and')
    tea, cut = rows_of(path)
    assert tea == Row(2, {"Name": "Tea", "Note": "good"})
    assert isinstance(cut, RowFinding)
    assert (cut.row, cut.severity) == (3, Severity.REFUSED)
    assert "it was cut" in cut.reason


def test_a_row_with_too_many_cells_is_refused_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Name,Note\na,b,c\nTea,good\n\n,\nCocoa\n")
    refused, tea, cocoa = rows_of(path)
    assert isinstance(refused, RowFinding)
    assert refused.reason == "the row has 3 cells, the header 2"
    assert tea == Row(3, {"Name": "Tea", "Note": "good"})
    assert cocoa == Row(6, {"Name": "Cocoa"})


def test_a_file_of_another_kind_is_told_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Name,Price\n")
    with pytest.raises(ShopFileError, match=r"no shopify-products file: it has no column 'Handle'.*begin with 'Name'"):
        require_columns(open_text(path, None), ("Handle", "Name"), kind="shopify-products")
