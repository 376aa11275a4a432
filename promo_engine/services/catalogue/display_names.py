"""What the shop's product categories and types are called when one speaks to a shopper."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from promo_engine.ports.unit_of_work import Storage

LOOK_EVERY_S = 60.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DisplayNames:
    """Turns the shop's own names into a shopper's words."""

    category: Callable[[str], str] = str.lower
    product_type: Callable[[str], str] = str.lower


class CategoryLabels:
    """What categories are called in the shop's language: by the shop's own file, else by the shop's own catalogue."""

    def __init__(
        self, storage: Storage, *, of_file: Callable[[str | None], str], filed: frozenset[str], language: str
    ) -> None:
        """Take what a file calls the categories that are `filed`; it also says what an unknown one is called."""
        self._storage = storage
        self._of_file = of_file
        self._filed = filed
        self._language = language
        self._labels: Mapping[str, str] = {}

    def of(self, name: str | None) -> str:
        """What a shopper reads, None being no category; in English in lower case, as within a sentence."""
        if name is None:
            return self._of_file(name)
        label = name if name in self._filed else self._labels.get(name)
        if label is None:  # newer than the last look
            return self._of_file(name.rpartition(" > ")[2])
        if label == name:
            return self._of_file(name)
        return label.lower() if self._language == "en" else label

    async def learn(self) -> None:
        """Read the catalogue's names of now."""
        async with self._storage.read() as unit:
            self._labels = await unit.catalogue.category_labels(self._language)

    async def run(self) -> None:
        """Look for new names for ever. A round that fails is logged and tried again."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.learn()
            except Exception:
                # The loop must outlive a database that goes away.
                _LOG.exception("names of categories could not be read, trying again in %s s", LOOK_EVERY_S)
