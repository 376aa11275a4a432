"""A command of `promobot strategy`, declared once, and all of them.

A module of `studio.commands` whose name ends in `_command` defines `COMMAND`; nothing else has to know of it. It
imports libraries only inside its functions, so that --help is instant.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic

from studio import commands
from studio.jobs.params import ParamsT


@dataclass(frozen=True)
class Action:
    """Something that is done to what the command made: `promobot strategy plan approve PLAN_ID`."""

    run: Callable[[str], None]
    """Gets the id; "" where none is taken."""
    takes_id: bool = True


@dataclass(frozen=True)
class Command(Generic[ParamsT]):
    """One command."""

    name: str
    summary: str
    """What it does, in a line."""
    example: str
    """An example's arguments, after `promobot strategy`."""
    params: type[ParamsT]
    run: Callable[[ParamsT], None]
    """Does the work; raises StrategyError (or CommandError) with one line for the user."""
    documents: tuple[str, ...] = ()
    """What it leaves for the console to show: `NAME.json` in the reports' folder."""
    over_http: bool = True
    """Whether the engine starts it for somebody who asks over HTTP."""
    makes_plan: bool = False
    """Whether it takes a `plan_id`, which the engine gives it."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    formerly: str | None = None
    """The name that it had; who types it is told the new one."""


@cache
def all_commands() -> Mapping[str, Command[Any]]:
    """Every command by its name, sorted by it."""
    found = pkgutil.walk_packages(commands.__path__, f"{commands.__name__}.")
    modules = [importlib.import_module(module.name) for module in found if module.name.endswith("_command")]
    return {command.name: command for command in sorted((m.COMMAND for m in modules), key=lambda c: str(c.name))}
