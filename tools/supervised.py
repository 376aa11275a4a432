"""The supervisor, bound to the life of the process that started it (Linux; elsewhere it just runs).

A killed `make demo` has no chance to stop anything; the kernel then sends the supervisor the signal on which it stops
its processes in order.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from supervisor.supervisord import main

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""

if __name__ == "__main__":
    if sys.platform == "linux":
        parent = int(os.environ["PROMOBOT_PARENT_PID"])
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was asked
            raise SystemExit(1)
    main()
