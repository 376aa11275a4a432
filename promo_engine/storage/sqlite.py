"""SQLite under SQLAlchemy's asynchronous engine, with its statements run in place and only its waits in a thread.

A driver that hands every statement to a thread pays for two switches what a statement on a local file costs ten times
over. Here a statement runs at once, in the event loop's thread; what waits for the disk or for another process (taking
the write lock, committing) goes to a thread. A query that reads much says so with the execution option `IN_THREAD`.

The SQLite is the one that `pysqlite3` brings: its write-ahead log is safe with several connections, while versions
before 3.51.3, which current Pythons may come with, can lose commits there (https://sqlite.org/wal.html, "The WAL-Reset
Bug"). A commit costs one sync of the disk instead of the rollback journal's three, and readers never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, Pool
from sqlalchemy.util import await_only

from promo_engine.storage.json_codec import JSON_CODEC

READ_ONLY = "promobot_read_only"
"""Execution option of a connection whose transaction only reads."""
IN_THREAD = "promobot_in_thread"
"""Execution option of a statement that takes longer than a switch of threads."""
_WAIT_S = 10
"""How long a writer waits for another process. An import is one transaction and lasts longer: run it before serving."""


class _AtOnce:
    """Something to await that is ready: SQLAlchemy wants an asynchronous driver to await something."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_AT_ONCE: Any = _AtOnce()


def _in_thread(work: Callable[[], Any]) -> Any:
    return await_only(asyncio.get_running_loop().run_in_executor(None, work))


class _Cursor(dbapi2.Cursor):  # type: ignore[misc]  # no type hints are published
    """What SQLAlchemy asks of an asynchronous driver's cursor beside the DB-API."""

    server_side = False

    async def _async_soft_close(self) -> None:
        return


class _Connection(dbapi2.Connection):  # type: ignore[misc]
    def cursor(self, factory: type[_Cursor] = _Cursor) -> _Cursor:
        """Open a cursor that SQLAlchemy takes for an asynchronous one."""
        cursor: _Cursor = super().cursor(factory)
        return cursor


class InPlaceSqlite(SQLiteDialect_pysqlite):
    """The dialect `sqlite+inplace`."""

    driver = "inplace"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return pysqlite3."""
        return dbapi2

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """Return the pool of asynchronous engines."""
        return AsyncAdaptedQueuePool

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Run a statement, in place unless it says otherwise."""
        if context is not None and context.execution_options.get(IN_THREAD):
            _in_thread(lambda: cursor.execute(statement, parameters))
        else:
            await_only(_AT_ONCE)
            cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Run a statement for many rows."""
        await_only(_AT_ONCE)
        cursor.executemany(statement, parameters)

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit in a thread; what only read ends at once."""
        if dbapi_connection.in_transaction:
            _in_thread(dbapi_connection.commit)

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll back."""
        dbapi_connection.rollback()


registry.register("sqlite.inplace", __name__, InPlaceSqlite.__name__)


def open_sqlite(url: URL) -> AsyncEngine:
    """Open the file that the address names, without connecting."""
    engine = create_async_engine(
        url.set(drivername="sqlite+inplace"),
        **JSON_CODEC,
        connect_args={"timeout": _WAIT_S, "check_same_thread": False, "factory": _Connection},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # `begin` below says which transaction it wants
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: a reader that turns writer halfway fails instead of waiting.
        if connection.get_execution_options().get(READ_ONLY, False):
            connection.exec_driver_sql("BEGIN")
            return
        try:
            _wait(connection, 0)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            # Another process has the lock: wait for it where nobody else has to wait.
            _wait(connection, _WAIT_S)
            connection.exec_driver_sql("BEGIN IMMEDIATE", execution_options={IN_THREAD: True})
        else:
            _wait(connection, _WAIT_S)

    return engine


def _wait(connection: Connection, seconds: float) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.execute(f"PRAGMA busy_timeout={round(1000 * seconds)}")
