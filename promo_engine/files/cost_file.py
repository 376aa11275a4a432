"""Files of what products cost the shop: CSV with the columns `product_id` and `unit_cost_cents`."""

from __future__ import annotations

import csv
from pathlib import Path

from promo_engine.domain.money import MAX_CENTS

_COLUMNS = ("product_id", "unit_cost_cents")


class CostFileError(Exception):
    """The file cannot be used; the message is one line with the place."""


def read_cost_file(path: Path) -> dict[str, int]:
    """Return the cents by product_id; other columns are left alone. Raises CostFileError and OSError."""
    costs: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise CostFileError(f"{path}, line 1: there is no column {missing[0]}")
            for row in rows:
                product_id, written = (str(row[name] or "").strip() for name in _COLUMNS)
                at = f"{path}, line {rows.line_num}"
                if not product_id:
                    raise CostFileError(f"{at}: there is no product_id")
                if not (written.isascii() and written.isdigit() and int(written) <= MAX_CENTS):
                    raise CostFileError(f"{at}: unit_cost_cents: a whole number of cents, not {written!r}")
                if product_id in costs:
                    raise CostFileError(f"{at}: product {product_id} stands twice")
                costs[product_id] = int(written)
    except (UnicodeDecodeError, csv.Error) as error:
        raise CostFileError(f"{path} is not CSV in UTF-8: {error}") from error
    if not costs:
        raise CostFileError(f"{path} has no products")
    return costs
