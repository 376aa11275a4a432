"""Runs inside the bot's environment: command lines of Rasa, one after the other, as `python -m rasa` would run them.

A job is `{"arguments": [...], "output": FILE}`, the answer `{"exit_status": N}`. What the command writes goes to FILE.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

from rasa.__main__ import main

from tools.testbed.bot_process import answer_jobs


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One command line; its exit status is that of a process of its own."""
    sys.argv = ["rasa", *job["arguments"]]
    kept = [os.dup(stream) for stream in (1, 2)]
    with Path(job["output"]).open("w", encoding="utf-8") as output:
        try:
            for stream in (1, 2):
                os.dup2(output.fileno(), stream)
            main()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            if isinstance(ended.code, str):
                print(ended.code, file=sys.stderr)
        except Exception:
            traceback.print_exc()
            status = 1
        finally:
            for file in (sys.stdout, sys.stderr):
                file.flush()
            for stream, former in zip((1, 2), kept, strict=True):
                os.dup2(former, stream)
                os.close(former)
    return {"exit_status": status}


if __name__ == "__main__":
    answer_jobs(run)
