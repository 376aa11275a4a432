"""Secrets that sources share with their shops: a JSON file that only its owner may read.

They are not in the database, whose copies travel further than the machine does; nor in the environment, which a running
engine cannot read anew when a source is added.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from promo_engine.domain.connections.shop_sources import SourceSecrets


class SecretsFile:
    """Reads the file again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._kept: dict[str, SourceSecrets] = {}

    def of(self, source_id: str) -> SourceSecrets:
        """Return a source's secrets; empty ones if there are none. Raises OSError and ValueError for a broken file."""
        return self._read().get(source_id, SourceSecrets())

    def save(self, source_id: str, secrets: SourceSecrets | None) -> None:
        """Write a source's secrets, or delete them. Raises OSError and ValueError."""
        kept = dict(self._read())
        kept.pop(source_id, None)
        if secrets is not None:
            kept[source_id] = secrets
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes a file that only its owner may read; a reader sees the old file or the new one.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({key: asdict(value) for key, value in sorted(kept.items())}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._path)

    def _read(self) -> dict[str, SourceSecrets]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            try:
                self._kept = {key: SourceSecrets(**value) for key, value in content.items()}
            except (TypeError, AttributeError) as error:
                raise ValueError(f"{self._path} holds no secrets of sources: {error}") from error
            self._stamp = stamp
        return self._kept
