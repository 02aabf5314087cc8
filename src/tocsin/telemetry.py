"""Metrics and logging, declared once."""

from __future__ import annotations

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("tocsin_events_total", "Events taken in, by what became of them", ["effect"])
SPOOLED = Counter("tocsin_spooled_payloads_total", "Payloads kept on disk because the database was away")
PINGS = Counter("tocsin_pings_total", "Heartbeat pings heard")
PAGES = Counter(
    "tocsin_delivery_attempts_total", "Delivery attempts, by channel and outcome", ["method", "outcome"]
)
ERRANDS = Counter(
    "tocsin_errands_total", "Tries to tell other products, by type and outcome", ["type", "outcome"]
)
LATENCY = Histogram(
    "tocsin_page_seconds",
    "Seconds from a notification's due time to its hand-over",
    ["method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120),
)
BATCH = Histogram("tocsin_ingest_batch_size", "Payloads per transaction", buckets=(1, 2, 5, 10, 50, 100, 500))
OVERDUE = Gauge("tocsin_overdue_seconds", "How long the most overdue row has been due", ["what"])
WAITING = Gauge("tocsin_overdue_rows", "Rows that are due", ["what"])
PARKED = Gauge(
    "tocsin_parked_incidents", "Incidents whose decision failed and that wait for somebody to look"
)
LOOP_BEAT = Gauge("tocsin_loop_beat_seconds", "Seconds since a loop last ran", ["loop"])


def configure_logging(*, json: bool) -> None:
    """Send our log to standard error: for people, or as JSON lines."""
    # Not rich's tracebacks: they print local variables, and with them keys and passwords.
    renderer = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
