"""Whether what stands at the end of a task is what the task wants, and whether all of it was confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.service_tasks.retail_shop import RetailChange, RetailTask
from tools.service_tasks.scripted_shopper import PlayedTask
from tools.service_tasks.standin_retail import Executed


@dataclass(frozen=True)
class Outcome:
    """One task, played once."""

    right: bool
    kinds: frozenset[str]
    unconfirmed: int = 0
    """Changes that were made without a yes to just that."""
    turns: int = 0
    faults: list[str] = field(default_factory=list)

    @classmethod
    def broken(cls, task: RetailTask) -> Outcome:
        """The conversation did not come to its end."""
        return cls(right=False, kinds=frozenset(change.kind for change in task.changes))


def judge(played: PlayedTask, made: Sequence[Executed]) -> Outcome:
    """Compare; `made` are the changes of the task's customer since it began."""
    left, faults = list(made), []
    for change in played.task.changes:
        found = next((done for done in left if fits(change, done)), None)
        if found is None:
            faults.append(f"missing: {change}")
        else:
            left.remove(found)
    faults += [f"too much: {done}" for done in left]
    yes = list(played.confirmed)
    unconfirmed = 0
    for done in made:
        confirmed = next((change for change in yes if fits(change, done)), None)
        if confirmed is None:
            unconfirmed += 1
        else:
            yes.remove(confirmed)
    kinds = frozenset(change.kind for change in played.task.changes)
    return Outcome(not faults, kinds, unconfirmed, played.turns, faults)


def fits(change: RetailChange, done: Executed) -> bool:
    """Whether the shop did what was wanted."""
    if (change.kind, change.number) != (done.kind, done.number) or sorted(change.swaps) != sorted(done.swaps):
        return False
    if change.kind == "cancel":
        return change.reason == done.reason
    if change.kind == "address":
        said = _letters(done.address)
        return all(_letters(part) in said for part in change.address[:-1])
    # Where nothing is to be paid nobody is asked how.
    return change.payment_id == done.payment_id or (done.difference_cents == 0 and not done.payment_id)


def _letters(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()
