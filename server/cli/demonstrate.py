"""`nbinsight serve --demo`: the demo's project and people, made at the first start, found again at the next."""

import json
from pathlib import Path
from typing import Final

from server.auth.authenticate import Authenticator
from server.auth.credentials import Credentials, WrongToken
from server.auth.private_files import write_private
from server.cli.failures import CommandFailed
from server.context import Parts
from server.demo.api import DemoRefused
from server.demo.people import ADMIN, EVERYBODY, STAFF
from server.demo.seed import seed

_FILE: Final = "demo-tokens"


async def demonstrate(parts: Parts, address: str, admin_token: str | None = None) -> list[str]:
    """Make the demo, with the token that the first start has made, or find it; return what to print. Raises CommandFailed."""
    authenticator, file = Authenticator(parts.database, parts.clock), parts.settings.data_dir / _FILE
    tokens = await _working(authenticator, _read(file))
    if tokens is None:
        try:
            tokens = await seed(parts, authenticator, admin_token)
        except DemoRefused as error:
            raise CommandFailed(str(error)) from error
        write_private(file, json.dumps(tokens, indent=2) + "\n")
    width = max(len(person.login) for person in STAFF)
    return [
        f"token: {tokens[ADMIN.login]}   ({ADMIN.login}, may {ADMIN.may})",
        f"GraphiQL with that token: {address}#token={tokens[ADMIN.login]}",
        f"Others to try the demo as, also in {file}:",
        *(f"  {person.login:{width}}  {tokens[person.login]}  may {person.may}" for person in STAFF),
    ]


def _read(file: Path) -> dict[str, str]:
    """Read the tokens of an earlier start, none if there are none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {person.login: str(found[person.login]) for person in EVERYBODY}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


async def _working(authenticator: Authenticator, tokens: dict[str, str]) -> dict[str, str] | None:
    """Return the tokens if each still works and is its person's: then the demo was made, in this very database."""
    for login, token in tokens.items():
        try:
            viewer = await authenticator.by_credentials(Credentials(f"Bearer {token}"))
        except WrongToken:
            return None
        if viewer is None or viewer.login != login:
            return None
    return tokens or None
