"""The commands of `promobot shop`: files of a shop are looked at, imported, and a simulated shop is made.

Libraries are imported by the command that needs them, so that --help is instant.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import SOME_REFUSED, CommandError, say, with_database
from promo_engine.cli.connections import source_commands
from promo_engine.cli.shop_init import add_shop_init, shop_init

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.ports.shop.shop_file_reader import RowFinding, ShopItem
    from promo_engine.services.catalogue.import_shop import ImportReport

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

KINDS = (
    "shopify-products",
    "shopify-orders",
    "shopify-customers",
    "woocommerce-products",
    "merchant-feed",
    "generic",
    "joined-json",
)
_SIMULATED = "trail-and-tarn"
_REPORT_COLUMNS = ("row", "key", "field", "value", "severity", "reason")
_EXAMPLES = """examples:
  promobot shop init shop --products products_export.csv --orders orders_export.csv
  promobot shop import shopify-products products_export.csv --currency EUR
  promobot shop import shopify-orders orders_export.csv --report refused.csv
  promobot shop import merchant-feed feed_eur.xml feed_gbp.xml --source feed
  promobot shop guess sales.csv > map.yml
  promobot shop import generic sales.csv --mapping map.yml --zone Europe/London
  promobot shop simulate --customers 500
  promobot shop words --out var/words           # then train the bot
  promobot shop check --articles data/help      # does shop.yml fit the data?
  promobot shop source add berlin --kind shopify --shop-domain berlin.myshopify.com --secret-file app-secret.txt
  promobot shop pull berlin
