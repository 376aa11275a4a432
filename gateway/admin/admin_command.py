"""`promobot admin`: make the first admin, and mend what the console cannot, such as a forgotten password.

Works on the conversation log's database, whether or not the gateway runs.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from common.clock import iso, utc_now
from common.errors import StartError
from gateway.admin.access.passwords import LONGEST, SHORTEST, Passwords
from gateway.admin.access.permissions import ROLES
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.admin_accounts import Admin
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.database import open_database, upgrade_tables
from gateway.settings import Settings

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
SHELL = "command line"
"""Who did it, in the audit log."""


class CommandError(Exception):
    """One line for the person at the keyboard."""


def main(words: list[str] | None = None) -> None:
    """Run one command; what a person can mend is one line on stderr and exit status 1."""
    arguments = _parser().parse_args(words)
    try:
        arguments.run(arguments)
    except (CommandError, StartError) as error:
        sys.exit(f"promobot admin: {error}")
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        sys.exit(f"promobot admin: the conversation log cannot be opened: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="promobot admin",
        description="Make and change admins of the console.",
        epilog="example: promobot admin create ada --role admin",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="make an admin; asks for the password")
    create.set_defaults(run=_create)
    create.add_argument("--role", choices=list(ROLES), default="admin", help="what they may do (default admin)")
    role = commands.add_parser("set-role", help="give somebody another role")
    role.set_defaults(run=_set_role)
    password = commands.add_parser("set-password", help="give somebody a new password")
    password.set_defaults(run=_set_password)
    disable = commands.add_parser("disable", help="keep somebody from signing in")
    disable.set_defaults(run=partial(_able, disabled=True))
    enable = commands.add_parser("enable", help="let somebody sign in again")
    enable.set_defaults(run=partial(_able, disabled=False))
    for command in (create, role, password, disable, enable):
        command.add_argument("name", help="what they sign in with")
    role.add_argument("role", choices=list(ROLES), help="what they may do")
    for command in (create, password):
        command.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    commands.add_parser("list", help="list all admins").set_defaults(run=_list)
    return parser


def _create(arguments: argparse.Namespace) -> None:
    if not NAME.fullmatch(arguments.name):
        raise CommandError("a name has 1 to 64 letters, digits, dots, dashes, underscores and @")
    admin = Admin(
        name=arguments.name, role=arguments.role, password_hash=_hash(arguments.password_stdin), created_at=utc_now()
    )
    entry = _entry("admin_create", arguments.name, role=arguments.role)
    if not _on_log(partial(admin_accounts.add_admin, admin=admin, entry=entry)):
        raise CommandError(f"there is an admin {arguments.name} already; see: promobot admin set-password")
    print(f"{arguments.name} may sign in as {arguments.role} under /admin.")


def _set_role(arguments: argparse.Namespace) -> None:
    _change(arguments.name, "admin_role", role=arguments.role)
    print(f"{arguments.name} is {arguments.role} now, and has to sign in again.")


def _set_password(arguments: argparse.Namespace) -> None:
    _change(arguments.name, "admin_password", password_hash=_hash(arguments.password_stdin))
    print(f"{arguments.name} has a new password; all sessions have ended.")


def _able(arguments: argparse.Namespace, *, disabled: bool) -> None:
    _change(arguments.name, "admin_disable" if disabled else "admin_enable", disabled=disabled)
    print(f"{arguments.name} may {'no longer' if disabled else 'again'} sign in.")


def _list(_arguments: argparse.Namespace) -> None:
    admins = _on_log(admin_accounts.list_admins)
    if not admins:
        print("There is no admin yet; `promobot admin create NAME` makes one.")
    for admin in admins:
        state = "" if admin.disabled_at is None else f"  disabled {iso(admin.disabled_at)}"
        print(f"{admin.name:24} {admin.role:9} since {iso(admin.created_at)}{state}")


def _change(
    name: str, action: str, *, role: str | None = None, password_hash: str | None = None, disabled: bool | None = None
) -> None:
    entry = _entry(action, name) if role is None else _entry(action, name, role=role)
    write = partial(
        admin_accounts.change_admin, name=name, role=role, password_hash=password_hash, disabled=disabled, entry=entry
    )
    if not _on_log(write):
        raise CommandError(f"there is no admin {name}; see: promobot admin list")


def _entry(action: str, name: str, **details: str) -> AuditEntry:
    return AuditEntry(name=SHELL, action=action, subject=name, at=utc_now(), details=details)


def _hash(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        try:
            password = getpass.getpass(f"Password ({SHORTEST} characters or more): ")
            again = getpass.getpass("Once more: ")
        except EOFError:
            raise CommandError("there is no terminal to ask for the password on; use --password-stdin") from None
        if again != password:
            raise CommandError("the two passwords differ")
    if not SHORTEST <= len(password) <= LONGEST:
        raise CommandError(f"a password has {SHORTEST} to {LONGEST} characters")
    memory = Settings.model_fields["argon2_memory_kib"].default

    async def hashed() -> str:
        return await Passwords(memory_kib=memory).hash(password)

    return asyncio.run(hashed())


def _on_log(write: Callable[[Connection], T]) -> T:
    variable = "PROMOBOT_GATEWAY_DATABASE_URL"
    url = os.environ.get(variable, Settings.model_fields["gateway_database_url"].default)

    async def run() -> T:
        database = open_database(url)
        try:
            await upgrade_tables(database)
            return await database.write(write)
        finally:
            await database.close()

    return asyncio.run(run())


if __name__ == "__main__":
    main()
