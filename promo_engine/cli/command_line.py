"""What every command of `promobot` needs: settings, the database, and errors that are one line.

Libraries are imported by the functions that need them, so that --help is instant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the functions are this module's point


SOME_REFUSED = 3
"""Exit status when something was stored and something refused."""


class CommandError(Exception):
    """The command cannot do its work; the message is one line."""


def read_settings_or_stop() -> Any:
    """Read the environment. Raises CommandError."""
    from promo_engine.settings import SettingsError, read_settings

    try:
        return read_settings()
    except SettingsError as error:
        raise CommandError(str(error)) from error


def with_database(work: Callable[[AsyncEngine], Coroutine[Any, Any, Any]], *, migrated: bool = True) -> Any:
    """Run `work` on the database of the settings; what is wrong with the database becomes one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from promo_engine.domain.errors import Unavailable
    from promo_engine.storage.migrate import DatabaseNotReadyError, require_migrated

    url = read_settings_or_stop().engine_database_url

    async def run() -> Any:
        async with _open(url) as database:
            if migrated:
                await require_migrated(database)
            return await work(database)

    try:
        return asyncio.run(run())
    except DatabaseNotReadyError as error:
        raise CommandError(str(error)) from error
    except Unavailable as error:
        raise CommandError(error.message) from error
    except SQLAlchemyError as error:
        raise CommandError(f"the database refused: {one_line(getattr(error, 'orig', None) or error)}") from error
    except OSError as error:
        raise CommandError(one_line(error)) from error


def mendable(error: BaseException) -> str | None:
    """Return the line for what a person can mend: data, a model, a setting or a file; None for a fault of the program.

    Commands and benchmarks end with it, whatever of what they need is missing.
    """
    if isinstance(error, CommandError):
        return str(error)
    from sqlalchemy.exc import InterfaceError, OperationalError

    from common.errors import ServiceError, StartError
    from promo_engine.models.model_owner import ForeignModel
    from promo_engine.policies import PolicyMissing
    from promo_engine.storage.database import DatabaseUrlError
    from promo_engine.storage.migrate import DatabaseNotReadyError
    from promo_engine.user_model import ModelMissing
    from studio.errors import StrategyError

    if isinstance(error, ServiceError):
        return error.message
    if isinstance(error, OperationalError | InterfaceError):
        return f"the database refused: {one_line(error.orig or error)}"
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError):
        return one_line(error)
    said = StrategyError, StartError, DatabaseNotReadyError, DatabaseUrlError
    missing = ModelMissing, PolicyMissing, ForeignModel
    return str(error) if isinstance(error, (*said, *missing)) else None


def one_line(error: BaseException) -> str:
    """Return the first line of an error's text, or its name; of a file, its path and what is wrong with it."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror is not None:
        return f"{error.filename}: {error.strerror}"
    return next(iter(str(error).splitlines()), "") or type(error).__name__


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[AsyncEngine]:
    from promo_engine.storage.database import DatabaseUrlError, open_database

    try:
        database = open_database(url)
    except DatabaseUrlError as error:
        raise CommandError(f"environment variable PROMOBOT_ENGINE_DATABASE_URL: {error}") from error
    try:
        yield database
    finally:
        await database.dispose()


def say(text: object) -> None:
    """Print at once."""
    print(text, flush=True)


def operator() -> str:
    """Say who types, for the record of changes; the engine says for whom it runs a command (PROMOBOT_ACTOR)."""
    import getpass
    import os

    requested = os.environ.get("PROMOBOT_ACTOR", "")
    if requested:
        return requested[:64]
    try:
        return f"cli:{getpass.getuser()}"[:64]
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "cli"
