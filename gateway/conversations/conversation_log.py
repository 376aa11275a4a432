"""The conversation log: opened once, read from anywhere, written by one writer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from common.errors import StartError, Unavailable
from gateway.conversations.database import Database, open_database, upgrade_tables
from gateway.conversations.index import index_updates
from gateway.conversations.write.group_commit import LogWriter
from gateway.metrics import Metrics

T = TypeVar("T")


class ConversationLog:
    """Runs queries and writes, functions that take a connection."""

    def __init__(self, database: Database, writer: LogWriter) -> None:
        self._database = database
        self._writer = writer

    async def read(self, query: Callable[[Connection], T]) -> T:
        """The query's result in a transaction of its own. Raises Unavailable (`log_unavailable`)."""
        try:
            return await self._database.read(query)
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("log_unavailable", "The conversation log does not answer.") from error

    async def write(self, write: Callable[[Connection], T]) -> T:
        """The write's result once it is committed. Raises Unavailable (`log_unavailable`), then nothing was written."""
        try:
            return await self._writer.write(write)
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("log_unavailable", "The conversation log does not answer.") from error

    def defer(self, write: Callable[[Connection], None]) -> None:
        """See `LogWriter.defer`."""
        self._writer.defer(write)

    async def check(self) -> None:
        """Raises Unavailable if the database does not answer."""
        await self.read(lambda connection: connection.scalar(select(1)))


@asynccontextmanager
async def open_log(database_url: str, metrics: Metrics) -> AsyncIterator[ConversationLog]:
    """Open the log, its tables up to date. Raises StartError if the database cannot be reached."""
    database = open_database(database_url)
    try:
        try:
            await upgrade_tables(database)
            # A log from before the console; once that is done, one look finds nothing left.
            while await database.write(index_updates.catch_up):
                pass
        except (SQLAlchemyError, OSError) as error:
            shown = make_url(database_url).render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", error)).splitlines()[0]
            raise StartError(f"The conversation log {shown} cannot be opened: {reason}") from error
        writer = LogWriter(database, metrics)
        writer.start()
        try:
            yield ConversationLog(database, writer)
        finally:
            await writer.close()
    finally:
        await database.close()
