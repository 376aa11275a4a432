"""A throw-away PostgreSQL on loopback, for tests and proofs: it forgets everything when it is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_postgresql.janitor import DatabaseJanitor

from tools.stack import free_port


class PostgresMissing(Exception):  # noqa: N818  # as ModelMissing
    """There is no PostgreSQL on this machine; the message is one line."""


@dataclass(frozen=True)
class PostgresServer:
    """A throw-away cluster on a free port."""

    port: int

    def janitor(self, name: str, *, template: str | None = None) -> DatabaseJanitor:
        """Return what makes a database, and drops it at the end of its `with` block."""
        return DatabaseJanitor(
            user="postgres",
            host="127.0.0.1",
            port=self.port,
            dbname=name,
            template_dbname=template,
        )

    def url(self, name: str) -> str:
        """Return a database's address for the engine and the gateway."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def throwaway_postgres() -> Iterator[PostgresServer]:
    """Run PostgreSQL from the machine's binaries; as root, which it refuses, in the name of `postgres`.

    Raises PostgresMissing. Nothing is synced to the disk: whoever wants to cut the power takes another server.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="promobot-postgres-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

    run(f"{binaries}/initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c max_connections=300 -c fsync=off -c synchronous_commit=off"
    run(f"{binaries}/pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield PostgresServer(port)
    finally:
        run(f"{binaries}/pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _binaries() -> Path:
    on_path = shutil.which("pg_ctl")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if on_path is None and not debian:
        raise PostgresMissing("there is no pg_ctl on the PATH; install PostgreSQL 15 or newer")
    return Path(on_path).parent if on_path else debian[-1].parent
