"""The package alone makes a shop: installed without extras, outside any checkout, it decides and serves the widget."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import PATIENCE_S
from tools.once import ROOT
from tools.setup import find_uv, uv_settings
from tools.stack import free_port
from tools.wheel import build_wheel

pytestmark = pytest.mark.xdist_group("wheel")  # its fixture takes half a minute

MOST_MIB = 200


@dataclass(frozen=True)
class Installed:
    """The package in an environment of its own."""

    folder: Path
    mib: float
    """What the installation takes, before anything ran in it and wrote bytecode."""

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run one promobot command to its end."""
        return subprocess.run(
            [self.promobot, *words],
            cwd=cwd,
            env=clean(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @property
    def promobot(self) -> Path:
        return self.folder / "bin" / "promobot"


def clean() -> dict[str, str]:
    """The environment without anything that leads back to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PROMOBOT_", "PYTHON"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with the core's packages, in the locked versions."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel, uv = build_wheel(folder), find_uv()
    versions = folder / "versions.txt"
    lines = (ROOT / "requirements" / "engine.txt").read_text().splitlines()
    versions.write_text("\n".join(line.removesuffix(" \\") for line in lines if "==" in line))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    command: list[str | Path] = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        folder / "venv" / "bin" / "python",
        "-c",
        versions,
        wheel,
    ]
    subprocess.run(command, env=uv_settings(), check=True)
    used = {(stat.st_dev, stat.st_ino): stat.st_size for stat in map(Path.stat, (folder / "venv").rglob("*"))}
    return Installed(folder / "venv", sum(used.values()) / 2**20)


@pytest.fixture(scope="module")
def new_shop(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    made = installed.run("init", "shop", cwd=folder)
    assert made.returncode == 0, made.stderr
    return folder / "shop"


@pytest.fixture
def shop(new_shop: Path, tmp_path: Path) -> Path:
    return shutil.copytree(new_shop, tmp_path / "shop")


def ask(url: str, body: object = None, *, method: str | None = None, headers: dict[str, str] | None = None) -> Any:
    """The JSON, or else the text, that a service answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} | (headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in answer.headers["Content-Type"] else text
    except urllib.error.HTTPError as error:
        pytest.fail(f"{url}: {error.code} {error.read().decode()}")


@contextmanager
def running(command: list[str | Path], *, cwd: Path, url: str) -> Iterator[None]:
    """A service, from when it says that it listens until the block ends."""
    said: list[str] = []
    port = url.rsplit(":", 1)[1]
    with subprocess.Popen(
        command, cwd=cwd, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if f":{port}" in line:
                break
        else:
            pytest.fail("".join(said))
        rest = threading.Thread(target=said.extend, args=(process.stdout,))  # a full pipe would hold the service up
        rest.start()
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)
            rest.join()


def set_ports(shop: Path) -> tuple[str, str]:
    """Write free ports into the settings file; returns the addresses of engine and gateway."""
    engine, gateway = free_port(), free_port()
    with (shop / "promobot.env").open("a") as file:
        file.write(f"PROMOBOT_ENGINE_PORT={engine}\nPROMOBOT_GATEWAY_PORT={gateway}\n")
        file.write(f"PROMOBOT_ENGINE_URL=http://127.0.0.1:{engine}\nPROMOBOT_HOLDOUT_BASIS_POINTS=0\n")
    return f"http://127.0.0.1:{engine}", f"http://127.0.0.1:{gateway}"


def offer_something(engine: str) -> None:
    """Put one live promotion with one offer into the shop."""
    now = datetime.now(UTC)
    dates = {"starts_at": (now - timedelta(days=1)).isoformat(), "ends_at": (now + timedelta(days=9)).isoformat()}
    ask(f"{engine}/v1/promotions", {"promotion_id": "opening", "name": "Opening", **dates})
    offer = {
        "offer_id": "welcome-5",
        "promotion_id": "opening",
        "title": "5 off your first order",
        "terms": "Once.",
        "benefit": {"kind": "fixed_amount", "amount_cents": 500},
        "unit_cost_cents": 500,
        **dates,
    }
    ask(f"{engine}/v1/offers", offer)
    for path in ("offers/welcome-5", "promotions/opening"):
        ask(f"{engine}/v1/{path}/transitions", {"transition": "schedule"}, headers={"If-Match": "*"})


def test_a_shop_from_the_package_alone_decides_and_shows_the_widget(installed: Installed, shop: Path) -> None:
    engine, gateway = set_ports(shop)
    for command in ("migrate", "train"):  # without the extra: a shop without orders needs no torch
        ended = installed.run(command, cwd=shop)
        assert ended.returncode == 0, ended.stderr
    assert "level 0 serves" in ended.stdout
    with running([installed.promobot, "serve"], cwd=shop, url=engine):
        assert ask(f"{engine}/ready") == {"status": "ready", "waiting_categories": 0}
        offer_something(engine)
        decision = ask(
            f"{engine}/v1/decisions",
            {
                "conversation_id": "c-1",
                "request_id": "m-1",
                "customer_id": None,
                "conversation_context": {"trigger": "after_service"},
            },
        )
        stored = ask(f"{engine}/v1/decisions/{decision['decision_id']}")
        assert stored["propensities"]["welcome-5"] > 0
        with running([installed.promobot, "gateway"], cwd=shop, url=gateway):
            assert "widget.js" in ask(f"{gateway}/")
            assert "mount" in ask(f"{gateway}/panel.js")
            assert "<div" in ask(f"{gateway}/admin")
            assert ask(f"{gateway}/api/widget")


def test_the_core_is_small(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\nThe package with what serving needs: {installed.mib:.0f} MiB, {MOST_MIB} allowed.")
    assert installed.mib <= MOST_MIB


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("serve",), "promobot: there is no trained user model at var/models/user_model; run `promobot train`"),
        (("import", "completejourney"), "is not installed; this command needs: pip install 'promobot[demo]'"),
        (("strategy", "forecast"), "is not installed; this command needs: pip install 'promobot[studio]'"),
        (("init", "."), "promobot: . is there and not an empty folder; name a new one, such as shop/"),
    ],
)
def test_what_is_missing_is_one_line(installed: Installed, shop: Path, words: tuple[str, ...], message: str) -> None:
    installed.run("migrate", cwd=shop)
    ended = installed.run(*words, cwd=shop)
    assert ended.returncode == 1
    assert message in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_a_shop_that_was_not_migrated_is_told_in_one_line(installed: Installed, shop: Path) -> None:
    ended = installed.run("serve", cwd=shop)
    assert ended.stderr == "promobot: there is no database at var/engine.db; run `promobot migrate`\n"


def test_secrets_are_for_their_owner_only_and_settings_name_every_default(shop: Path) -> None:
    assert (shop / "secrets.env").stat().st_mode & 0o777 == 0o600
    settings = (shop / "promobot.env").read_text()
    for name in ("PROMOBOT_ENGINE_PORT=8090", "PROMOBOT_GATEWAY_PORT=8080", "PROMOBOT_HOLDOUT_BASIS_POINTS=500"):
        assert f"\n#{name}\n" in settings
    assert str(ROOT) not in settings
