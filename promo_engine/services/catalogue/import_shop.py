"""Stores what a source reads, batch by batch, and reports what became of every item."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby, islice

from promo_engine.domain.catalogue.shop_catalogue import ShopCategory, ShopProduct
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder
from promo_engine.ports.shop.shop_file_reader import RowFinding, Severity, ShopItem
from promo_engine.ports.shop.shop_repository import ItemAnswer, StoreResult
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

BATCH = 500
MOST_ARCHIVED_SHARE = 0.2
"""A file that is said to be complete may take away this share of a source's products without being asked about it."""

NOT_COMPLETE = "nothing is archived: a row that cannot be read may be any product, or the file was cut"
_SOMETHING = ""
"""Seen, but nobody knows what it is."""


_COLLECTED_AFTER = 20_000
"""Objects: those of one batch. Python's own 700 would go through all that lives a hundred times a batch."""


class TooMuchWouldGoError(Exception):
    """A complete file lacks so many products that it is probably not complete; the message says how many."""


@dataclass
class ImportReport:
    """What an import did."""

    counts: Counter[tuple[str, StoreResult]] = field(default_factory=Counter)
    """By kind of item, such as `product`, and result."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Refusals by reason."""
    notes: Counter[str] = field(default_factory=Counter)
    archived: int = 0

    def of(self, result: StoreResult) -> int:
        """Items with a result, of all kinds."""
        return sum(count for (_, found), count in self.counts.items() if found is result)

    @property
    def refused(self) -> int:
        """Items and rows that were not stored."""
        return sum(self.reasons.values())


class ShopImporter:
    """Stores items in transactions of `BATCH` items: what a batch stored stays, whatever happens to a later one."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def take_in(
        self,
        found: Iterable[ShopItem | RowFinding],
        *,
        source_id: str,
        on_finding: Callable[[RowFinding], None] = lambda _finding: None,
        on_batch: Callable[[int], None] = lambda _items: None,
        complete: bool = False,
        even_if_much_goes: bool = False,
        dry_run: bool = False,
    ) -> ImportReport:
        """Store items as they come. `complete` archives the source's products that did not come.

        A product that was refused has come, as far as its key is known. A row that is refused without a key may be any
        product, or the end of a file that was cut: then nothing is archived, which a note says.

        A dry run does all of it and takes it back, batch by batch. Raises TooMuchWouldGoError, with everything that
        came stored, if `complete` would archive more than a fifth of the source's products.
        """
        report = ImportReport()
        seen: set[str] = set()
        note = partial(_note, seen, on_finding)
        iterator = iter(found)
        with _rare_collections():
            while batch := list(islice(iterator, BATCH)):
                items = list(_items_of(batch, report, note))
                if complete:  # else nobody asks, and a huge catalogue has many
                    seen |= {item.product_id for item in items if isinstance(item, ShopProduct)}
                for answer in await self._store(items, source_id=source_id, dry_run=dry_run, report=report):
                    finding = RowFinding(0, answer.key, answer.field, "", Severity.REFUSED, answer.reason)
                    report.reasons[answer.reason] += 1
                    on_finding(finding)
                on_batch(len(batch))
        if complete and _SOMETHING in seen:
            report.notes[NOT_COMPLETE] += 1
        elif complete and not dry_run:
            report.archived = await self._archive_missing(seen, source_id, even_if_much_goes=even_if_much_goes)
        return report

    async def _store(
        self, items: Sequence[ShopItem], *, source_id: str, dry_run: bool, report: ImportReport
    ) -> list[ItemAnswer]:
        refused: list[ItemAnswer] = []
        try:
            async with self._storage.write() as unit:
                for kind, run in groupby(items, key=type):
                    answers = await self._store_run(unit, kind, list(run), source_id)
                    for answer in answers:
                        report.counts[_NAMES[kind], answer.result] += 1
                    refused += [answer for answer in answers if answer.result is StoreResult.REFUSED]
                if dry_run:
                    raise _TakeBack
        except _TakeBack:
            pass
        return refused

    async def _store_run(
        self, unit: UnitOfWork, kind: type[ShopItem], items: list[ShopItem], source_id: str
    ) -> list[ItemAnswer]:
        unique = {_key(item): item for item in items}
        last = list(unique.values())
        at = self._clock()
        if kind is ShopCategory:
            return await unit.shop.store_categories([item for item in last if isinstance(item, ShopCategory)])
        if kind is ShopProduct:
            found = [item for item in last if isinstance(item, ShopProduct)]
            return await unit.shop.store_products(found, source_id=source_id, at=at)
        if kind is ShopCustomer:
            people = [item for item in last if isinstance(item, ShopCustomer)]
            return await unit.shop.store_customers(people, source_id=source_id, at=at)
        placed = [item for item in last if isinstance(item, ShopOrder)]
        return await unit.shop.store_orders(placed, source_id=source_id, at=at)

    async def _archive_missing(self, seen: set[str], source_id: str, *, even_if_much_goes: bool) -> int:
        async with self._storage.write() as unit:
            known = await unit.shop.product_ids_of(source_id)
            missing = sorted(known - seen)
            if missing and len(missing) > MOST_ARCHIVED_SHARE * len(known) and not even_if_much_goes:
                raise TooMuchWouldGoError(
                    f"{len(missing)} of {len(known)} products are not in the file and would be archived; "
                    "say --yes if the file is complete"
                )
            for product_id in missing:
                await unit.shop.archive_product(product_id)
        return len(missing)


def _note(seen: set[str], on_finding: Callable[[RowFinding], None], finding: RowFinding) -> None:
    """Count what a refused row is about as seen, and hand the finding on."""
    if finding.severity is Severity.REFUSED:
        seen.add(finding.key or _SOMETHING)
    on_finding(finding)


class _TakeBack(Exception):  # noqa: N818  # no error: it ends a dry run
    """Ends a dry run's transaction."""


_NAMES: dict[type[ShopItem], str] = {
    ShopCategory: "category",
    ShopProduct: "product",
    ShopCustomer: "customer",
    ShopOrder: "order",
}


def _key(item: ShopItem) -> str:
    match item:
        case ShopCategory():
            return item.category_id
        case ShopProduct():
            return item.product_id
        case ShopCustomer():
            return item.customer_id
        case _:
            return item.order_id


def _items_of(
    batch: Iterable[ShopItem | RowFinding], report: ImportReport, on_finding: Callable[[RowFinding], None]
) -> Iterator[ShopItem]:
    for found in batch:
        if isinstance(found, RowFinding):
            (report.reasons if found.severity is Severity.REFUSED else report.notes)[found.reason] += 1
            on_finding(found)
        else:
            yield found


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for circles of objects rarely: items form none, and looking takes a sixth of an import's time."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
