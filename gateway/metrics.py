"""The gateway's Prometheus metrics. Each application has a registry of its own: two never share counters."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Seconds. A turn takes some 20 ms here; the upper end is the bot's timeout and its one retry.
TURN_BUCKETS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class Metrics:
    """Counters, gauges and histograms."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "promobot_gateway_turns", "Turns that ended, by result.", ["result"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "promobot_gateway_turn_seconds",
            "From the message's acknowledgement to the bot's answer.",
            buckets=TURN_BUCKETS,
            registry=self.registry,
        )
        self.open_sockets = Gauge("promobot_gateway_open_sockets", "Open WebSockets.", registry=self.registry)
        self.queued_turns = Gauge(
            "promobot_gateway_queued_turns", "Messages accepted and not yet answered.", registry=self.registry
        )
        self.commits = Counter(
            "promobot_gateway_log_commits", "Transactions that wrote to the log.", registry=self.registry
        )
        self.writes = Counter("promobot_gateway_log_writes", "Writes in those transactions.", registry=self.registry)
        self.exposures_waiting = Gauge(
            "promobot_gateway_exposures_waiting", "Exposures the engine has not heard of yet.", registry=self.registry
        )
