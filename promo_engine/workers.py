"""Several engine processes on one port: the kernel hands each of them some of the connections.

They share nothing but the database, which is what keeps their decisions, acceptances and rewards apart.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def start_workers(count: int) -> None:
    """Return in `count` new processes. The first process stays to end them, and ends when it is told to or one does.

    Call it before threads or loops exist.
    """
    workers: set[int] = set()
    running: set[int] = set()  # that have not been told to end

    def stop(_signal: int = 0, _frame: FrameType | None = None) -> None:
        while running:
            os.kill(running.pop(), signal.SIGTERM)

    told = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, told)  # nobody is forgotten who is just being started
    for _ in range(count):
        worker = os.fork()
        if worker == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, told)
            return
        workers.add(worker)
        running.add(worker)
    for one in told:
        signal.signal(one, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, told)
    status = 0
    while workers:
        ended, how = os.wait()
        workers.discard(ended)
        running.discard(ended)
        if how and not status:
            status = os.waitstatus_to_exitcode(how) & 0xFF or 1
        stop()  # all or none: whoever watches over this process starts it again
    sys.exit(status)
