"""The nightly pull: asks shops for what changed since last time, which repairs whatever webhooks missed."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from promo_engine.domain.catalogue.shop_changes import CustomerNamed
from promo_engine.domain.connections.shop_sources import ConnectedSource, next_pull_at
from promo_engine.domain.errors import InvalidRequest, NotFound, Unavailable
from promo_engine.ports.connections.shop_adapter import ShopApiError, ShopConnections
from promo_engine.ports.shop.shop_repository import StoreResult
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.connections.shop_writer import ShopWriter

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 60.0


@dataclass
class PullReport:
    """What a pull brought."""

    counts: Counter[StoreResult] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)


class PullService:
    """Pulls sources that have an address, each in its own night."""

    def __init__(
        self,
        storage: Storage,
        *,
        shops: ShopConnections,
        writer: ShopWriter,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._shops = shops
        self._writer = writer
        self._clock = clock

    async def run(self) -> None:
        """Pull what is due, for ever. A pull that fails is recorded at its source and tried in the next night."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.pull_due()
            except Exception:
                # The loop must outlive a database that goes away.
                _LOG.exception("the nightly pull failed")

    async def pull_due(self) -> None:
        """Pull every source whose night has come, unless another process does."""
        now = self._clock()
        async with self._storage.read() as unit:
            sources = await unit.sources.all()
        for source in sources:
            if not source.settings.base_url or source.disabled_at is not None or next_pull_at(source) > now:
                continue
            async with self._storage.write() as unit:
                first = await unit.sources.begin_pull(source, at=now)
            if first:
                try:
                    await self._pull(source)
                except (ShopApiError, OSError, ValueError) as error:
                    _LOG.warning("the pull of %s failed: %s", source.source_id, error)

    async def pull(self, source_id: str) -> PullReport:
        """Pull one source now.

        Raises NotFound `unknown_source`, InvalidRequest `no_address`, Unavailable `shop_unavailable`; pages that were
        stored before that stay.
        """
        async with self._storage.write() as unit:
            source = await unit.sources.get(source_id)
            if source is None:
                raise NotFound("unknown_source", f"There is no source {source_id}.", field="source")
            await unit.sources.begin_pull(source, at=self._clock())
        if not source.settings.base_url:
            raise InvalidRequest("no_address", f"The source {source_id} has no address; give it one with --base-url.")
        try:
            return await self._pull(source)
        except ShopApiError as error:
            raise Unavailable("shop_unavailable", f"The shop {source_id} does not answer: {error}") from error

    async def _pull(self, source: ConnectedSource) -> PullReport:
        report = PullReport()
        try:
            pages = self._shops.adapters[source.kind].pull(
                source, self._shops.secrets.of(source.source_id), self._shops.ask
            )
            async for page in pages:
                async with self._storage.write() as unit:
                    answers = await self._writer.write(unit, page.items, source_id=source.source_id)
                    # The cursor moves with what it stands for: a pull that breaks off goes on from its last page.
                    await unit.sources.report(source.source_id, error="", at=self._clock(), cursor=page.cursor)
                report.counts.update(
                    answer.result
                    for item, answer in zip(page.items, answers, strict=True)
                    if not isinstance(item, CustomerNamed)  # it came with its order
                )
                report.refusals += page.refusals
                report.refusals += [
                    f"{answer.key}: {answer.field}: {answer.reason}"
                    for answer in answers
                    if answer.result is StoreResult.REFUSED
                ]
        except (ShopApiError, OSError, ValueError) as error:
            async with self._storage.write() as unit:
                await unit.sources.report(source.source_id, error=f"pull: {error}"[:500], at=self._clock())
            raise
        return report
