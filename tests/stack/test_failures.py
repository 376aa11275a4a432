"""What a shopper notices when a part of the bot is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.stack.databases import trained_database
from tools.once import ROOT
from tools.stack import Stack, StackError, free_port, running
from tools.testbed.chat_client import Shopper


async def test_an_engine_that_is_down_costs_the_shopper_nothing_but_the_offer(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    """Stopped, not ended: its port takes the connection and nothing answers, the worst case of slow."""
    engine = stack.process_ids()["engine"]
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        await shopper.say("hello")
        os.kill(engine, signal.SIGSTOP)
        try:
            turn = await shopper.say("how can I pay?")
        finally:
            os.kill(engine, signal.SIGCONT)
        assert turn.replies[0]["text"]
        assert turn.offer() is None


async def test_a_process_that_dies_is_started_again(http: aiohttp.ClientSession, stack: Stack) -> None:
    before = stack.process_ids()["actions"]
    os.kill(before, signal.SIGKILL)
    psutil.Process(before).wait(timeout=30) if psutil.pid_exists(before) else None
    await stack.wait_until_ready(timeout_s=60)
    assert stack.process_ids()["actions"] != before
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        assert (await shopper.say("how can I pay?")).replies[0]["text"]


def test_ctrl_c_stops_every_process(tmp_path: Path) -> None:
    trained_database(tmp_path / "engine.db")
    ports = {f"PROMOBOT_{name.upper()}_PORT": str(free_port()) for name in ("engine", "actions")}
    env = {**os.environ, **ports, "PROMOBOT_ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}"}
    command = [sys.executable, "-m", "tools.stack", "--shop", "larder", "--only", "engine,actions"]
    launcher = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    seen = ""
    while not ("engine " in seen and "actions " in seen):
        line = launcher.stdout.readline()
        assert line, f"the launcher ended early: {seen}"
        seen += line
    family = psutil.Process(launcher.pid).children(recursive=True)
    assert len(family) >= 3
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(timeout=60) == 0
    _gone, alive = psutil.wait_procs(family, timeout=30)
    assert not alive, f"left behind: {alive}"


@pytest.mark.parametrize("name", ["PROMOBOT_MODEL_DIR", "PROMOBOT_ENGINE_DATABASE_URL"])
def test_a_wrong_path_stops_the_start_with_one_line(tmp_path: Path, name: str) -> None:
    trained_database(tmp_path / "engine.db")
    nowhere = tmp_path / "nowhere"
    value = f"sqlite+aiosqlite:///{nowhere / 'engine.db'}" if name.endswith("URL") else str(nowhere)
    broken = Stack.on_free_ports(tmp_path, only=("engine",), extra_environment={name: value})
    with pytest.raises(StackError) as error, running(broken):
        pass
    assert "engine does not start" in str(error.value)
    assert str(nowhere) in str(error.value)
    assert "\n" not in str(error.value)
