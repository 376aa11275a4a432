"""`promobot shop source` and `promobot shop pull`: the shops that write, their tokens and secrets."""

from __future__ import annotations

import argparse
import getpass
import secrets as random_secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import CommandError, read_settings_or_stop, say, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.domain.connections.shop_sources import ConnectedSource, SourceSecrets, SourceSettings
    from promo_engine.services.connections.source_service import SourceService

# ruff: noqa: PLC0415  # imports inside the commands keep --help instant

KINDS = ("shopify", "woocommerce", "medusa", "generic")
WRITE_BACKS = ("api", "webhook", "mail")
NO_WRITE_BACK = "none"
SCOPES = ("write:catalogue", "write:orders", "write:customers")
_OURS = ("woocommerce", "generic")
"""Kinds whose webhook secret we may make: the shop is told ours. Shopify tells us its own; Medusa sends the token."""
_EXAMPLES = """examples:
  promobot shop source add berlin --kind shopify --shop-domain berlin.myshopify.com --secret-file app-secret.txt
  promobot shop source add blog --kind woocommerce --base-url https://blog.example --access-token-file keys.txt
  promobot shop source list
  promobot shop source change blog --write-back api --hosted-codes
  promobot shop source rotate berlin      a new token; the old one counts no more
  promobot shop source remove berlin      what it wrote stays
"""


