"""What happens now, watched beside the decisions: purchases, answers to offers and the mood of chats.

Whoever handles a request leaves a note here, which costs it an append to a list. A background task takes the notes
every second, feeds them to the watch and looks at the stop rules of plans whose offers were shown. Whatever goes wrong
in it is logged and shown in its status; the watch is then made anew from the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from time import perf_counter
from typing import TypeVar

from promo_engine.domain.customers.live_events import Alarm, LiveEvent, OrdersSoFar, SegmentChanged, ShopMonitor, Signal
from promo_engine.domain.customers.orders import Order, OrderCount, Sale
from promo_engine.domain.customers.segments import Cuts
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.events import OfferExposed, OffersLeftUnanswered, OutcomeRecorded, PurchasesIngested
from promo_engine.domain.money import Currency
from promo_engine.ports.models import MakeShopMonitor
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.customers.segment_tracker import SegmentTracker
from promo_engine.services.plans.plan_monitor import PlanMonitor, StoppedNow

_LOG = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
START_AFTER_S = 3.0
"""The watch is made so long after the start, or with the first note: the start itself is left in peace."""
WITHIN_S = 5.0
"""How soon a note has to have had its effect."""
_NOTES = 100_000
"""Kept while the watch cannot be made; older ones are dropped."""
_TOGETHER = 200
"""Notes fed before the event loop gets its turn."""
_PAGE = 1_000
"""Customers or orders read at a time, some milliseconds of the event loop."""
_PAUSE_S = 0.01
_Row = TypeVar("_Row", OrderCount, Sale)
_LEARN_FROM = timedelta(weeks=6)
"""How much of the sales says what an hour usually sells."""
_KEPT_MOVES, _KEPT_ALARMS = 50, 100
COMPLAINT = "complaint"
"""The intent that counts as one."""
SENTIMENTS: Mapping[str, float] = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


@dataclass(frozen=True)
class ChatTurn:
    """What the bot understood of one message."""

    intent: str | None
    sentiment: str | None
    """`negative`, `neutral` or `positive`; None where it was not judged."""


@dataclass
class LiveStatus:
    """What was seen since the start, for metrics and reports."""

    ready: bool = False
    failure: str | None = None
    heard: int = 0
    slowest_s: float = 0.0
    """The longest that a note waited for its effect, the making of the watch aside."""
    segments: Mapping[str, int] = field(default_factory=dict)
    alarm_counts: Counter[Signal] = field(default_factory=Counter)
    moves: deque[SegmentChanged] = field(default_factory=lambda: deque(maxlen=_KEPT_MOVES))
    alarms: deque[Alarm] = field(default_factory=lambda: deque(maxlen=_KEPT_ALARMS))
    stopped: deque[StoppedNow] = field(default_factory=lambda: deque(maxlen=_KEPT_ALARMS))


@dataclass(frozen=True)
class _Note:
    heard_at: float
    """`perf_counter`, so that delays are measured whatever the shop's clock does."""
    event: LiveEvent


