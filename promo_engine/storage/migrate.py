"""Brings a database to the tables that this version of the engine expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage.database import sqlite_file

_MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseNotReadyError(Exception):
    """The database cannot be used as it is; the message is one line that says what to run."""


async def require_reachable(engine: AsyncEngine) -> str | None:
    """Return the database's revision, None if it was never migrated. Raises DatabaseNotReadyError."""
    try:
        return await current_revision(engine)
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DatabaseNotReadyError(f"the database {_name(engine)} cannot be opened: {reason}") from error


async def require_migrated(engine: AsyncEngine) -> None:
    """Raise DatabaseNotReadyError unless the database has the tables that this version of the engine expects."""
    file = sqlite_file(engine.url)
    if file is not None and not file.is_file():
        # Connecting would make an empty one.
        raise DatabaseNotReadyError(f"there is no database at {file}; run `promobot migrate`")
    found, wanted = await require_reachable(engine), newest_revision()
    require_known(engine, found)
    if found != wanted:
        state = "has no tables yet" if found is None else f"is at revision {found}"
        raise DatabaseNotReadyError(
            f"the database {_name(engine)} {state}, this engine needs {wanted}; run `promobot migrate`"
        )


def require_known(engine: AsyncEngine, revision: str | None) -> None:
    """Raise DatabaseNotReadyError for a revision that only a newer version of the engine can have made."""
    if revision is not None and revision not in revisions():
        raise DatabaseNotReadyError(
            f"the database {_name(engine)} is at revision {revision}, newer than this version of promobot knows; "
            "install the newer version, or migrate down with it first"
        )


def revisions() -> list[str]:
    """Every revision, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(alembic_config(None)).walk_revisions()]


def _name(engine: AsyncEngine) -> str:
    file = sqlite_file(engine.url)
    return engine.url.render_as_string(hide_password=True) if file is None else str(file)


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Upgrade to a revision, in one transaction."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Downgrade to a revision (`base` is the empty database), in one transaction."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), revision))


async def migrate_to(engine: AsyncEngine, revision: str) -> None:
    """Upgrade or downgrade to a revision. Raises DatabaseNotReadyError for one that is not known here."""
    known = revisions()
    if revision not in known:
        raise DatabaseNotReadyError(
            f"there is no revision {revision!r}; the newest is {known[0]}, the oldest {known[-1]}"
        )
    found = await require_reachable(engine)
    require_known(engine, found)
    if found is not None and known.index(revision) > known.index(found):
        await downgrade(engine, revision)
    else:
        await upgrade(engine, revision)


async def current_revision(engine: AsyncEngine) -> str | None:
    """Return the database's revision; None if it was never migrated."""
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def newest_revision() -> str:
    """Return the revision that this version of the engine expects."""
    revision = ScriptDirectory.from_config(alembic_config(None)).get_current_head()
    if revision is None:
        raise LookupError("the engine has no migrations")
    return revision


def alembic_config(connection: Connection | None) -> Config:
    """Return the settings of alembic for a connection, or without one to read the revisions."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