def add_source_commands(does: Any) -> None:
    """Add `source` and `pull` to the commands of `promobot shop`."""
    source = does.add_parser(
        "source",
        help="add, list and remove shops that write over HTTP",
        description="Add, list and remove shops that write over HTTP.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = source.add_subparsers(title="commands", dest="what", required=True, metavar="COMMAND")
    add = what.add_parser("add", help="add a source; prints its token once")
    add.add_argument("name", help="a-z, 0-9, _ and -; part of its addresses")
    add.add_argument("--kind", choices=KINDS, required=True, help="the shop system")
    add.add_argument("--scopes", default=",".join(SCOPES), help=f"what its token may do (default: {','.join(SCOPES)})")
    _add_settings(add)
    _add_secrets(add)
    change = what.add_parser("change", help="change settings of a source; the others stay")
    change.add_argument("name", help="of the source")
    _add_settings(change)
    secret = what.add_parser("secret", help="set the webhook secret or the access token of a source")
    secret.add_argument("name", help="of the source")
    _add_secrets(secret)
    for name, text in (("rotate", "give a source a new token"), ("remove", "forget a source")):
        what.add_parser(name, help=text).add_argument("name", help="of the source")
    what.add_parser("list", help="show sources, without their secrets")
    does.add_parser("pull", help="ask a shop for what changed since last time").add_argument(
        "name", help="of the source"
    )


def _add_settings(command: argparse.ArgumentParser) -> None:
    """Add the options of `SourceSettings`; one that is not given is no attribute of the arguments."""

    def add(name: str, text: str, **more: Any) -> None:
        command.add_argument(name, default=argparse.SUPPRESS, help=text, **more)

    yes_or_no = argparse.BooleanOptionalAction
    add("--shop-domain", "Shopify: such as berlin.myshopify.com")
    add("--base-url", "address of the shop's own API")
    add("--currency", "currency of prices without one (default: PROMOBOT_SHOP_CURRENCY)")
    add("--zone", "pulls run at night in this time zone (default: PROMOBOT_SHOP_TIME_ZONE)")
    add("--tracking-field", "WooCommerce: meta key of a parcel's number")
    add("--ask-for-orders", "ask the shop's API where an order is", action=yes_or_no)
    add("--write-back", "how the shop is asked for changes of orders", choices=(*WRITE_BACKS, NO_WRITE_BACK))
    add("--webhook-url", "where changes go with --write-back webhook")
    add("--mail-to", "where changes go with --write-back mail")
    add("--refund-on-cancel", "Shopify: pay a cancelled order back at once", action=yes_or_no)
    add("--api-version", "Shopify: the version of its API (default: the one this was written for)")
    add("--hosted-codes", "Shopify, WooCommerce: make codes at the shop, for its checkout", action=yes_or_no)


def _settings_in(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that were named."""
    from dataclasses import fields

    from promo_engine.domain.connections.shop_sources import SourceSettings

    named = {
        field.name: getattr(arguments, field.name) for field in fields(SourceSettings) if hasattr(arguments, field.name)
    }
    if named.get("write_back") == NO_WRITE_BACK:
        named["write_back"] = ""
    if "currency" in named:
        named["currency"] = named["currency"].upper()
    return named


def _check_currency(settings: SourceSettings, own: str) -> None:
    if settings.hosted_codes and settings.currency != own:
        message = f"codes are made in the engine's currency, {own} (PROMOBOT_SHOP_CURRENCY), not {settings.currency}"
        raise CommandError(f"--hosted-codes: {message}")


def _add_secrets(command: argparse.ArgumentParser) -> None:
    command.add_argument("--secret-file", metavar="FILE", help="file with the webhook secret; - reads standard input")
    command.add_argument(
        "--access-token-file",
        metavar="FILE",
        help="file with the token of the shop's API (WooCommerce: KEY:SECRET); - reads standard input",
    )


def source(arguments: argparse.Namespace) -> None:
    """Run one of `promobot shop source`."""
    commands = {"add": _add, "change": _change, "secret": _secret, "rotate": _rotate, "remove": _remove, "list": _list}
    commands[arguments.what](arguments)


def _add(arguments: argparse.Namespace) -> None:
    from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
    from promo_engine.domain.connections.shop_sources import SourceKind, SourceScope, SourceSettings

    settings = read_settings_or_stop()
    unknown = [name for name in arguments.scopes.split(",") if name not in SCOPES]
    if unknown:
        raise CommandError(f"--scopes: there is no scope {unknown[0]!r}; there are {', '.join(SCOPES)}")
    named = _settings_in(arguments)
    if arguments.kind == "shopify" and not named.get("shop_domain"):
        raise CommandError("--shop-domain is needed for Shopify, such as berlin.myshopify.com")
    named.setdefault("currency", settings.shop_currency.upper())
    named.setdefault("zone", settings.shop_time_zone)
    secrets = _read_secrets(arguments, ask=True)
    try:
        chosen = SourceSettings(**named)
    except ShopItemError as error:
        raise CommandError(f"{error.field}: {error.reason}") from error
    _check_currency(chosen, settings.shop_currency)

    def work(service: SourceService) -> Any:
        return service.add(
            arguments.name,
            kind=SourceKind(arguments.kind),
            scopes=frozenset(map(SourceScope, arguments.scopes.split(","))),
            settings=chosen,
        )

    token = _with_service(work)
    _save(arguments.name, secrets)
    say(f"The source {arguments.name} is added. Its token is shown this once:\n\n  {token}\n")
    if arguments.kind in _OURS and not arguments.secret_file:
        say(f"Its webhook secret, for the shop's settings:\n\n  {secrets.webhook_secret}\n")
    say(f"Webhooks go to /hooks/{arguments.name} at the gateway; docs/connect/webhooks.md says how.")


def _change(arguments: argparse.Namespace) -> None:
    from dataclasses import replace

    named = _settings_in(arguments)
    if not named:
        raise CommandError("say what is to change; `promobot shop source change --help` lists the settings")
    own = read_settings_or_stop().shop_currency

    async def work(service: SourceService) -> None:
        _check_currency(replace((await service.get(arguments.name)).settings, **named), own)
        await service.change(arguments.name, **named)

    _with_service(work)
    say(f"{arguments.name} is changed: {', '.join(sorted(named))}. A running engine follows at once.")


def _secret(arguments: argparse.Namespace) -> None:
    if not arguments.secret_file and not arguments.access_token_file:
        raise CommandError("say which: --secret-file FILE, --access-token-file FILE, or both")
    _with_service(lambda service: service.get(arguments.name))
    _save(arguments.name, _read_secrets(arguments, ask=False))
    say(f"The secrets of {arguments.name} are set. A running engine reads them with the next message.")


def _rotate(arguments: argparse.Namespace) -> None:
    token = _with_service(lambda service: service.rotate(arguments.name))
    say(f"The new token of {arguments.name} is shown this once; the old one counts no more:\n\n  {token}")


def _remove(arguments: argparse.Namespace) -> None:
    _with_service(lambda service: service.remove(arguments.name))
    _secrets_file().save(arguments.name, None)
    say(f"The source {arguments.name} is removed. What it wrote stays.")


def _list(_arguments: argparse.Namespace) -> None:
    sources: list[ConnectedSource] = _with_service(lambda service: service.all())
    if not sources:
        say("There is no source yet; `promobot shop source add` makes one.")
    for found in sources:
        state = "disconnected by its shop" if found.disabled_at else f"last message {_time(found.last_ok_at)}"
        codes = "  codes are made here" if found.settings.hosted_codes else ""
        say(f"{found.source_id}  {found.kind}  {','.join(sorted(found.scopes))}  {state}{codes}")
        if found.last_error:
            say(f"    last error: {found.last_error}")


def pull(arguments: argparse.Namespace) -> None:
    """Run `promobot shop pull`."""
    import aiohttp

    from promo_engine.cli.connections.wiring import pulls
    from promo_engine.domain.errors import ServiceError
    from promo_engine.services.connections.pull_service import PullReport

    async def run(database: AsyncEngine) -> PullReport:
        async with aiohttp.ClientSession() as http:
            try:
                return await pulls(database, http).pull(arguments.name)
            except ServiceError as error:
                raise CommandError(error.message) from error

    report: PullReport = with_database(run)
    counts = ", ".join(f"{count:,} {result}" for result, count in sorted(report.counts.items()))
    say(f"{arguments.name}: {counts or 'nothing has changed'}")
    for line in report.refusals[:20]:
        say(f"refused: {line}")
    if report.refusals:
        raise SystemExit(3)


def _with_service(work: Any) -> Any:
    from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
    from promo_engine.domain.errors import ServiceError
    from promo_engine.services.connections.source_service import SourceService
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    async def run(database: AsyncEngine) -> Any:
        try:
            return await work(SourceService(SqlStorage(database), clock=lambda: datetime.now(UTC)))
        except ServiceError as error:
            raise CommandError(error.message) from error

    try:
        return with_database(run)
    except ShopItemError as error:
        raise CommandError(f"{error.field}: {error.reason}") from error


def _read_secrets(arguments: argparse.Namespace, *, ask: bool) -> SourceSecrets:
    from promo_engine.domain.connections.shop_sources import SourceSecrets

    secret = _read(arguments.secret_file, "--secret-file")
    if not secret and ask and arguments.kind in _OURS:
        secret = random_secrets.token_urlsafe(32)
    if not secret and ask and arguments.kind == "shopify":
        if not sys.stdin.isatty():
            raise CommandError("--secret-file is needed for Shopify: the app's secret, which signs its webhooks")
        secret = getpass.getpass("The Shopify app's secret (not shown): ").strip()
    return SourceSecrets(secret, _read(arguments.access_token_file, "--access-token-file"))


def _read(name: str | None, option: str) -> str:
    if name is None:
        return ""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{option}: {name} cannot be read: {error}") from error
    if not text.strip():
        raise CommandError(f"{option}: {name} is empty")
    return text.strip()


def _save(name: str, secrets: SourceSecrets) -> None:
    from promo_engine.domain.connections.shop_sources import SourceSecrets

    file = _secrets_file()
    try:
        kept = file.of(name)
        file.save(
            name,
            SourceSecrets(secrets.webhook_secret or kept.webhook_secret, secrets.access_token or kept.access_token),
        )
    except (OSError, ValueError) as error:
        raise CommandError(f"environment variable PROMOBOT_SHOP_SECRETS: {error}") from error


def _secrets_file() -> Any:
    from promo_engine.files.source_secrets import SecretsFile

    return SecretsFile(read_settings_or_stop().shop_secrets)


def _time(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
