"""A few acceptance conversations that have to go right: a short form of the set, and where to play it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tools.acceptance.acceptance_set import AcceptanceSet, read_set
from tools.demo_shops import DemoShop
from tools.once import ROOT

OWN_SETS = ROOT / "tests" / "conversations" / "acceptance"
"""A folder for each demo shop."""
SHORT = {
    "larder": (
        "number-alone",
        "mind-changed-cancel",
        "negated-cancel",
        "two-payment-delivery",
        "somebody-elses",
        "binding-confirm",
        "everyday-basics",
        "hand-over-wait",
        "complaint-late",
        "injection",
    ),
    "trail": (
        "number",
        "mind",
        "negation",
        "two-requests",
        "somebody-elses",
        "binding-confirm",
        "everyday",
        "hand-over",
        "complaint",
        "injection",
    ),
}


def short_form(shop: DemoShop) -> AcceptanceSet:
    """The shop's. Raises SetError for a set that cannot be read, KeyError where one of them is gone."""
    whole = read_set(OWN_SETS / shop.name)
    by_id = {talk.id: talk for talk in whole.conversations}
    return AcceptanceSet([by_id[name] for name in SHORT[shop.name]], whole.patterns)


def copy_of_database(shop: DemoShop, folder: Path) -> None:
    """The shop's database, as a stack in `folder` finds it. Raises FileNotFoundError."""
    source = shop.folder / "engine.db"
    if not source.exists():
        raise FileNotFoundError(f"{source.relative_to(ROOT)} is missing; run: make train SHOP={shop.name}")
    with closing(sqlite3.connect(source)) as trained, closing(sqlite3.connect(folder / "engine.db")) as copy:
        trained.backup(copy)
    # The database was trained by what stood here then; the bot needs the tables of what stands here now.
    settings = {**os.environ, **shop.databases(folder)}
    subprocess.run([sys.executable, "-m", "promo_engine.cli.main", "migrate"], cwd=ROOT, env=settings, check=True)
