"""`promobot admin` makes the first admin and mends what the console cannot."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.admin import admin_command
from tests.integration.gateway.admin_client import PASSWORD


def test_the_first_admin_is_made_by_the_engines_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/log.db"
    monkeypatch.setenv("PROMOBOT_GATEWAY_DATABASE_URL", url)
    words = [sys.executable, "-m", "promo_engine.cli", "admin", "create", "ada", "--password-stdin"]
    made = subprocess.run(words, input=PASSWORD + "\n", capture_output=True, text=True, check=False)
    assert (made.returncode, made.stdout) == (0, "ada may sign in as admin under /admin.\n"), made.stderr

    def refusal(*words: Any, stdin: str) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as stopped:
            admin_command.main(list(words))
        return stopped.value.code

    again = refusal("create", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    assert again == "promobot admin: there is an admin ada already; see: promobot admin set-password"
    short = refusal("create", "bob", "--password-stdin", stdin="short\n")
    assert short == "promobot admin: a password has 12 to 256 characters"
    unknown = refusal("disable", "bob", stdin="")
    assert unknown == "promobot admin: there is no admin bob; see: promobot admin list"
    admin_command.main(["set-role", "ada", "viewer"])
    admin_command.main(["list"])
    assert "ada                      viewer" in capsys.readouterr().out
