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
CODE = r"([0-9A-Z]{4}-){4}[0-9A-Z]"
OFFERED = r"Yes, please \(/accept_offer\)"
HOUSEHOLD = "2337"
"""Not in the holdout."""
TRIES = 6
"""The policy may choose silence; asked again, it draws again."""


def test_rasa_shell_tells_the_order_offers_and_gives_a_code(tmp_path: Path) -> None:
    trained_database(tmp_path / "engine.db")
    env = {
        **os.environ,
        **{f"PROMOBOT_{name.upper()}_PORT": str(free_port()) for name in DEFAULT_PORTS},
        "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}",
        "TERM": "xterm",
    }
    command = ["-m", "tools.shell", "--shop", "larder", "--customer", HOUSEHOLD]
    shell = pexpect.spawn(sys.executable, command, cwd=str(ROOT), env=env, encoding="utf-8", timeout=120)
    shell.setwinsize(50, 200)

    try:
        shell.expect_exact(PROMPT)
        shell.send("where is order 41366856934" + ENTER)
        shell.expect(r"41366856934[^\n]*[Dd]elivered")
        for _ in range(TRIES):
            if shell.expect([OFFERED, re.escape(PROMPT)]) == 0:
                break  # it came along with the answer
            shell.send("do you have any offers for me?" + ENTER)
            if shell.expect([OFFERED, r"no_offer_reason"]) == 0:
                break
        else:
            raise AssertionError(f"no offer in {TRIES} tries")
        # A card leaves the line to write in; without one there is a list to choose from, "yes" first.
        writes = shell.expect([re.escape(PROMPT), "Type out your own message"]) == 0
        shell.send("yes please" + ENTER if writes else ENTER)
        shell.expect(CODE)
        shell.expect_exact(PROMPT)
        shell.send("/stop" + ENTER)
        shell.expect(pexpect.EOF)
    finally:
        shell.close(force=True)
    assert shell.exitstatus == 0
