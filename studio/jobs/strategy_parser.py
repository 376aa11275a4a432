"""The command line `promobot strategy`, made from the commands' Params."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from studio.errors import StrategyError
from studio.jobs.command import Command, all_commands
from studio.jobs.params import Params, ParamsT, fields_of, first_fault, note

_MAKE = "make"
_BOUNDS = {"ge": "from {:,}", "gt": "above {:,}", "le": "to {:,}", "lt": "below {:,}"}


def add_strategy(command: argparse.ArgumentParser) -> None:
    """Give the command `strategy` its own commands."""
    subparsers = command.add_subparsers(title="commands", dest="strategy_command", metavar="COMMAND", required=True)
    for known in all_commands().values():
        parser = subparsers.add_parser(
            known.name,
            help=known.summary,
            description=known.summary,
            epilog=f"example: promobot strategy {known.example}",
        )
        add_options(parser, known)
        if known.formerly is not None:  # no help: it is not listed. Nothing is an option: any words may follow.
            old = subparsers.add_parser(known.formerly, prefix_chars="\0", add_help=False)
            old.add_argument("words", nargs="*", action=_refuse(_renamed(f"strategy {known.formerly}", known.name)))
    examples = [f"  promobot strategy {known.example}" for known in all_commands().values()]
    command.epilog = "\n".join(["examples:", *examples, "", "pages with pictures are written to var/reports"])
    command.formatter_class = argparse.RawDescriptionHelpFormatter


def strategy(arguments: argparse.Namespace) -> None:
    """Run the command that was typed. Raises StrategyError, CommandError."""
    command = all_commands()[arguments.strategy_command]
    verb = getattr(arguments, "verb", _MAKE)
    if verb == _MAKE:
        command.run(read_options(arguments, command.params))
        return
    action = command.actions[verb]
    if action.takes_id and arguments.id is None:
        raise StrategyError(f"which one? promobot strategy {command.name} {verb} ID")
    action.run(arguments.id or "")


def add_options(parser: argparse.ArgumentParser, command: Command[Any]) -> None:
    """An option for each field of the command's Params; values stay text, which the Params read."""
    if command.actions:
        parser.add_argument("verb", nargs="?", default=_MAKE, choices=[_MAKE, *command.actions], help="default: make")
        parser.add_argument("id", nargs="?", help=f"id, to {', '.join(_with_id(command))}")
    for name, field in fields_of(command.params).items():
        text = _help(field).replace("%", "%%")
        shared: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
        if note(field, "positional"):
            parser.add_argument(name, nargs="?", metavar=name.upper(), **shared)
        elif field.annotation is bool:
            parser.add_argument(option_of(name), dest=name, action="store_true", **shared)
        else:
            parser.add_argument(option_of(name), dest=name, metavar=_metavar(name, field), **shared)
        if (old := note(field, "formerly")) is not None:
            refused = _refuse(_renamed(option_of(old), option_of(name)))
            parser.add_argument(option_of(old), nargs="?", action=refused, help=argparse.SUPPRESS)
    for name, why in command.params.gone.items():
        parser.add_argument(
            option_of(name), nargs="?", action=_refuse(f"{option_of(name)}: {why}"), help=argparse.SUPPRESS
        )
    parser.add_argument("--json", metavar="PARAMS", help="all of it as one JSON object, as the engine passes it")


def read_options(arguments: argparse.Namespace, kind: type[ParamsT]) -> ParamsT:
    """What was typed, or came as JSON. Raises StrategyError for what the command does not take."""
    typed = {name: value for name, value in vars(arguments).items() if name in kind.model_fields}
    values: Mapping[str, Any] = typed
    if arguments.json is not None:
        if typed:
            raise StrategyError(f"--json already says everything: leave {', '.join(map(option_of, typed))} out")
        values = _object(arguments.json)
        for name in kind.gone.keys() & values.keys():
            raise StrategyError(f"{option_of(name)}: {kind.gone[name]}")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        name, message = first_fault(error)
        raise StrategyError(f"{shown_name(kind, name)}: {message}") from None


def shown_name(kind: type[Params], name: str) -> str:
    """A field as it is typed: `--budget-cents`, or `customer`."""
    field = kind.model_fields.get(name)
    return name if field is None or note(field, "positional") else option_of(name)


def option_of(name: str) -> str:
    """The option of a field."""
    return f"--{name.replace('_', '-')}"


def _object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise StrategyError(f"--json: {error}") from None
    if not isinstance(values, dict):
        raise StrategyError("--json: an object is needed")
    return values


def _help(field: FieldInfo) -> str:
    """Its text, and in brackets what it counts, its bounds and its default."""
    bounds = {name: getattr(rule, name) for rule in field.metadata for name in _BOUNDS if hasattr(rule, name)}
    limits = " ".join(text.format(bounds[name]) for name, text in _BOUNDS.items() if name in bounds)
    parts = [part for part in (note(field, "unit"), limits) if part]
    if field.default not in (None, False) and not field.is_required():
        parts.append(f"default {field.default}")
    return f"{field.description} ({', '.join(parts)})" if parts else str(field.description)


def _metavar(name: str, field: FieldInfo) -> str:
    choices = getattr(field.annotation, "__args__", ())
    if choices and all(isinstance(choice, str) for choice in choices):
        return "{" + ",".join(choices) + "}"
    return name.rpartition("_")[2].upper()


def _with_id(command: Command[Any]) -> list[str]:
    return [name for name, action in command.actions.items() if action.takes_id]


def _renamed(old: str, new: str) -> str:
    return f"{old} is called {new} now"


def _refuse(message: str) -> type[argparse.Action]:
    """An action that ends the program with one line."""

    class Refusal(argparse.Action):
        def __call__(
            self,
            parser: argparse.ArgumentParser,
            namespace: argparse.Namespace,
            values: str | Sequence[Any] | None,
            option_string: str | None = None,
        ) -> NoReturn:
            parser.exit(1, f"promobot: {message}\n")

    return Refusal
