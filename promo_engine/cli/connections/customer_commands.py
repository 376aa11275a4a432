"""`promobot customer`: export what is stored of a customer, or forget them."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import CommandError, operator, say, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.domain.connections.privacy_requests import PrivacyRequest

# ruff: noqa: PLC0415  # imports inside the commands keep --help instant

_EXAMPLES = """examples:
  promobot customer export 1228 --out 1228.json
  promobot customer redact 1228
"""


def add_customer(command: argparse.ArgumentParser) -> None:
    """Give the command `customer` its own commands."""
    command.epilog = _EXAMPLES
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    does = command.add_subparsers(title="commands", dest="does", required=True, metavar="COMMAND")
    export = does.add_parser("export", help="write everything that engine and gateway store of a customer as JSON")
    export.add_argument("customer_id", metavar="ID", help="any identifier of the customer")
    export.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: standard output)")
    redact = does.add_parser("redact", help="forget a customer: conversations, states, events; orders keep their sums")
    redact.add_argument("customer_id", metavar="ID", help="any identifier of the customer")


def customer(arguments: argparse.Namespace) -> None:
    """Run one of them."""
    {"export": _export, "redact": _redact}[arguments.does](arguments)


def _export(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.connections.wiring import privacy
    from promo_engine.domain.errors import ServiceError

    async def run(database: AsyncEngine) -> dict[str, Any]:
        service = privacy(database)
        try:
            request = await service.export(arguments.customer_id, requested_by=operator())
            await service.finish(request.request_id, conversations=_conversations(request))
            return dict((await service.request(request.request_id)).export or {})
        except ServiceError as error:
            raise CommandError(error.message) from error

    text = json.dumps(with_database(run), indent=2, ensure_ascii=False)
    if arguments.out is None:
        say(text)
        return
    try:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--out: {arguments.out} cannot be written: {error.strerror}") from error
    say(f"{arguments.out} holds what is stored of {arguments.customer_id}.")


def _conversations(request: PrivacyRequest) -> dict[str, Any]:
    """The gateway's part, from its own process: the engine does not import it."""
    command = [sys.executable, "-m", "gateway.privacy.export_command", *request.customer_ids]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise CommandError(f"the gateway's part failed: {(run.stderr.strip() or 'no reason given').splitlines()[-1]}")
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _redact(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.connections.wiring import privacy

    async def run(database: AsyncEngine) -> PrivacyRequest:
        return await privacy(database).redact(arguments.customer_id, requested_by=operator())

    request: PrivacyRequest = with_database(run)
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(request.counts.items()))
    say(f"The engine has forgotten {arguments.customer_id}: {counts or 'nothing was stored'}.")
    say("Conversations are deleted as soon as the gateway runs, and it writes the audit log.")
