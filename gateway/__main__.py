"""`python -m gateway` serves until it is told to stop; `python -m gateway openapi` prints the console's API."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path

from aiohttp import web

from common.clock import utc_now
from common.errors import ServiceError, StartError
from common.log_setup import set_up_logging
from common.settings_file import commented_settings, load_settings_files
from gateway.admin.admin_openapi import admin_document
from gateway.admin.language.training_files import TrainingFiles
from gateway.admin.route_table import ADMIN_ENDPOINTS
from gateway.app import create_app
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import open_log
from gateway.learning.grouping import group_unanswered
from gateway.metrics import Metrics
from gateway.settings import Settings, read_settings

SHUTDOWN_S = 5.0
_PACKAGES = Path(__file__).resolve().parent.parent


def main(words: list[str] | None = None) -> int:
    """Run one command, `serve` without words. Returns 1 with one line on stderr if it fails."""
    arguments = _parser().parse_args(words)
    load_settings_files()
    if arguments.command == "settings":
        print(commented_settings(Settings, shipped_under=_PACKAGES), end="")
        return 0
    if arguments.command == "suggest":
        return _suggest()
    if arguments.command == "openapi":
        return _print_openapi(arguments.engine)
    return _serve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="The gateway of Promobot.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    commands.add_parser("serve", help="serve chat, widget and console (the default)")
    commands.add_parser("settings", help="print every setting with its default, as lines of a settings file")
    commands.add_parser("suggest", help="group the messages that the bot did not understand, as every night")
    openapi = commands.add_parser(
        "openapi",
        help="print the OpenAPI document of the console's API",
        epilog="example: promobot openapi > engine.json; python -m gateway openapi --engine engine.json",
    )
    openapi.add_argument("--engine", required=True, type=Path, metavar="FILE", help="the engine's OpenAPI document")
    return parser


def _print_openapi(engine: Path) -> int:
    try:
        document = admin_document(ADMIN_ENDPOINTS, json.loads(engine.read_text(encoding="utf-8")))
    except OSError as error:
        print(f"{engine} cannot be read: {error.strerror}. `promobot openapi > {engine}` writes it.", file=sys.stderr)
        return 1
    except (ValueError, LookupError, TypeError) as error:
        print(f"{engine} is not this version's OpenAPI document of the engine: {error!r}", file=sys.stderr)
        return 1
    print(json.dumps(document, indent=2))
    return 0


def _suggest() -> int:
    async def group() -> int:
        settings = read_settings()
        entry = AuditEntry(name="command line", action="suggest", subject="all", at=utc_now())
        training = TrainingFiles(settings.nlu_dir, settings.flows_dir)
        async with open_log(settings.gateway_database_url, Metrics()) as log:
            return await group_unanswered(
                log, training, settings.help_folders, days=settings.learning_days, entry=entry
            )

    try:
        print(f"{asyncio.run(group())} suggestions are open; they stand in the console under Language.")
    except (StartError, ServiceError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _serve() -> int:
    set_up_logging()
    try:
        settings = read_settings()
        app = create_app(settings)
        web.run_app(
            app,
            host=settings.gateway_host,
            port=settings.gateway_port,
            access_log=None,  # shoppers' addresses are personal data; the metrics count, the conversation log remembers
            shutdown_timeout=SHUTDOWN_S,
            print=lambda _line: logging.getLogger("gateway").info(
                "The gateway listens on http://%s:%d", settings.gateway_host, settings.gateway_port
            ),
        )
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"The gateway cannot listen on {settings.gateway_host}:{settings.gateway_port}: {error.strerror}. "
            "PROMOBOT_GATEWAY_PORT names another port.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
