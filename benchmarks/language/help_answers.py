"""How well the help articles answer questions in other words than their own.

    make bench-help

Runs `python -m bot.help.calibrate_help` in the bot's environment, prints its tables and writes the test parts' figures,
in percent, to var/bench/help.json. It needs the trained bot (make train).
"""

from __future__ import annotations

import json
import os
import subprocess

from tools.bench_figures import no_options, write_json
from tools.once import ROOT
from tools.train import BOT_PYTHON


def main() -> None:
    """Print the table, then keep the figures."""
    no_options("help", __doc__)
    tables, _, figures = _calibrate().rstrip("\n").rpartition("\n")
    print(tables)
    write_json("help", json.loads(figures))


def _calibrate() -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [str(BOT_PYTHON), "-m", "bot.help.calibrate_help", "--json"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(ended.stderr.strip().rpartition("\n")[2] or "bot.help.calibrate_help failed and wrote nothing")
    return ended.stdout


if __name__ == "__main__":
    main()
