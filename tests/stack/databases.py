"""Databases for a stack under test."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tools.demo_shops import LARDER

LEARNED_TABLES = ("codes", "learned_elsewhere", "outcomes", "decisions", "decision_states", "policy_snapshots")


def trained_database(target: Path) -> None:
    """A copy of Larder & Lane's imported and trained database in which nothing was ever decided."""
    source = LARDER.folder / "engine.db"
    assert source.exists(), "var/engine.db is missing; run: make train SHOP=larder"
    forget_decisions(source, target)


def forget_decisions(source: Path, target: Path) -> None:
    """A copy of a database in which nothing was ever decided."""
    shutil.copyfile(source, target)
    with closing(sqlite3.connect(target)) as database, database:
        for table in LEARNED_TABLES:
            database.execute(f"DELETE FROM {table}")
