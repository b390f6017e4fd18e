"""The product's own API, asked in process: what the demo makes passes the same checks as anybody's work."""

from dataclasses import dataclass
from typing import Any, Final

from server.auth.authenticate import Authenticator
from server.auth.credentials import Credentials
from server.auth.viewer import Viewer
from server.context import Authenticate, Context, Parts
from server.demo import documents
from server.schema.root import make_schema

_MADE_BEFORE: Final = frozenset({"NameTaken"})


class DemoRefused(Exception):
    """The demo cannot be made here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Connection:
    """Stands where an HTTP request would: says who asks."""

    parts: Parts
    authenticate: Authenticate

    def begin(self) -> Context:
        return Context(self.parts, self.authenticate, content_base="")


class Api:
    """Executes operations as somebody."""

    def __init__(self, parts: Parts, authenticator: Authenticator) -> None:
        """Build the schema, which takes a moment."""
        self._parts, self._authenticator, self._schema = parts, authenticator, make_schema()

    def bearer(self, token: str) -> Authenticate:
        """Ask as whoever a token belongs to, with their rights of then."""
        return lambda: self._authenticator.by_credentials(Credentials(f"Bearer {token}"))

    async def make_token(self, user_id: str, login: str) -> str:
        """Make somebody's first token: without one, nobody could ask for it over HTTP."""
        viewer = Viewer(user_id, login, holder="", can_write=True)

        async def authenticate() -> Viewer:
            return viewer

        payload = await self.change(authenticate, documents.ISSUE, {"name": "demo", "scope": "WRITE"})
        return str(payload["token"])

    async def query(self, who: Authenticate, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the data; raises DemoRefused with the API's first error."""
        result = await self._schema.execute(document, variable_values=variables, context_value=_Connection(self._parts, who))
        if result.errors or result.data is None:
            msg = f"The demo could not be made: {result.errors[0].message if result.errors else 'no answer'}"
            raise DemoRefused(msg)
        return result.data

    async def change(self, who: Authenticate, document: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return the payload of a mutation; a name that is taken is one that an interrupted start has made. Raises DemoRefused."""
        payload: dict[str, Any] = (await self.query(who, document, {"input": given}))["payload"]
        faults = [fault for fault in payload["errors"] if fault["__typename"] not in _MADE_BEFORE]
        if faults:
            msg = f"The demo could not be made: {faults[0]['message']}"
            raise DemoRefused(msg)
        return payload
