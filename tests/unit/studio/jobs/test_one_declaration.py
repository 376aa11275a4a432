"""A command is declared once: command line, API, gateway and console offer the same fields, none of them by hand."""

from __future__ import annotations

import argparse
import re
from typing import Any

import pytest

from gateway.admin.marketing.job_check import params_model
from studio.jobs.command import Command, all_commands
from studio.jobs.declared_commands import DeclaredCommands
from studio.jobs.params import fields_of, http_fields
from studio.jobs.strategy_parser import add_options

COMMANDS = all_commands()
STARTABLE = DeclaredCommands().startable()


def fields_in_help(command: Command[Any]) -> set[str]:
    """What --help offers, by the names of the fields."""
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser, command)
    offered = re.findall(r"^  (--[a-z-]+|[A-Z][A-Z_]+)\b", parser.format_help(), re.MULTILINE)
    return {name.removeprefix("--").replace("-", "_").lower() for name in offered} - {"json"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_offers_every_field_of_a_command(name: str) -> None:
    assert fields_in_help(COMMANDS[name]) == set(fields_of(COMMANDS[name].params))


@pytest.mark.parametrize("name", STARTABLE)
def test_api_and_gateway_take_the_fields_that_help_offers_but_names_of_files(name: str) -> None:
    command, published = COMMANDS[name], STARTABLE[name].schema
    on_machine = set(fields_of(command.params)) - set(http_fields(command.params))
    assert set(published["properties"]) == fields_in_help(command) - on_machine
    assert set(params_model(published).model_fields) == set(published["properties"])


@pytest.mark.parametrize("name", STARTABLE)
def test_gateway_and_command_agree_on_defaults(name: str) -> None:
    command, model = COMMANDS[name], params_model(STARTABLE[name].schema)
    assert model().model_dump() == command.params().model_dump(include=set(http_fields(command.params)))


def test_every_field_has_a_title_and_a_help() -> None:
    for command in COMMANDS.values():
        for field in fields_of(command.params).values():
            assert field.title
            assert field.description


def test_a_document_has_a_single_command() -> None:
    left = [document for command in COMMANDS.values() for document in command.documents]
    assert len(left) == len(set(left))


def test_commands_that_put_something_live_are_not_started_over_http() -> None:
    assert set(COMMANDS) - set(STARTABLE) == {"bought-together", "recommend", "run"}