"""


def add_shop(command: argparse.ArgumentParser) -> None:
    """Give the command `shop` its own commands."""
    command.epilog = _EXAMPLES
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    does = command.add_subparsers(title="commands", dest="does", required=True, metavar="COMMAND")
    add_shop_init(does.add_parser("init", help="make a shop of its exports, ready to serve"))
    take_in = does.add_parser("import", help="store products, customers and orders from files")
    take_in.add_argument("kind", choices=KINDS, help="what the files are")
    take_in.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what to store")
    take_in.add_argument("--source", default=None, help="name of the shop's source (default: the kind)")
    take_in.add_argument("--currency", help="ISO 4217 code, where the file names none")
    take_in.add_argument("--zone", help="time zone of times without one, such as Europe/Berlin")
    take_in.add_argument("--locale", help="how numbers are written, such as de; left out: what is ambiguous is refused")
    take_in.add_argument("--encoding", help="such as cp1252; left out: detected")
    take_in.add_argument("--mapping", type=Path, help="YAML: which column is which field")
    take_in.add_argument("--full", action="store_true", help="the files are complete: archive products that they lack")
    take_in.add_argument("--yes", action="store_true", help="with --full: also if more than a fifth would go")
    take_in.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")
    take_in.add_argument("--report", type=Path, help="write every finding to this CSV file")
    guess = does.add_parser("guess", help="write a first mapping for a table or a JSON file")
    guess.add_argument("file", type=Path, help="a table: CSV, TSV or JSONL; or a JSON list of records")
    guess.add_argument("--encoding", help="such as cp1252; left out: detected")
    check = does.add_parser("check", help="compare shop.yml with the shop's data, offers and help articles")
    check.add_argument("--articles", type=Path, metavar="FOLDER", help="folder of help articles, such as data/help")
    words = does.add_parser("words", help="write what shoppers call the products, for the bot's training")
    words.add_argument("--out", type=Path, default=Path("var/words"), help="folder for both files (default var/words)")
    words.add_argument("--synonyms", type=Path, metavar="FILE", help="YAML: more words, by the shop's own category")
    simulate = does.add_parser("simulate", help="make Trail & Tarn, a simulated outdoor shop")
    simulate.add_argument("--customers", type=int, default=12_000, help="default 12,000; each places about five orders")
    simulate.add_argument("--seed", type=int, default=7, help="the same seed makes the same shop (default 7)")
    source_commands.add_source_commands(does)


def shop(arguments: argparse.Namespace) -> None:
    """Run one of them."""
    commands = {
        "import": _import,
        "guess": _guess,
        "simulate": _simulate,
        "source": source_commands.source,
        "pull": source_commands.pull,
        "check": _check,
        "words": _words,
        "init": shop_init,
    }
    commands[arguments.does](arguments)


def _check(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.shop_check import check

    check(arguments)


def _words(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.shop_words import words

    words(arguments)


def _import(arguments: argparse.Namespace) -> None:
    from promo_engine.ports.shop.shop_file_reader import ReadOptions, ShopFileError
    from promo_engine.shops.file_readers import FILE_READERS
    from promo_engine.shops.generic.field_mapping import load_mapping

    reader = FILE_READERS[arguments.kind]
    try:
        options = ReadOptions(
            source=arguments.source or arguments.kind,
            currency=_currency(arguments.currency),
            zone=_zone(arguments.zone),
            locale=arguments.locale,
            encoding=arguments.encoding,
            mapping=load_mapping(arguments.mapping) if arguments.mapping else {},
            now=datetime.now(UTC),
        )

        def found() -> Iterator[ShopItem | RowFinding]:
            for file in arguments.files:
                yield from reader.read(file, options)

        report = _take_in(found(), arguments, source_id=options.source)
    except ShopFileError as error:
        raise CommandError(str(error)) from error
    _finish(report, dry_run=arguments.dry_run)


def _guess(arguments: argparse.Namespace) -> None:
    import yaml

    from promo_engine.ports.shop.shop_file_reader import ShopFileError
    from promo_engine.shops.guess_kind import guess_any_mapping

    try:
        mapping = dict(guess_any_mapping(arguments.file, encoding=arguments.encoding))
    except ShopFileError as error:
        raise CommandError(str(error)) from error
    say(yaml.safe_dump(mapping, sort_keys=False, allow_unicode=True).rstrip())


def _simulate(arguments: argparse.Namespace) -> None:
    from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings

    if arguments.customers < 1:
        raise CommandError("--customers: at least 1")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    simulation = Simulation(SimulationSettings(seed=arguments.seed, customers=arguments.customers, until=today))
    say("Trail & Tarn is simulated: no product, person or order of it exists.")
    with_database(_is_a_demo)
    report = _take_in(simulation.items(), argparse.Namespace(), source_id=_SIMULATED)
    _finish(report, dry_run=False)


async def _is_a_demo(database: AsyncEngine) -> None:
    """Say whose the simulated orders are: without it, they would wait for a shop that answers."""
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    async with SqlStorage(database).write() as unit:
        await unit.connected_shops.add_demo(_SIMULATED)


def _take_in(
    found: Iterable[ShopItem | RowFinding],
    arguments: argparse.Namespace,
    *,
    source_id: str,
) -> ImportReport:
    from tqdm import tqdm

    from promo_engine.services.catalogue.import_shop import ShopImporter, TooMuchWouldGoError
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    async def run(database: AsyncEngine) -> ImportReport:
        importer = ShopImporter(SqlStorage(database), clock=lambda: datetime.now(UTC))

        def count(items: int) -> None:
            bar.update(items)

        with (
            tqdm(desc="importing", unit=" items", disable=not sys.stderr.isatty()) as bar,
            _report_file(getattr(arguments, "report", None)) as write,
        ):
            return await importer.take_in(
                found,
                source_id=source_id,
                on_finding=write,
                on_batch=count,
                complete=getattr(arguments, "full", False),
                even_if_much_goes=getattr(arguments, "yes", False),
                dry_run=getattr(arguments, "dry_run", False),
            )

    try:
        report: ImportReport = with_database(run)
    except TooMuchWouldGoError as error:
        raise CommandError(str(error)) from error
    return report


@contextmanager
def _report_file(path: Path | None) -> Iterator[Callable[[RowFinding], None]]:
    if path is None:
        yield lambda _finding: None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    with file:
        writer = csv.writer(file)
        writer.writerow(_REPORT_COLUMNS)

        def write(finding: RowFinding) -> None:
            row: list[Any] = [getattr(finding, column) for column in _REPORT_COLUMNS]
            writer.writerow([_no_formula(cell) if isinstance(cell, str) else cell for cell in row])

        yield write


def _no_formula(cell: str) -> str:
    """A spreadsheet runs cells that begin so."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _finish(report: ImportReport, *, dry_run: bool) -> None:
    from promo_engine.ports.shop.shop_repository import StoreResult

    kinds = dict.fromkeys(kind for kind, _ in report.counts)
    for kind in kinds:
        found = {result: report.counts[kind, result] for result in StoreResult}
        counts = ", ".join(f"{count:,} {result}" for result, count in found.items() if count)
        say(f"{kind}: {counts}")
    if report.archived:
        say(f"archived: {report.archived:,} products")
    for reason, count in report.notes.most_common():
        say(f"note: {reason}" + (f" ({count:,} times)" if count > 1 else ""))
    for reason, count in report.reasons.most_common(10):
        say(f"refused: {reason}" + (f" ({count:,} times)" if count > 1 else ""))
    if len(report.reasons) > 10:
        say(f"refused: {len(report.reasons) - 10:,} other reasons; --report FILE has all of them")
    if dry_run:
        say("This was a dry run: nothing is stored.")
    kept = report.of(StoreResult.STORED) + report.of(StoreResult.UNCHANGED) + report.of(StoreResult.STALE)
    if not kept:
        raise CommandError("nothing was stored")
    if report.refused:
        raise SystemExit(SOME_REFUSED)


def _currency(code: str | None) -> str | None:
    from promo_engine.domain.money import Currency

    try:
        return None if code is None else Currency(code.upper()).code
    except ValueError as error:
        raise CommandError(f"--{error}") from error


def _zone(name: str | None) -> Any:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CommandError(f"--zone: there is no time zone {name!r}; try Europe/Berlin") from error
