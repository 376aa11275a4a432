"""Processes that share a port live and die together."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.support.waiting import PATIENCE_S

SCRIPT = """
import os, signal, sys
from promo_engine.workers import start_workers
start_workers(2)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.write(1, b"%d\\n" % os.getpid())  # in one piece
signal.sigwait({signal.SIGTERM})
"""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize(("to_whom", "how", "status"), [("all", signal.SIGTERM, 0), ("one", signal.SIGKILL, 247)])
def test_the_end_of_one_or_a_word_to_the_first_ends_all(to_whom: str, how: signal.Signals, status: int) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        workers = [int(first.stdout.readline()) for _ in range(2)]
        assert len({*workers, first.pid}) == 3
        os.kill(first.pid if to_whom == "all" else workers[0], how)
        assert first.wait(PATIENCE_S) == status
    assert all(map(gone, workers))
