"""Apollo Client's link of automatic persisted queries: the text travels once."""

import pytest

from tests.conformance.conftest import RunScript
from tests.fixtures.running import Running


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_apollo_client_sends_a_text_once(script: RunScript, server: Running, method: str) -> None:
    told = script("apollo.mjs", server.address, server.token, method)
    assert told["logins"] == ["admin", "admin"]
    assert told["wire"] == [[method, "hash", 200], ["POST", "text", 200], [method, "hash", 200]]
