"""What `promobot policy` prints: versions, changes, verdicts, explanations and replays. Times are UTC."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from promo_engine.cli.promotion_tables import new_console, new_table
from promo_engine.domain.learning.policy_versions import PolicyChange, PolicyVersion
from promo_engine.evaluation.fairness import Fairness
from promo_engine.services.decisions.explain_decision import Explanation
from promo_engine.services.decisions.replay_decision import Replayed
from promo_engine.services.learning.release_gate import Verdict

_NUMBERS = ("decisions", "running", "lower", "waiting", "set_aside")
_FEATURES_SHOWN = 15


def print_versions(versions: Sequence[PolicyVersion]) -> None:
    """Print one line a version."""
    table = new_table("version", "status", "origin", "parent", "line", "rewards", "made", "by")
    for version in versions:
        parent = "" if version.parent_version is None else str(version.parent_version)
        made = f"{version.created_at:%Y-%m-%d %H:%M}"
        table.add_row(
            str(version.version),
            version.status,
            version.origin,
            parent,
            str(version.branch),
            str(version.reward_count),
            made,
            version.created_by,
        )
    new_console().print(table)


def print_changes(changes: Sequence[PolicyChange]) -> None:
    """Print one line a change, with the numbers it was decided on."""
    if not changes:
        return
    table = new_table("at", "by", "change", "version", "in force before", "numbers")
    for change in changes:
        given = [f"{name} {_short(change.numbers[name])}" for name in _NUMBERS if change.numbers.get(name) is not None]
        before = "" if change.before_version is None else str(change.before_version)
        table.add_row(
            f"{change.at:%Y-%m-%d %H:%M}", change.actor, change.action, str(change.version), before, ", ".join(given)
        )
    new_console().print(table)


def print_verdict(verdict: Verdict) -> None:
    """Print all the numbers of a verdict, then its sentence."""
    table = new_table("number", "value")
    for field in fields(verdict):
        value = getattr(verdict, field.name)
        if field.name not in ("passed", "reason") and value is not None:
            table.add_row(field.name.replace("_", " "), _short(value))
    console = new_console()
    console.print(table)
    console.print(f"{'passed' if verdict.passed else 'refused'}: {verdict.reason}", soft_wrap=True)


def print_explanation(explanation: Explanation) -> None:
    """Print the text, then the features that weighed most."""
    console = new_console()
    console.print(explanation.text, soft_wrap=True)
    table = new_table("feature", "for the choice")
    for feature in explanation.features[:_FEATURES_SHOWN]:
        table.add_row(feature.name, f"{feature.value:+.4f}")
    console.print(table)


def print_fairness(found: Fairness) -> None:
    """Print one line a group, then how far they are apart."""
    table = new_table("group", "decisions", "exposure", "value, cents", "accepted")
    for group in found.groups:
        shares = (f"{group.exposure:.1%}", f"{group.value_cents:.1f}", f"{group.acceptance:.1%}")
        table.add_row(group.group, str(group.decisions), *shares)
    console = new_console()
    console.print(table)
    console.print(
        f"The least exposed group is offered something {found.exposure_ratio:.0%} as often as the most exposed one: "
        f"{found.exposure_difference:.1%} of decisions apart, and {found.value_difference_cents:.1f} cents a decision.",
        soft_wrap=True,
    )


def print_replayed(replayed: Sequence[Replayed]) -> int:
    """Print how many came out as they were stored, and those that did not; return how many did not."""
    forgotten = Counter(replay.forgotten for replay in replayed if replay.forgotten is not None)
    different = [replay for replay in replayed if replay.forgotten is None and not replay.same]
    console = new_console()
    same = len(replayed) - len(different) - forgotten.total()
    console.print(f"{same} of {len(replayed)} decisions came out as they were stored, to the last bit.")
    for reason, count in forgotten.items():
        console.print(f"{count} cannot be made again: {reason}.", soft_wrap=True)
    for replay in different[:_FEATURES_SHOWN]:
        choice = "the same choice" if replay.same_choice else "another choice"
        console.print(f"{replay.decision_id}: {choice}, propensities differ by up to {replay.largest_difference:.3g}")
    return len(different)


@contextmanager
def counting(unit: str) -> Iterator[Callable[[int], None]]:
    """Show a counter of what is done while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        bar = progress.add_task(unit, total=None)
        yield lambda count: progress.advance(bar, count)


def _short(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
