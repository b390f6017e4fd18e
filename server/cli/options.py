"""Options made from settings: each field of Settings is an option of `serve`, some of other commands."""

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic.fields import FieldInfo

from server.cli.failures import CommandFailed, read_settings
from server.config import Settings

ALL: Final = tuple(Settings.model_fields)
"""Every setting."""

PLACES: Final = ("data_dir", "database_url")
"""Settings that say where the data is: all that commands beside `serve` need."""

_METAVARS: Final[dict[object, str]] = {Path: "DIR", Path | None: "DIR", int: "N", float: "SECONDS"}


def with_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command, whose first parameter is the settings, an option for each of these; it leaves with one sentence when it fails.

    What is not given stays to the environment: Settings reads that, so that one place alone knows which beats which.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def run(**values: Any) -> None:  # noqa: ANN401  as the command line gives them
            given = {name: values.pop(name) for name in names}
            try:
                command(read_settings(given), **values)
            except CommandFailed as failure:
                typer.echo(f"nbinsight: {failure.message}", err=True)
                raise typer.Exit(failure.exit_code) from failure

        own = list(signature(command, eval_str=True).parameters.values())[1:]
        added = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=_annotation_of(name)) for name in names]
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *added]}
        vars(run)["__signature__"] = Signature([*own, *added])
        return run

    return decorate


def environment_name(name: str) -> str:
    """Return what a setting is called in the environment."""
    return f"NBINSIGHT_{name.upper()}"


def _annotation_of(name: str) -> Any:  # noqa: ANN401  an annotation
    field = Settings.model_fields[name]
    option = f"--{name.replace('_', '-')}"
    if field.annotation is bool:
        return Annotated[bool | None, typer.Option(f"{option}/--no-{option[2:]}", help=_help_of(name, field))]
    return Annotated[str | None, typer.Option(option, metavar=_METAVARS.get(field.annotation, "TEXT"), help=_help_of(name, field))]


def _help_of(name: str, field: FieldInfo) -> str:
    default = "" if field.default in {None, ""} else f", default {field.default}"
    return f"{field.description} [{environment_name(name)}{default}]"
