"""A start that cannot succeed says so in one line and names what mends it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main
from tests.integration.gateway.played_servers import CHANNEL_SECRET
from tests.integration.gateway.running_gateway import ADMIN_TOKEN, TOKEN_SECRET
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "gateway"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def environment(web_dir: Path, tmp_path: Path) -> Any:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PROMOBOT_")}
    return {
        **inherited,
        "PROMOBOT_CHANNEL_SECRET": CHANNEL_SECRET,
        "PROMOBOT_TOKEN_SECRET": TOKEN_SECRET,
        "PROMOBOT_ADMIN_TOKEN": ADMIN_TOKEN,
        "PROMOBOT_WEB_DIR": str(web_dir),
        "PROMOBOT_GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/gateway.db",
        "PROMOBOT_GATEWAY_PORT": str(free_port()),
    }


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PROMOBOT_SIGN_IN_JWKS", "http://sign-in.shop.example/jwks.json", "PROMOBOT_SIGN_IN_JWKS"),
        (
            "PROMOBOT_SIGN_IN_JWKS",
            "https://a.example/jwks.json",
            "PROMOBOT_SIGN_IN_ISSUER: is needed",
        ),
        ("PROMOBOT_TOKEN_SECRET", "", "PROMOBOT_TOKEN_SECRET: .*`make setup`"),
        ("PROMOBOT_CHANNEL_SECRET", "short", "PROMOBOT_CHANNEL_SECRET: .*`make setup`"),
        ("PROMOBOT_GATEWAY_PORT", "http", "PROMOBOT_GATEWAY_PORT: "),
        ("PROMOBOT_LINE_REFRESH_S", "2", "PROMOBOT_LINE_REFRESH_S is now PROMOBOT_HANDOVER_REFRESH_S"),
        ("PROMOBOT_WEB_DIR", "nowhere", "nowhere has no index.html and no widget.js.*`make setup`"),
        ("PROMOBOT_GATEWAY_DATABASE_URL", "mysql://x", "has to be sqlite"),
        ("PROMOBOT_GATEWAY_DATABASE_URL", "nonsense", "is not a database URL"),
        ("PROMOBOT_GATEWAY_DATABASE_URL", "sqlite+aiosqlite://", "names no file"),
        ("PROMOBOT_GATEWAY_DATABASE_URL", "sqlite+aiosqlite:////proc/none/x.db", "cannot make the folder"),
        ("PROMOBOT_GATEWAY_DATABASE_URL", "postgresql+asyncpg://u:hidden@127.0.0.1:1/x", "cannot be opened"),
    ],
)
def test_a_bad_setting_ends_the_start_with_one_line(
    environment: dict[str, str],
    *,
    variable: str,
    value: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, given in {**environment, variable: value}.items():
        monkeypatch.setenv(name, given)
    assert main([]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert re.search(said, lines[0]), lines[0]
    assert "hidden" not in lines[0]
    assert CHANNEL_SECRET not in lines[0]


def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PROMOBOT_GATEWAY_PORT"])))
        taken.listen()
        done = subprocess.run(
            COMMAND, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    assert done.returncode == 1
    assert "PROMOBOT_GATEWAY_PORT" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_the_module_serves_and_stops_when_told(environment: dict[str, str]) -> None:
    with subprocess.Popen(COMMAND, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            while "listens on" not in (line := process.stderr.readline()):
                assert line, "the gateway ended before it listened"
            url = f"http://127.0.0.1:{environment['PROMOBOT_GATEWAY_PORT']}/health"
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
                assert response.status == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
