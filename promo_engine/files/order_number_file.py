"""The file from which the bot learns what order numbers look like: {"patterns": [...], "example": "#1001"}."""

from __future__ import annotations

import json
import os
from pathlib import Path

from promo_engine.domain.customers.order_numbers import OrderNumberPatterns


def write_order_numbers(file: Path, numbers: OrderNumberPatterns) -> bool:
    """Replace the file at once, where it would be another; say whether it was. Raises OSError."""
    text = json.dumps({"patterns": list(numbers.patterns), "example": numbers.example}, ensure_ascii=False)
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    return True
