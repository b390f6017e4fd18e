"""What of a request says who asks."""

from typing import Final

from starlette.requests import HTTPConnection

from server.auth.credentials import Credentials

_OURS: Final = "x-nbinsight-"


def credentials_of(connection: HTTPConnection) -> Credentials:
    """Take what a provider of identities may want to see; nothing of it is believed here."""
    headers = {name: value for name, value in connection.headers.items() if name.startswith(_OURS)}
    peer = None if connection.client is None else connection.client.host
    return Credentials(connection.headers.get("authorization"), headers, peer)
