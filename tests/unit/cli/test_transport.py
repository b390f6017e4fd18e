"""What the command line's client says of servers that do not answer as they should."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from server.cli.transport import OperationFailed, Transport


@pytest.fixture
def deaf() -> Iterator[str]:
    """Listen at an address and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"


def test_a_server_that_gives_no_answer_is_asked_four_times(deaf: str) -> None:
    waits: list[float] = []
    with (
        closing(Transport(deaf, "token", answer_seconds=0.05, sleep=waits.append)) as transport,
        pytest.raises(OperationFailed) as raised,
    ):
        transport.execute("{ viewer { scope } }", "Who", {})
    assert raised.value.messages == (f"{deaf} gave no answer within 0.05 s; asked 4 times.",)
    assert waits == [1.0, 1.0, 1.0]


def test_what_a_server_writes_is_one_line_without_the_token() -> None:
    with closing(Transport("http://127.0.0.1:1/graphql", "nbi_secret")) as transport:
        assert transport.clean("You sent\x1b[2J nbi_secret\r\nhere") == "You sent [2J [token]  here"
