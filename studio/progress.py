"""Progress bars for what takes more than a moment.

A capability takes `track: Track = quiet` and loops over `track(things, "what is done")`; the command line hands in
`bars`, tests and other code nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

Thing = TypeVar("Thing")


class Track(Protocol):
    """Passes things through one by one and shows how many are done."""

    def __call__(self, things: Sequence[Thing], text: str, /) -> Iterable[Thing]:
        """Pass the things through."""
        ...


def quiet(things: Sequence[Thing], _text: str, /) -> Iterable[Thing]:
    """Show nothing."""
    return things


def progress_line(*, progress: int, total: int, title: str) -> str:
    """How far the work is, as a line of JSON: `{"progress": 2, "total": 5, "title": "searches"}`."""
    return json.dumps({"progress": progress, "total": total, "title": title})


def read_progress(line: str) -> tuple[int, int, str] | None:
    """Progress, total and title of such a line; None for any other line."""
    try:
        found = json.loads(line)
        return int(found["progress"]), int(found["total"]), str(found["title"])
    except (ValueError, TypeError, KeyError):
        return None


def bars(things: Sequence[Thing], text: str, /) -> Iterator[Thing]:
    """Show a bar on stderr: redrawn on a terminal, one line at the end in a log.

    With PROMOBOT_PROGRESS=json a `progress_line` a step on stdout instead, for a program that reads along.
    """
    if os.environ.get("PROMOBOT_PROGRESS") == "json":
        for done, thing in enumerate(things):
            print(progress_line(progress=done, total=len(things), title=text), flush=True)
            yield thing
        return
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        yield from progress.track(things, description=text)
