"""The file of what goes with what. `promobot strategy bought-together` writes it; the engine reads it when asked."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from promo_engine.domain.catalogue.bought_together import BoughtTogether, LearnedProduct

_FORM = 1
"""Of the file; a newer one is not read by an older engine."""
_PRODUCT = tuple(LearnedProduct.__dataclass_fields__)


def write_bought_together(path: Path, lists: BoughtTogether) -> None:
    """Replace the file at once, so that an engine that reads it meanwhile gets the old one or the new one whole."""
    content = {
        "form": _FORM,
        "learned_at": lists.learned_at.isoformat(),
        "products": [[getattr(product, name) for name in _PRODUCT] for product in lists.products.values()],
        "companions": {
            item: [[other, round(lift, 2)] for other, lift in some] for item, some in lists.also_bought.items()
        },
        "suggestions": {item: list(some) for item, some in lists.suggestions.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    half.replace(path)


def read_bought_together(path: Path) -> BoughtTogether:
    """Read the file. Raises FileNotFoundError, or ValueError with one line that says what is wrong."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; `promobot strategy bought-together` writes it")
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["form"] != _FORM:
            raise ValueError(f"form {content['form']!r} is not {_FORM}")
        products = [LearnedProduct(**dict(zip(_PRODUCT, row, strict=True))) for row in content["products"]]
        lists = BoughtTogether(
            learned_at=datetime.fromisoformat(content["learned_at"]),
            products={product.product_id: product for product in products},
            also_bought={
                product_id: [(str(other), float(lift)) for other, lift in some]
                for product_id, some in content["companions"].items()
            },
            suggestions={product_id: tuple(some) for product_id, some in content["suggestions"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} cannot be used ({error}); `promobot strategy bought-together` writes it anew"
        ) from error
    listed = {other for some in lists.also_bought.values() for other, _ in some} | {
        suggested for some in lists.suggestions.values() for suggested in some
    }
    missing = (listed | lists.also_bought.keys()) - lists.products.keys()
    if missing:
        raise ValueError(f"{path} names {min(missing)}, which is none of its products; write it anew")
    return lists


def stamp_of(path: Path) -> object:
    """Tell one file from the next; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
