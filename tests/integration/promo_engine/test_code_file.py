"""Files of codes, and loading them by command."""

import shutil
from pathlib import Path

import pytest

from promo_engine.domain.errors import Conflict
from promo_engine.files.code_file import CodeFileError, read_code_file
from promo_engine.services.checkout.code_service import CodeService
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.integration.promo_engine.test_cli import one_line, promobot
from tests.support.small_shop import NOW


def write(folder: Path, text: str) -> Path:
    path = folder / "codes.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SUMMER-1\nSUMMER-2\n", ["SUMMER-1", "SUMMER-2"]),
        ("\ufeffid,Code\r\n1, B \r\n\r\n2,A\r\n", ["B", "A"]),
    ],
)
def test_both_forms_are_read(tmp_path: Path, text: str, codes: list[str]) -> None:
    assert read_code_file(write(tmp_path, text)) == codes


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "has no codes"),
        ("code\n", "has no codes"),
        ("code,note\nA,x\n,y\n", "line 3: there is no code"),
        ("A\nB\nA\n", "line 3: A stands in line 1 already"),
        ("A" * 33, "line 1: a code has at most 32"),
        ("A\x07B", "can be printed"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(CodeFileError, match=what):
        read_code_file(write(tmp_path, text))


def test_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(CodeFileError, match="UTF-8"):
        read_code_file(path)


def test_the_command_refuses_in_one_line(tmp_path: Path, migrated_file: Path) -> None:
    file = tmp_path / "engine.db"
    shutil.copy(migrated_file, file)
    url = f"sqlite+aiosqlite:///{file}"
    codes = write(tmp_path, "A\n")
    refused = promobot("load-codes", str(codes), "--offer", "nothing", PROMOBOT_ENGINE_DATABASE_URL=url)
    assert "There is no offer nothing" in one_line(refused)
    assert "missing.csv" in one_line(promobot("load-codes", "missing.csv", "--offer", "x"))


async def test_all_or_none(storage: SqlStorage) -> None:
    service = CodeService(storage, clock=lambda: NOW)
    assert await service.import_pool("baby-20", [f"C-{number}" for number in range(2500)]) == 2500
    with pytest.raises(Conflict):
        await service.import_pool("baby-20", ["NEW", "C-2499"])
    async with storage.read() as unit:
        assert await unit.codes.known(["NEW", "C-0", "C-2499"]) == {"C-0", "C-2499"}
