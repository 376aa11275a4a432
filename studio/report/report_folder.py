"""Documents that commands leave beside their pages: `ports.studio_ports.StudioDocuments` in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promo_engine.domain.errors import Unavailable


class ReportFolder:
    """Reads `NAME.json` in one folder, for the names of `made_by` alone, each with the command that makes it."""

    def __init__(self, folder: Path, *, made_by: Mapping[str, str]) -> None:
        self._folder = folder
        self._made_by = made_by
        self._shops: dict[str, tuple[float, str]] = {}

    def made(self, *, shop: str) -> Mapping[str, datetime]:
        """When each document of the shop was written, by name."""
        found = {}
        for name in self._made_by:
            try:
                written = self._path(name).stat().st_mtime
            except OSError:
                continue
            if self._shop_of(name, written) == shop:
                found[name] = datetime.fromtimestamp(written, UTC)
        return found

    def _shop_of(self, name: str, written: float) -> str | None:
        """Whose a document is, read once for each that was written; None for one that cannot be read."""
        known = self._shops.get(name)
        if known is None or known[0] != written:
            try:
                document = self.read(name)
            except Unavailable:
                return None
            if document is None:
                return None
            known = self._shops[name] = (written, str(document.get("shop", "")))
        return known[1]

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a document; None if it is not there. Raises Unavailable, and KeyError for a name that is none."""
        path = self._path(name)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            again = f"promobot strategy {self._made_by[name]}"
            raise Unavailable("broken_document", f"{path} cannot be read; make it again: {again}") from error
        if not isinstance(found, dict) or "made_at" not in found:
            raise Unavailable("broken_document", f"{path} is no document; make it again.")
        return found

    def _path(self, name: str) -> Path:
        if name not in self._made_by:
            raise KeyError(name)
        return self._folder / f"{name}.json"
