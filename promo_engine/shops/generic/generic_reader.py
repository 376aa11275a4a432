"""Reads any table, or JSON objects one a line, with a mapping."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from promo_engine.domain.catalogue.shop_catalogue import (
    ListingStatus,
    ShopItemError,
    ShopPrice,
    ShopProduct,
    ShopStock,
    ShopVariant,
    need_currency,
)
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from promo_engine.domain.customers.order_proof import postcode_hash
from promo_engine.domain.customers.shop_orders import (
    ShopCustomer,
    ShopOrder,
    ShopOrderLine,
    ShopOrderState,
    state_from,
)
from promo_engine.ports.shop.shop_file_reader import ReadOptions, RowFinding, Severity, ShopFileError, ShopItem
from promo_engine.shops.category_paths import SEPARATOR, CategoryPaths
from promo_engine.shops.generic.field_mapping import FieldMapping, GenericKind, read_mapping
from promo_engine.shops.row_groups import RowGroup, grouped, items_of
from promo_engine.shops.text.cell_values import ImageLinks, TimeReader, cents, plain_text, whole
from promo_engine.shops.text.text_file import OpenedText, Row, columns_of, open_text, read_rows, require_columns

UNKNOWN_CURRENCY = "the file names no currency: give one in the mapping or with --currency"


def _unread(text: OpenedText, mapping: FieldMapping) -> Iterator[RowFinding]:
    """Say once which columns nothing is read from: one of them may have been meant."""
    read = mapping.columns()
    unread = [name for name in columns_of(text, delimiter=mapping.delimiter) if name and name not in read]
    if unread:
        reason = "columns that the mapping does not name are not read"
        yield RowFinding(0, "", "columns", ", ".join(unread), Severity.NOTE, reason)


class GenericReader:
    """Reads CSV, TSV and JSONL files with `ReadOptions.mapping`."""

    kind = "generic"

    def read(self, file: Path, options: ReadOptions) -> Iterator[ShopItem | RowFinding]:
        """Yield items of the mapping's kind. Raises ShopFileError for a mapping or a file that does not fit."""
        if not options.mapping:
            raise ShopFileError(f"{file}: a generic file needs --mapping; `promobot shop guess {file}` begins one")
        mapping = read_mapping(options.mapping)
        text = open_text(file, options.encoding)
        is_table = file.suffix.lower() not in {".jsonl", ".ndjson"}
        if not is_table:
            rows = _json_rows(text)
        else:
            require_columns(text, sorted(mapping.columns()), kind=f"{mapping.kind} (by its mapping)")
            rows = read_rows(text, delimiter=mapping.delimiter)
        yield from text.notes
        if is_table:
            yield from _unread(text, mapping)
        builder = _BUILDERS[mapping.kind](mapping, options)
        key = {GenericKind.PRODUCTS: "product_id", GenericKind.ORDER_LINES: "order_id"}.get(mapping.kind)
        kept = _kept(rows, mapping)
        if key is None:
            numbered = (row if isinstance(row, RowFinding) else RowGroup(builder.key(row), (row,)) for row in kept)
            yield from items_of(numbered, builder.items)
        else:
            yield from items_of(grouped(kept, lambda row: mapping.value(row, key)), builder.items)
        yield from builder.notes()


def _kept(rows: Iterator[Row | RowFinding], mapping: FieldMapping) -> Iterator[Row | RowFinding]:
    for row in rows:
        if isinstance(row, Row):
            rule = next((rule for rule in mapping.skip if rule.applies_to(row)), None)
            if rule is not None:
                yield RowFinding(row.number, "", rule.column, row.get(rule.column)[:80], Severity.NOTE, rule.reason)
                continue
        yield row


def _json_rows(text: OpenedText) -> Iterator[Row | RowFinding]:
    with text.path.open(encoding=text.encoding) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                yield RowFinding(number, "", "", line[:80], Severity.REFUSED, f"this line is no JSON: {error}")
                continue
            if not isinstance(record, dict):
                yield RowFinding(number, "", "", line[:80], Severity.REFUSED, "this line is no JSON object")
                continue
            yield Row(number, dict(_flat(record)))