class MonitoringService:
    """Watches events as they happen. The `on_…` methods never wait.

    Sales are watched only if `all_sales`: one of several engine processes hears a part of them.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        plans: PlanMonitor,
        segments: SegmentTracker,
        make_shop_monitor: MakeShopMonitor | None,
        zone: tzinfo,
        currency: Currency,
        all_sales: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self.status = LiveStatus()
        self.looked = asyncio.Condition()
        """Notified after every round, failed ones too."""
        self._storage = storage
        self._plans = plans
        self._book = segments
        self._make_shop_monitor = make_shop_monitor
        self._zone = zone
        self._currency = currency
        self._all_sales = all_sales
        self._clock = clock
        self._notes: deque[_Note] = deque(maxlen=_NOTES)
        self._watch: ShopMonitor | None = None
        self._awake = asyncio.Event()

    def on_purchases_ingested(self, event: PurchasesIngested) -> None:
        """Note the sales."""
        for purchase in event.purchases:
            order = purchase.order
            self._note(LiveEvent(order.placed_at, "sales", float(self._sold(order)), order.customer_id))

    def _sold(self, order: Order | Sale) -> int:
        """Cents of the shop's own currency. One of another counts as an order without money: amounts of two add up to
        nothing that anybody paid."""
        return order.total_cents if order.currency in ("", self._currency.code) else 0

    def on_outcome_recorded(self, event: OutcomeRecorded) -> None:
        """Note the answer, and count it for its plan."""
        accepted = event.outcome is OutcomeKind.ACCEPTED
        self._note(LiveEvent(event.at, "acceptance", float(accepted)))
        self._plans.saw(event.offer_id, accepted=accepted)

    def on_offer_exposed(self, event: OfferExposed) -> None:
        """Count it for its plan."""
        self._plans.saw(event.offer_id, shown=True)

    def on_offers_left_unanswered(self, event: OffersLeftUnanswered) -> None:
        """Note that they were not accepted."""
        for _ in range(event.count):
            self._note(LiveEvent(event.at, "acceptance", 0.0))

    def on_chat_turns(self, turns: Sequence[ChatTurn]) -> None:
        """Note what the bot understood of messages."""
        now = self._clock()
        for turn in turns:
            if turn.intent is not None:
                self._note(LiveEvent(now, "complaints", float(turn.intent == COMPLAINT)))
            if turn.sentiment is not None and turn.sentiment in SENTIMENTS:
                self._note(LiveEvent(now, "sentiment", SENTIMENTS[turn.sentiment]))

    def _note(self, event: LiveEvent) -> None:
        if self._make_shop_monitor is not None:
            self._notes.append(_Note(perf_counter(), event))
            self._awake.set()

    async def run(self) -> None:
        """Watch for ever. A round that fails is logged, and the watch made anew in the next."""
        if self._make_shop_monitor is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), START_AFTER_S)
        while True:
            self._awake.clear()
            try:
                await self._round(self._make_shop_monitor)
                self.status.failure = None
            except Exception as error:
                # Decisions do not depend on any of this, so nothing here may end the task.
                self.status.failure, self.status.ready, self._watch = f"{type(error).__name__}: {error}", False, None
                _LOG.exception("watching failed, trying again in %s s", LOOK_EVERY_S)
            async with self.looked:
                self.looked.notify_all()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _round(self, make_shop_monitor: MakeShopMonitor) -> None:
        if self._watch is None:
            # What was noted so far is in the database, purchases at least, and is counted from there.
            self._drop_purchases()
            self._watch = await self._made(make_shop_monitor)
            self.status.ready = self._watch is not None
            fresh = perf_counter()
        else:
            fresh = 0.0
        if self._watch is not None:
            await self._feed(self._watch, fresh)
        for stopped in await self._plans.look():
            _LOG.warning("plan %s: %s ended: %s", stopped.plan_id, stopped.promotion_id, stopped.reason)
            self.status.stopped.append(stopped)

    def _drop_purchases(self) -> None:
        kept = [note for note in self._notes if note.event.signal != "sales"]
        self._notes.clear()
        self._notes.extend(kept)

    async def _feed(self, watch: ShopMonitor, fresh: float) -> None:
        fed = 0
        while self._notes:
            note = self._notes.popleft()
            self._take_in(watch.feed(self._local(note.event)))
            self.status.heard += 1
            self.status.slowest_s = max(self.status.slowest_s, perf_counter() - max(note.heard_at, fresh))
            fed += 1
            if fed % _TOGETHER == 0:
                await asyncio.sleep(0)
        self._take_in(watch.pass_time(self._clock().astimezone(self._zone)))
        self.status.segments = watch.counts()

    def _local(self, event: LiveEvent) -> LiveEvent:
        """Hours are those of the shop."""
        at = event.at.astimezone(self._zone)
        return LiveEvent(at, event.signal, event.value, event.customer_id)

    def _take_in(self, found: Iterable[Alarm | SegmentChanged]) -> None:
        for finding in found:
            if isinstance(finding, SegmentChanged):
                self.status.moves.append(finding)
            elif finding.signal != "sales" or self._all_sales:
                _LOG.warning("alarm: %s", finding.text)
                self.status.alarms.append(finding)
                self.status.alarm_counts[finding.signal] += 1

    async def _made(self, make_shop_monitor: MakeShopMonitor) -> ShopMonitor | None:
        """Count the orders so far, a page at a time; a shop without any is watched from its first purchase on."""
        counts: dict[str, int] = {}
        newest: dict[str, datetime] = {}
        async for customer in self._all(lambda unit, after: unit.orders.count_page(after=after, limit=_PAGE)):
            counts[customer.customer_id] = customer.orders
            newest[customer.customer_id] = customer.newest.astimezone(self._zone)
        hours: Counter[datetime] = Counter()
        if newest:
            since = _hour(max(newest.values())) - _LEARN_FROM + timedelta(hours=1)
            async for sale in self._all(
                lambda unit, after: unit.orders.sale_page(since=since, after=after, limit=_PAGE)
            ):
                hours[_hour(sale.placed_at.astimezone(self._zone))] += self._sold(sale)
        self._book.cuts = cuts = Cuts.of(counts.values())
        start = OrdersSoFar(counts, newest, hours, cuts or Cuts(1, 1))
        return await asyncio.to_thread(make_shop_monitor, start, self._clock().astimezone(self._zone))

    async def _all(self, page_after: Callable[[UnitOfWork, str], Awaitable[list[_Row]]]) -> AsyncIterator[_Row]:
        """Read page by page; rows begin with the id that they are ordered by."""
        after: str | None = ""
        while after is not None:
            async with self._storage.read() as unit:
                page = await page_after(unit, after)
            for row in page:
                yield row
            after = page[-1][0] if len(page) == _PAGE else None
            await asyncio.sleep(_PAUSE_S)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
