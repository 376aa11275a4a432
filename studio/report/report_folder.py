"""Documents that commands leave beside their pages: `ports.studio_ports.StudioDocuments` in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promo_engine.domain.errors import Unavailable
from promo_engine.ports.studio_ports import DOCUMENTS


class ReportFolder:
    """Reads `NAME.json` in one folder, for the names of DOCUMENTS alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def made(self) -> Mapping[str, datetime]:
        """When each document that is there was written, by name."""
        found = {}
        for name in DOCUMENTS:
            try:
                found[name] = datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)
            except OSError:
                continue
        return found

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a document; None if it is not there. Raises Unavailable, and KeyError for a name that is none."""
        path = self._path(name)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            again = f"promobot strategy {DOCUMENTS[name]}"
            raise Unavailable("broken_document", f"{path} cannot be read; make it again: {again}") from error
        if not isinstance(found, dict) or "made_at" not in found:
            raise Unavailable("broken_document", f"{path} is no document; make it again.")
        return found

    def _path(self, name: str) -> Path:
        if name not in DOCUMENTS:
            raise KeyError(name)
        return self._folder / f"{name}.json"
