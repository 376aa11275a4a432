"""Progress bars for what takes more than a moment.

A capability takes `track: Track = quiet` and loops over `track(things, "what is done")`; the command line hands in
`bars`, tests and other code nothing.
"""

from __future__ import annotations

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


STEP = "@ "
"""How a line begins that says how far the work is: `@ searches 2/5`."""


def bars(things: Sequence[Thing], text: str, /) -> Iterator[Thing]:
    """Show a bar on stderr: redrawn on a terminal, one line at the end in a log.

    With PROMOBOT_PROGRESS=lines a line a step instead, for a program that reads along.
    """
    if os.environ.get("PROMOBOT_PROGRESS") == "lines":
        for done, thing in enumerate(things):
            print(f"{STEP}{text} {done}/{len(things)}", file=sys.stderr, flush=True)
            yield thing
        return
    from rich.console import Console  # noqa: PLC0415  slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as progress:
        yield from progress.track(things, description=text)