def _flat(record: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, bool):
            yield f"{prefix}{name}", str(value).lower()
        elif value is not None:
            yield f"{prefix}{name}", value if isinstance(value, str) else json.dumps(value)


class _Builder:
    """What the builders of all kinds share."""

    def __init__(self, mapping: FieldMapping, options: ReadOptions) -> None:
        self._mapping = mapping
        self._options = options
        self._times: dict[str, TimeReader] = {}
        self._images = ImageLinks()

    def key(self, row: Row) -> str:
        """What a finding calls the row."""
        return self._mapping.value(row, "customer_id") or self._mapping.value(row, "email")

    def items(self, group: RowGroup) -> Iterator[ShopItem | RowFinding]:
        """The items of one group of rows."""
        raise NotImplementedError

    def notes(self) -> Iterator[RowFinding]:
        """What is said once, at the end."""
        for column, reader in self._times.items():
            yield from reader.notes(column)
        yield from self._images.notes(self._mapping.column_of("image_url"))

    def _currency(self, row: Row) -> str:
        code = self._mapping.value(row, "currency") or self._options.currency
        if not code:
            raise ShopItemError(self._mapping.column_of("currency"), UNKNOWN_CURRENCY)
        need_currency(self._mapping.column_of("currency"), code.upper())
        return code.upper()

    def _cents(self, row: Row, field: str, currency: str) -> int:
        text = self._mapping.value(row, field)
        column = self._mapping.column_of(field)
        return cents(text, currency, column=column, locale=self._options.locale) if text else 0

    def _time(self, row: Row, field: str) -> TimeReader:
        column = self._mapping.column_of(field)
        if column not in self._times:
            mapped = self._mapping.fields[field]
            zone = ZoneInfo(mapped.zone) if mapped.zone else self._options.zone
            self._times[column] = TimeReader(zone, self._options.now, mapped.format)
        return self._times[column]


class _Products(_Builder):
    def __init__(self, mapping: FieldMapping, options: ReadOptions) -> None:
        super().__init__(mapping, options)
        self._categories = CategoryPaths(options.locale or "en")

    def items(self, group: RowGroup) -> Iterator[ShopItem | RowFinding]:
        mapping, first = self._mapping, group.rows[0]
        category_id = SEPARATOR.join(mapping.values(first, "category", split=">"))
        product = ShopProduct(
            product_id=group.key,
            title=plain_text(mapping.value(first, "title")),
            variants=tuple(self._variant(row) for row in group.rows),
            brand=plain_text(mapping.value(first, "brand")),
            url=mapping.value(first, "url"),
            image_url=self._images.read(mapping.value(first, "image_url")),
            category_ids=(category_id,) if category_id else (),
            status=self._status(first),
        )
        yield from self._categories.new_nodes(category_id)
        yield product

    def _variant(self, row: Row) -> ShopVariant:
        mapping = self._mapping
        stock = mapping.value(row, "stock")
        options = [word.partition(":") for word in mapping.values(row, "options", split=",")]
        own_currency = self._currency(row) if mapping.value(row, "price") or mapping.value(row, "cost") else ""
        return ShopVariant(
            variant_id=mapping.value(row, "variant_id")
            or mapping.value(row, "sku")
            or mapping.value(row, "product_id"),
            sku=mapping.value(row, "sku"),
            gtin=mapping.value(row, "gtin"),
            options={name.strip().lower(): value.strip() for name, colon, value in options if colon},
            prices=tuple(self._prices(row, own_currency)),
            stock=ShopStock(max(whole(stock, column=mapping.column_of("stock")), 0)) if stock else None,
            unit_cost_cents=self._cents(row, "cost", own_currency) if mapping.value(row, "cost") else None,
        )

    def _prices(self, row: Row, currency: str) -> Iterator[ShopPrice]:
        mapping = self._mapping
        if mapping.value(row, "price"):
            sale = self._cents(row, "sale_price", currency) if mapping.value(row, "sale_price") else None
            yield ShopPrice(currency, self._cents(row, "price", currency), sale)
        for code, field in mapping.prices.items():
            need_currency(field.column or code, code.upper())
            if text := field.read(row):
                column = field.column or code
                yield ShopPrice(code.upper(), cents(text, code.upper(), column=column, locale=self._options.locale))

    def _status(self, row: Row) -> ListingStatus:
        word = self._mapping.value(row, "status").lower()
        if word in {"", "published", "1", "true", "enabled"}:
            return ListingStatus.ACTIVE
        return ListingStatus(word) if word in set(ListingStatus) else ListingStatus.DRAFT


