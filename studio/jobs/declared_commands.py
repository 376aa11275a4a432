"""The declared commands as the engine sees them: `ports.studio_ports.StudioCommands`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promo_engine.ports.studio_ports import StudioCommand
from studio.jobs.command import all_commands
from studio.jobs.params import http_schema, read_http


class DeclaredCommands:
    """Reads the declarations of `studio.commands`."""

    def __init__(self) -> None:
        self._startable = {
            command.name: StudioCommand(
                command.name, command.summary, command.documents, command.makes_plan, http_schema(command.params)
            )
            for command in all_commands().values()
            if command.over_http
        }

    def startable(self) -> Mapping[str, StudioCommand]:
        """Those that may be started over HTTP, by name."""
        return self._startable

    def documents(self) -> Mapping[str, str]:
        """Every document that a command leaves, and that command."""
        return {name: command.name for command in all_commands().values() for name in command.documents}

    def read_params(self, command: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Check what a command is told over HTTP and return it. Raises InvalidRequest with the field."""
        return read_http(all_commands()[command].params, params)
