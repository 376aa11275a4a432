"""Statements that every decision runs, on SQLite's own cursor.

SQLAlchemy spends many times what SQLite does on a statement: it looks the statement up, expands its lists, makes a
context and a result. A statement that is declared `quick` is compiled once per shape of its lists and then run with
nothing but its types' own processors. It is the same statement that PostgreSQL gets through SQLAlchemy. Everything
else on such a connection takes the usual way.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from pysqlite3 import dbapi2
from sqlalchemy import Dialect, Executable, Insert
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Lists are filled up to one of these lengths with their last entry, so that few shapes are compiled."""

Statement = TypeVar("Statement", bound=Executable)

_QUICK: dict[int, Any] = {}
"""The declared statements by their id; they live as long as the process."""


def quick(statement: Statement) -> Statement:
    """Declare a statement that is made once, at the module's level, and run with a mapping of its parameters."""
    _QUICK[id(statement)] = statement
    return statement


class QuickResult:
    """The rows of a quick statement, with as much of SQLAlchemy's result as is used of it."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def first(self) -> Any:
        """Return the first row or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """Return the first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None


class QuickConnection:
    """A SQLite connection inside a transaction: quick statements on the driver's cursor, others through SQLAlchemy."""

    def __init__(self, connection: AsyncConnection, raw: dbapi2.Connection, known: dict[Any, Any]) -> None:
        self._connection, self.raw, self._known = connection, raw, known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        """Run a statement."""
        if parameters is None or id(statement) not in _QUICK:
            return await self._connection.execute(statement, parameters)
        with _sqlalchemy_errors(str(type(statement).__name__)):
            if isinstance(parameters, Mapping):
                return QuickResult(self._plan(statement, parameters).run(self.raw, parameters))
            self._plan(statement, parameters[0]).run_many(self.raw, parameters)
        return None

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """Undo what the block did if it raises, and nothing else."""
        self.raw.execute("SAVEPOINT quick")
        try:
            yield
        except BaseException:
            self.raw.execute("ROLLBACK TO quick")
            raise
        finally:
            self.raw.execute("RELEASE quick")

    def close(self) -> None:
        """Close it for good."""
        connection = self._connection.sync_connection
        if connection is not None:
            connection.detach()  # or its pool would want it back
            connection.close()

    def _plan(self, statement: Any, parameters: Mapping[str, Any]) -> _Plan:
        lists = () if isinstance(statement, Insert) else (v for v in parameters.values() if isinstance(v, list))
        shape = (id(statement), *map(_size, lists))
        plan = self._known.get(shape)
        if plan is None:
            plan = self._known[shape] = _Plan(statement, parameters, self._connection.dialect)
        return plan


class _Plan:
    """One shape of a statement: its text, where each value comes from, and how values and columns are converted."""

    def __init__(self, statement: Any, parameters: Mapping[str, Any], dialect: Dialect) -> None:
        filled = {name: _fill(value) for name, value in parameters.items()}
        if isinstance(statement, Insert):
            columns: list[Any] = []
            compiled: Any = statement.compile(dialect=dialect, column_keys=list(parameters))
            expanded = compiled.construct_expanded_state(parameters)
        else:
            columns = list(statement.selected_columns)
            compiled = statement.compile(dialect=dialect)
            expanded = compiled.construct_expanded_state(filled)
        self._text = expanded.statement
        sources: dict[str, tuple[str, int | None]] = {name: (name, None) for name in parameters}
        for name, entries in expanded.parameter_expansion.items():
            if name in parameters:  # else a list that stands in the statement itself
                sources |= {entry: (name, index) for index, entry in enumerate(entries)}
        processors: dict[str, Any] = dict(expanded.processors)  # of the entries of lists
        for name, bind in compiled.binds.items():
            processors.setdefault(name, bind.type.dialect_impl(dialect).bind_processor(dialect))
        self._values = [
            (*sources.get(name, (None, expanded.parameters[name])), processors.get(name))
            for name in expanded.positiontup or ()
        ]
        row: Any = namedtuple("Row", [column.name for column in columns], rename=True)  # type: ignore[misc]
        self._make_row = row._make
        converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._converters = [(index, convert) for index, convert in enumerate(converters) if convert is not None]

    def run(self, raw: dbapi2.Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the rows."""
        filled = {name: _fill(value) for name, value in parameters.items()}
        rows = raw.execute(self._text, self._bound(filled)).fetchall()
        return [self._make_row(self._converted(row)) for row in rows]

    def run_many(self, raw: dbapi2.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that all have the same columns."""
        raw.executemany(self._text, [self._bound(row) for row in rows])

    def _bound(self, parameters: Mapping[str, Any]) -> list[Any]:
        bound = []
        for name, index, process in self._values:  # without a name it is a constant of the statement
            value = index if name is None else parameters[name] if index is None else parameters[name][index]
            bound.append(value if process is None else process(value))
        return bound

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for index, convert in self._converters:
            values[index] = convert(values[index])
        return values


def _size(value: Sequence[Any]) -> int:
    return next((size for size in _SIZES if size >= len(value)), len(value))


def _fill(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    filler = value[-1] if value else None  # NULL is in no list
    return value + [filler] * (_size(value) - len(value))


@contextmanager
def _sqlalchemy_errors(statement: str) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy's, as on the usual way."""
    try:
        yield
    except dbapi2.IntegrityError as error:
        raise IntegrityError(statement, {}, error) from error
    except dbapi2.OperationalError as error:
        raise OperationalError(statement, {}, error) from error
