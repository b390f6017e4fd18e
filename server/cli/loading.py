"""Commands that are loaded when they are asked for: most need the whole application, `publish` and `--version` do not."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command
from typing_extensions import override

_MODULES: Final = {
    "serve": "server.cli.serve",
    "worker": "server.cli.render_worker",
    "user": "server.cli.users",
    "group": "server.cli.groups",
    "token": "server.cli.tokens",
    "publish": "server.cli.publish",
    "schema": "server.cli.print_schema",
    "db": "server.cli.databases",
    "backup": "server.cli.backup",
    "restore": "server.cli.restore",
    "verify": "server.cli.verify",
    "migrate-data": "server.cli.migrate_data",
    "gc": "server.cli.collect",
    "doctor": "server.cli.doctor",
}
"""The module of each command, which has it as `commands`."""


class LoadedCommands(TyperGroup):
    """Finds commands in their modules."""

    @override
    def list_commands(self, ctx: object) -> list[str]:
        """Name the commands, in the order of the help."""
        return list(_MODULES)

    @override
    def get_command(self, ctx: object, cmd_name: str) -> Any:  # typer's class of it is private
        """Load a command; None for a word that is none."""
        if cmd_name not in _MODULES:
            return None
        commands: typer.Typer = import_module(_MODULES[cmd_name]).commands
        command = get_command(commands)
        command.name = cmd_name
        return command
