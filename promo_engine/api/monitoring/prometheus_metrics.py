"""What Prometheus reads from GET /metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from common.clock import utc_now
from promo_engine.domain.codes.hosted_codes import HostedCodeState
from promo_engine.domain.customers.change_requests import ChangeKind, ChangeState
from promo_engine.domain.customers.live_events import SIGNALS
from promo_engine.domain.customers.segments import SEGMENTS
from promo_engine.services.connections.webhook_worker import WebhookStatus
from promo_engine.services.learning.learner import LearnerStatus
from promo_engine.services.monitoring.monitoring_service import LiveStatus
from promo_engine.services.outbox import OutboxStatus

# A decision has 300 ms before the chat goes on without it; the buckets are dense below that.
_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One registry per application, so that several can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.decisions = Counter(
            "promobot_decisions", "Decisions answered, by result.", ["result"], registry=self._registry
        )
        self.outcomes = Counter("promobot_outcomes", "Outcomes answered.", ["outcome"], registry=self._registry)
        self.events = Counter("promobot_events", "Events taken in, by fate.", ["fate"], registry=self._registry)
        self.latency = Histogram(
            "promobot_request_seconds",
            "Time from request to response.",
            ["method", "route", "status"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )

    def watch(self, learner: LearnerStatus) -> None:
        """Show what this learner does."""
        for name, about, read in (
            (
                "promobot_learner_lag_seconds",
                "Age of the oldest reward when it was folded, in the last round.",
                lambda: learner.lag_s,
            ),
            ("promobot_learner_folded_rewards", "Rewards folded since the start.", lambda: learner.learned_rewards),
            ("promobot_learner_failing", "1 while learning fails, else 0.", lambda: int(learner.failure is not None)),
        ):
            Gauge(name, about, registry=self._registry).set_function(read)

    def watch_baskets(self, unknown: Mapping[str, int]) -> None:
        """Show how often baskets named what the catalogue does not know, by `variant` and `category`."""
        about = "Ids and names in baskets that the catalogue does not know, since the start."
        counts = Gauge("promobot_unknown_in_baskets", about, ["kind"], registry=self._registry)
        for kind in ("category", "variant"):
            counts.labels(kind).set_function(partial(_count_in, unknown, kind))

    def watch_model(self, waiting_categories: Callable[[], int]) -> None:
        """Show what the user model does not know yet."""
        name, about = "promobot_waiting_categories", "Categories that are newer than the user model."
        Gauge(name, about, registry=self._registry).set_function(waiting_categories)

    def watch_live(self, live: LiveStatus) -> None:
        """Show what was seen as it happened."""
        for name, about, read in (
            ("promobot_live_failing", "1 while watching fails, else 0.", lambda: int(live.failure is not None)),
            ("promobot_live_heard", "Happenings taken in since the start.", lambda: live.heard),
            ("promobot_live_slowest_seconds", "Longest wait of one for its effect.", lambda: live.slowest_s),
        ):
            Gauge(name, about, registry=self._registry).set_function(read)
        alarms = Gauge("promobot_live_alarms", "Alarms since the start.", ["signal"], registry=self._registry)
        for signal in SIGNALS:
            alarms.labels(signal).set_function(partial(live.alarm_counts.__getitem__, signal))
        customers = Gauge("promobot_live_customers", "Customers.", ["segment"], registry=self._registry)
        for segment in SEGMENTS:
            customers.labels(segment).set_function(partial(_count_of, live, segment))

    def watch_webhooks(self, webhooks: WebhookStatus) -> None:
        """Show how the queue of webhooks is worked off."""

        def oldest_s() -> float:
            since = webhooks.counts.oldest_waiting_at
            return 0.0 if since is None else max((utc_now() - since).total_seconds(), 0.0)

        def failing() -> int:
            return int(webhooks.failure is not None)

        for name, about, read in (
            ("promobot_webhooks_waiting", "Webhooks that wait to be worked off.", lambda: webhooks.counts.waiting),
            (
                "promobot_webhooks_dead",
                "Webhooks that were given up.",
                lambda: webhooks.counts.dead,
            ),
            ("promobot_webhooks_oldest_seconds", "Age of the oldest webhook that waits.", oldest_s),
            ("promobot_webhooks_done", "Webhooks worked off since the start.", lambda: webhooks.done),
            ("promobot_webhooks_failed_tries", "Tries that failed since the start.", lambda: webhooks.failed_tries),
            (
                "promobot_webhooks_failing",
                "1 while the queue cannot be read.",
                failing,
            ),
            ("promobot_unlisted_products", "Products that only orders speak of.", lambda: webhooks.unlisted_products),
        ):
            Gauge(name, about, registry=self._registry).set_function(read)

    def watch_changes(self, changes: OutboxStatus[tuple[ChangeKind, ChangeState]]) -> None:
        """Show how many changes of orders wait for the shop, or were answered."""
        gauge = Gauge(
            "promobot_change_requests", "Changes of orders asked for.", ["kind", "state"], registry=self._registry
        )
        for kind in ChangeKind:
            for state in ChangeState:
                gauge.labels(kind, state).set_function(partial(_changes_of, changes, kind, state))

    def watch_hosted_codes(self, codes: OutboxStatus[HostedCodeState]) -> None:
        """Show how many codes wait for the hosted shop, or failed there."""
        gauge = Gauge("promobot_hosted_codes", "Codes at the shop's own checkout.", ["state"], registry=self._registry)
        for state in HostedCodeState:
            gauge.labels(state).set_function(partial(_hosted_codes_of, codes, state))

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Time a request. Stands outside the error middleware, so that it sees the status that was sent."""
        started = perf_counter()
        response = await handler(request)
        resource = request.match_info.route.resource
        # The route's pattern, never the path: ids as label values would grow without end.
        route = resource.canonical if resource is not None else "unknown"
        self.latency.labels(request.method, route, str(response.status)).observe(perf_counter() - started)
        return response


def _count_in(counts: Mapping[str, int], kind: str) -> float:
    return counts.get(kind, 0)


def _count_of(live: LiveStatus, segment: str) -> float:
    return live.segments.get(segment, 0)


def _hosted_codes_of(codes: OutboxStatus[HostedCodeState], state: HostedCodeState) -> float:
    return codes.counts.get(state, 0)


def _changes_of(changes: OutboxStatus[tuple[ChangeKind, ChangeState]], kind: ChangeKind, state: ChangeState) -> float:
    return changes.counts.get((kind, state), 0)
