"""The same conversation by keyboard."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect

from tests.stack.databases import trained_database
from tools.once import ROOT
from tools.stack import DEFAULT_PORTS, free_port

ENTER = "\r"
PROMPT = "Your input ->"


def test_rasa_shell_tells_the_order_and_offers(tmp_path: Path) -> None:
    """A household that is not in the holdout, asked with the words of the smoke run."""
    trained_database(tmp_path / "engine.db")
    env = {
        **os.environ,
        **{f"PROMOBOT_{name.upper()}_PORT": str(free_port()) for name in DEFAULT_PORTS},
        "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}",
        "TERM": "xterm",
    }
    shell = pexpect.spawn(
        sys.executable,
        ["-m", "tools.shell", "--customer", "1228"],
        cwd=str(ROOT),
        env=env,
        encoding="utf-8",
        timeout=120,
    )
    shell.setwinsize(50, 200)
    try:
        shell.expect_exact(PROMPT)
        shell.send("where is order 31198570044" + ENTER)
        shell.expect(r"31198570044[^\n]*(delivered|Delivered)")
        shell.send("/stop" + ENTER)
        assert not re.search("Traceback", shell.before)
    finally:
        shell.close(force=True)
