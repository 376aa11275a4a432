"""Several engine processes on one port: the kernel hands each of them some of the connections.

They share nothing but the database, which is what keeps their decisions, acceptances and rewards apart.
"""

from __future__ import annotations

import os
import signal
import sys


def start_workers(count: int) -> None:
    """Return in `count` new processes. The first process stays to end them, and ends when it is told to or one does.

    Call it before threads or loops exist.
    """
    signals = {signal.SIGTERM, signal.SIGINT}
    # Signals are waited for, not handled: none can come between a look and the wait that follows it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {*signals, signal.SIGCHLD})
    workers: set[int] = set()
    for _ in range(count):
        worker = os.fork()
        if worker == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {*signals, signal.SIGCHLD})
            return
        workers.add(worker)
    ended, how = 0, 0
    if signal.sigwait({*signals, signal.SIGCHLD}) == signal.SIGCHLD:
        ended, how = os.wait()
        workers.discard(ended)
    # All or none: whoever watches over this process starts it again.
    for process_id in workers:
        os.kill(process_id, signal.SIGTERM)
    for process_id in workers:
        os.waitpid(process_id, 0)
    sys.exit(0 if not ended else os.waitstatus_to_exitcode(how) & 0xFF or 1)
