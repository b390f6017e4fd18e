"""What commands say instead of a traceback: one sentence on stderr, and an exit code."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from server.config import Settings, load_settings, read_target

if TYPE_CHECKING:  # whoever fails without an application need not load one
    from server.context import Parts

USAGE: Final = 2
"""Exit code of a command that was called wrongly: a bad setting, a bad option."""


class CommandFailed(Exception):
    """A command cannot go on; the message says why and what to do."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        """Take the sentence and the code to leave with."""
        super().__init__(message)
        self.message, self.exit_code = message, exit_code


def read_settings(given: dict[str, str | bool | None]) -> Settings:
    """Read the settings; raises CommandFailed, which names each one at fault, without its value."""
    try:
        return load_settings(**given)
    except ValidationError as error:
        faults = "; ".join(f"{_named(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_input=False, include_url=False))
        msg = f"{faults}."
        raise CommandFailed(msg, USAGE) from error
    except (OSError, UnicodeError) as error:
        raise _unreadable(error) from error


def read_target_url(given: str | None) -> str:
    """Return where everything is to go: as given, or as the environment says; raises CommandFailed."""
    try:
        url = given or read_target()
    except (OSError, UnicodeError) as error:
        raise _unreadable(error) from error
    if url is None:
        msg = "Name the database to write into: NBINSIGHT_TARGET_DATABASE_URL, or NBINSIGHT_TARGET_DATABASE_URL_FILE, or --to."
        raise CommandFailed(msg, USAGE)
    return url


@contextmanager
def opening() -> Generator[None]:
    """Turn what the parts refuse while they are put together into CommandFailed."""
    try:
        yield
    except ValueError as error:
        raise CommandFailed(str(error), USAGE) from error
    except OSError as error:
        msg = f"A file or folder cannot be used: {error}."
        raise CommandFailed(msg) from error


def where_of(parts: "Parts") -> str:
    """Name a database, without its password and our driver."""
    return parts.database.address


def _unreadable(error: OSError | UnicodeError) -> CommandFailed:
    return CommandFailed(f"A file that holds a setting cannot be read: {error}.", USAGE)


def _named(place: tuple[int | str, ...]) -> str:
    name = str(place[0]) if place else "settings"
    return f"--{name.replace('_', '-')} (NBINSIGHT_{name.upper()})"
