"""What can go wrong in the studio; the tree is drawn in the package's docstring."""

from __future__ import annotations


class StrategyError(Exception):
    """The work cannot be done; the message is one line."""


class TooLittleHistory(StrategyError):  # noqa: N818  named after what is wrong, like the domain's errors
    """There are fewer sales than the work needs."""

    def __init__(self, what: str, *, found: float, needed: float, unit: str) -> None:
        super().__init__(f"{what}: {found:g} {unit} are too few, at least {needed:g} are needed")
        self.found, self.needed = found, needed


class UnknownThing(StrategyError):  # noqa: N818
    """What was asked for is not in the history."""

    def __init__(self, kind: str, name: object) -> None:
        super().__init__(f"there is no {kind} {name!r} in the sales history")
        self.kind, self.name = kind, name