class _Customers(_Builder):
    def items(self, group: RowGroup) -> Iterator[ShopItem | RowFinding]:
        mapping, (row,) = self._mapping, group.rows
        hashed = email_hash(mapping.value(row, "email"))
        shop_id = mapping.value(row, "customer_id")
        if not hashed and not shop_id:
            raise ShopItemError("customer_id", "the customer has neither an id nor an e-mail address")
        created = mapping.value(row, "created_at")
        yield ShopCustomer(
            customer_id=shop_id or email_customer_id(hashed) or "",
            email_hash=hashed,
            country=mapping.value(row, "country").upper(),
            locale=mapping.value(row, "locale"),
            segments=tuple(mapping.values(row, "segments", split=",")),
            created_at=self._time(row, "created_at").read(created, column=mapping.column_of("created_at"))
            if created
            else None,
        )


class _Orders(_Builder):
    def items(self, group: RowGroup) -> Iterator[ShopItem | RowFinding]:
        mapping, first = self._mapping, group.rows[0]
        currency = self._currency(first)
        lines = tuple(self._line(row, currency) for row in group.rows)
        goods = sum(line.line_cents for line in lines)
        hashed = email_hash(mapping.value(first, "email"))
        number = mapping.value(first, "number") or group.key
        updated = mapping.value(first, "updated_at")
        yield ShopOrder(
            order_id=group.key,
            number=number,
            customer_id=mapping.value(first, "customer_id") or email_customer_id(hashed),
            placed_at=self._time(first, "placed_at").read(
                mapping.value(first, "placed_at"), column=mapping.column_of("placed_at")
            ),
            currency=currency,
            total_cents=self._cents(first, "total", currency) if mapping.value(first, "total") else goods,
            lines=lines,
            state=state_from(mapping.value(first, "state")) if "state" in mapping.fields else ShopOrderState.UNKNOWN,
            goods_cents=goods,
            discount_cents=self._cents(first, "discount", currency),
            delivery_cents=self._cents(first, "delivery", currency),
            tax_cents=self._cents(first, "tax", currency),
            shop_updated_at=self._time(first, "updated_at").read(updated, column=mapping.column_of("updated_at"))
            if updated
            else None,
            email_hash=hashed,
            postcode_hash=postcode_hash(mapping.value(first, "postcode"), number=number),
        )

    def _line(self, row: Row, currency: str) -> ShopOrderLine:
        mapping = self._mapping
        quantity = whole(mapping.value(row, "quantity"), column=mapping.column_of("quantity"))
        if quantity < 1:
            raise ShopItemError(mapping.column_of("quantity"), f"a line has at least one piece, this has {quantity}")
        whole_line = mapping.value(row, "line_price")
        line_cents = self._cents(row, "line_price" if whole_line else "piece_price", currency)
        sku = mapping.value(row, "sku")
        return ShopOrderLine(
            title=plain_text(mapping.value(row, "title")),
            quantity=quantity,
            line_cents=line_cents if whole_line else line_cents * quantity,
            variant_id=mapping.value(row, "variant_id") or sku or None,
            sku=sku,
        )


_BUILDERS: dict[GenericKind, type[_Builder]] = {
    GenericKind.PRODUCTS: _Products,
    GenericKind.CUSTOMERS: _Customers,
    GenericKind.ORDER_LINES: _Orders,
}
