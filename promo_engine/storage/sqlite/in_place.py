"""SQLite under SQLAlchemy's asynchronous engine, with its statements run in place and only its waits in a thread.

A driver that hands every statement to a thread pays for two switches what a statement on a local file costs ten times
over. Here a statement runs at once, in the event loop's thread; what waits for the disk or for another process (taking
the write lock, committing) goes to a thread.

The SQLite is the one that `pysqlite3` brings: its write-ahead log is safe with several connections, while versions
before 3.51.3, which current Pythons may come with, can lose commits there (https://sqlite.org/wal.html, "The WAL-Reset
Bug"). A commit costs one sync of the disk instead of the rollback journal's three, and readers never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import Any, cast

from pysqlite3 import dbapi2
from sqlalchemy import Connection, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, Pool
from sqlalchemy.util import await_only

from promo_engine.storage.json_columns import JSON_CODEC
from promo_engine.storage.sqlite.prepared_statements import QuickConnection

_MANAGED = "promobot_managed"
"""Execution option of a connection whose transactions `SqliteTransactions` begins and ends."""
_ROOM = ("cache_size=-65536", "wal_autocheckpoint=4000")
"""64 MiB for pages, so that the indexes' upper levels stay; 16 MB of log before it is written back."""
_PATIENCE = "PRAGMA busy_timeout={}"
READ_ONLY = "promobot_read_only"
"""Execution option of a connection whose transaction only reads."""
BUSY_WAIT_S = 10
"""How long a writer waits for another process. An import is one transaction and lasts longer: run it before serving."""


class _AtOnce:
    """Something to await that is ready: SQLAlchemy wants an asynchronous driver to await something."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_AT_ONCE: Any = _AtOnce()


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
        """Return none: opening a file is cheap, and `SqliteTransactions` keeps its connections, as many as it needs."""
        return NullPool

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Run a statement in place."""
        await_only(_AT_ONCE)
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Run a statement for many rows."""
        await_only(_AT_ONCE)
        cursor.executemany(statement, parameters)

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit in a thread; what only read ends at once."""
        if dbapi_connection.in_transaction:
            await_only(asyncio.get_running_loop().run_in_executor(None, dbapi_connection.commit))

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll back."""
        dbapi_connection.rollback()


registry.register("sqlite.inplace", __name__, InPlaceSqlite.__name__)


def open_sqlite(url: URL) -> AsyncEngine:
    """Open the file that the address names, without connecting."""
    engine = create_async_engine(
        url.set(drivername="sqlite+inplace"),
        **JSON_CODEC,
        connect_args={"timeout": BUSY_WAIT_S, "check_same_thread": False, "factory": _Connection},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # `begin` below says which transaction it wants
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", *_ROOM):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(_MANAGED, False):
            # A writer takes its lock at once: a reader that turns writer halfway fails instead of waiting.
            connection.exec_driver_sql("BEGIN" if options.get(READ_ONLY, False) else "BEGIN IMMEDIATE")

    return engine


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that only reads, of any database: under SQLite it waits for no writer."""
    async with engine.connect() as connection:
        await connection.execution_options(**{READ_ONLY: True})
        yield connection


class SqliteTransactions:
    """Transactions on connections that stay open, without SQLAlchemy's pool and transaction around each of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._idle: list[QuickConnection] = []
        self._plans: dict[Any, Any] = {}
        event.listen(engine.sync_engine, "engine_disposed", self._close)

    @asynccontextmanager
    async def transaction(self, *, read_only: bool) -> AsyncIterator[AsyncConnection]:
        """Commit when the block ends, roll back when it raises."""
        connection = self._idle.pop() if self._idle else await self._open()
        raw = connection.raw
        try:
            if read_only:
                raw.execute("BEGIN")
            else:
                await _take_lock(raw)
            yield cast(AsyncConnection, connection)
            if read_only or not raw.in_transaction:
                raw.rollback()
            else:
                await _in_thread(raw.commit)
        except dbapi2.OperationalError as error:
            raise OperationalError("transaction", {}, error) from error
        finally:
            raw.rollback()  # nothing, after a commit
            self._idle.append(connection)

    async def _open(self) -> QuickConnection:
        connection = await self._engine.connect()
        await connection.execution_options(**{_MANAGED: True})
        raw = (await connection.get_raw_connection()).dbapi_connection
        return QuickConnection(connection, raw, self._plans)

    def _close(self, _engine: object) -> None:
        """Close them with the engine."""
        while self._idle:
            self._idle.pop().close()


async def _take_lock(raw: dbapi2.Connection) -> None:
    """Begin to write. Where another process does so, wait for it in a thread, where nobody else has to wait."""
    try:
        raw.execute("PRAGMA busy_timeout=0")
        raw.execute("BEGIN IMMEDIATE")
    except dbapi2.OperationalError:
        raw.execute(_PATIENCE.format(round(1000 * BUSY_WAIT_S)))
        await _in_thread(raw.execute, "BEGIN IMMEDIATE")
    else:
        raw.execute(_PATIENCE.format(round(1000 * BUSY_WAIT_S)))


async def _in_thread(work: Callable[..., object], *arguments: object) -> None:
    """Run something in a thread to its end. Who is cancelled meanwhile learns of it then."""
    running = asyncio.get_running_loop().run_in_executor(None, work, *arguments)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
