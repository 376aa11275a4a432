"""The command `promobot strategy`: every module of `studio.commands` is one capability of it.

A module there defines `CAPABILITY`; nothing else has to be told of it. Its file imports libraries only inside its
functions, so that --help is instant.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from studio import commands


@dataclass(frozen=True)
class Capability:
    """One sub-command."""

    name: str
    text: str
    """What it does, in a line."""
    example: str
    """Arguments of an example, without `promobot strategy`."""
    run: Callable[[argparse.Namespace], None]
    """Does the work; raises StrategyError (or CommandError) with one line for the user."""
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _parser: None


def capabilities() -> Iterator[Capability]:
    """All of them, by their modules' names."""
    found = pkgutil.walk_packages(commands.__path__, f"{commands.__name__}.")
    for name in sorted((module.name for module in found if module.name.endswith("_command")), key=_file_name):
        capability: Capability = importlib.import_module(name).CAPABILITY
        yield capability


def _file_name(module: str) -> str:
    return module.rpartition(".")[2]


def add_strategy(command: argparse.ArgumentParser) -> None:
    """Give the command `strategy` its own commands."""
    does = command.add_subparsers(title="capabilities", dest="capability", metavar="CAPABILITY", required=True)
    examples = []
    for one in capabilities():
        example = f"promobot strategy {one.example}"
        examples.append(f"  {example}")
        parser = does.add_parser(one.name, help=one.text, description=one.text, epilog=f"example: {example}")
        one.add_arguments(parser)
        parser.set_defaults(run_capability=one.run)
    command.epilog = "\n".join(["examples:", *examples, "", "pages with pictures are written to var/reports"])
    command.formatter_class = argparse.RawDescriptionHelpFormatter


def strategy(arguments: argparse.Namespace) -> None:
    """Run one of them."""
    arguments.run_capability(arguments)
