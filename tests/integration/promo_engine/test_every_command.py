"""Every command of promobot, started where nothing is there yet: it does its work, or ends with one clear line."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promo_engine.cli.main import command_parser, main
from tests.support.waiting import PATIENCE_S

_OWN_PROCESS = ("admin", "gateway", "serve")
"""They take over the process in which they run, or set it up for themselves."""
_LONG = ("import", "shop simulate")
"""With a database they bring a whole shop into it; their own tests do that."""


def lines() -> Iterator[tuple[str, ...]]:
    """What to type for every command, with a value wherever one has to be given."""
    yield from _below(command_parser(), ())


def _below(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001
    for group in groups:
        for name, command in group.choices.items():
            yield from _below(command, (*words, name))
    if not groups:
        yield (*words, *(word for action in parser._actions for word in _needed(action)))  # noqa: SLF001


def _needed(action: argparse.Action) -> Iterator[str]:
    if action.required and action.nargs not in ("*", argparse.REMAINDER):
        yield from action.option_strings[-1:]
        if action.nargs != 0:
            yield str(next(iter(action.choices))) if action.choices else "nothing" if action.type is Path else "1"


@pytest.fixture
def nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and no setting that leads out of it."""
    for name in [name for name in os.environ if name.startswith("PROMOBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_orders_yet(nothing_there: Path, migrated_file: Path) -> Path:
    """A folder with an empty database."""
    (nothing_there / "var").mkdir()
    shutil.copy(migrated_file, nothing_there / "var" / "engine.db")
    return nothing_there


def run(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Run a command in this process; what does not end by itself ends with a line that argparse did not write."""
    try:
        main(list(words))
    except SystemExit as ended:
        line = ended.code if isinstance(ended.code, str) else capsys.readouterr().err.removesuffix("\n")
        assert line.startswith("promobot: "), line
        assert "\n" not in line
        assert "Errno" not in line


HERE = [words for words in lines() if words[0] not in _OWN_PROCESS]


@pytest.mark.parametrize("words", HERE, ids=" ".join)
def test_without_a_database(words: tuple[str, ...], nothing_there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(words, capsys)


@pytest.mark.parametrize("words", [words for words in HERE if not " ".join(words).startswith(_LONG)], ids=" ".join)
def test_with_an_empty_database(
    words: tuple[str, ...], no_orders_yet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(words, capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("admin create ada", "there is no terminal to ask for the password on; use --password-stdin"),
        ("admin set-role ada viewer", "there is no admin ada"),
        ("serve", "there is no database at var/engine.db; run `promobot migrate`"),
        ("gateway", "PROMOBOT_TOKEN_SECRET: field required"),
    ],
)
def test_what_needs_a_process_of_its_own(words: str, message: str, nothing_there: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "promo_engine.cli", *words.split()],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # getpass would ask at the terminal of whoever runs the tests
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert ended.returncode == 1
    assert message in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_a_fault_of_the_program_stays_one(nothing_there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("promo_engine.storage.migrate.newest_revision", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["migrate"])
