"""The one place that asks for the time of day, and how a moment is written in JSON."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
